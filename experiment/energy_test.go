package experiment

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssnn/dataset"
	"ssnn/recipes"
	"ssnn/report"
)

// The energy of a run is that of the page that ssnn report makes of it, also of one that was done
// before energy was measured. It is kept beside the run, and a run whose recordings are gone is
// done all the same.
func TestEnergy(t *testing.T) {
	files := tinySet(t)
	g := tinyGrid(t, files, 1)
	g.Seeds = FirstSeeds(1)
	runs, err := carry(t, t.Context(), g, Watch{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		path, _ := recipes.ModelFile(r.Dir)
		m, err := recipes.Machine{Threads: 1}.OpenModel(path)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		of := report.Run{Classes: m.Classes, Net: m.Net}
		of.Test, of.Batch = frames(t, m, files, dataset.Test), frames(t, m, files, dataset.Train)
		measured, err := report.Measure(of)
		if err != nil {
			t.Fatal(err)
		}
		if want := measured.Energy(); r.Energy == nil || *r.Energy != want || want.Joules() <= 0 {
			t.Errorf("%s: %+v, want %+v", r.Name(), r.Energy, want)
		}
	}

	// What was measured is kept; without the file it is measured again, for which it needs the
	// recordings.
	before, kept := *runs[0].Energy, filepath.Join(runs[0].Dir, energyFile)
	g.Machine.Open = func(string) (fs.FS, error) { return nil, errors.New("no set") }
	again, err := carry(t, t.Context(), g, Watch{})
	if err != nil || again[0].Energy == nil || *again[0].Energy != before {
		t.Fatalf("%+v, error %v, want %+v", again[0].Energy, err, before)
	}
	text, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	rewrite := func(text []byte) {
		t.Helper()
		if err := os.WriteFile(kept, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for bit := range 8 * len(text) { // a flip is noticed, or it changes nothing
		flipped := bytes.Clone(text)
		flipped[bit/8] ^= 1 << (bit % 8)
		var e report.Energy
		if _, err := parseKept(flipped, &e); err == nil && e != before && e != (report.Energy{}) {
			t.Errorf("bit %d of byte %d (%q) flipped: %+v", bit%8, bit/8, text[bit/8], e)
		}
	}
	was, err := parseKept(text, new(report.Energy))
	if err != nil {
		t.Fatal(err)
	}
	rewrite(was.Measured) // as an earlier version wrote it
	again, err = carry(t, t.Context(), g, Watch{})
	if err != nil || again[0].Energy == nil || *again[0].Energy != before {
		t.Fatalf("of an earlier version: %+v, error %v, want %+v", again[0].Energy, err, before)
	}
	was.Network = strings.Repeat("0", 64) // another network
	was.SHA256 = was.sum()
	if text, err = json.Marshal(was); err != nil {
		t.Fatal(err)
	}
	rewrite(text)
	if again, err = carry(t, t.Context(), g, Watch{}); err != nil || again[0].NoEnergy == nil {
		t.Errorf("of another network: energy %v, error %v", again[0].Energy, err)
	}
	if err := os.Remove(kept); err != nil {
		t.Fatal(err)
	}
	again, err = carry(t, t.Context(), g, Watch{})
	if _, ok := again[0].Last(); err != nil || !ok || again[0].Energy != nil ||
		again[0].NoEnergy == nil {

		t.Errorf("energy %v, %v, run %v, error %v", again[0].Energy, again[0].NoEnergy,
			again[0].Err, err)
	}
	if _, err := os.Stat(kept); !os.IsNotExist(err) {
		t.Errorf("%s is there, error %v", kept, err)
	}
}

func frames(t *testing.T, m *recipes.Model, files fs.FS, split string) *dataset.Frames {
	set, err := m.Recipe.OpenSet(files, split, m.Classes)
	if err != nil {
		t.Fatal(err)
	}
	f, err := set.Integrate(m.Resolved().Frames, 1)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
