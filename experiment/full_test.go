package experiment

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/events"
	"ssnn/recipes"
	"ssnn/synth"
)

// motions are the events of motions, one after another, on a larger sensor: of 1,000,000 us each.
// Pixels are three wide.
func motions(name string, classes ...int) (all []events.Event) {
	c := synth.Default()
	for i, class := range classes {
		for _, e := range c.Recording(name, class, i) {
			e.T += events.Micros(i) * 1_000_000
			e.X, e.Y = 3*e.X+10, 3*e.Y+10
			all = append(all, e)
		}
	}
	return all
}

// recording writes motions as a recording of a sensor, in the format of the path.
func recording(t *testing.T, path string, sensor events.Size, classes ...int) {
	var b bytes.Buffer
	format := strings.TrimPrefix(filepath.Ext(path), ".")
	w, err := events.NewWriter(&b, format, sensor)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(motions(path, classes...)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text(t, path, b.String())
}

// jAER writes motions as a recording of a DVS128 in AEDAT 2.0, which we only read and in which
// CIFAR10-DVS is: five lines, then big-endian words of 32 bits, an address (y from below, x from
// the right, 0 where it is on) and a time.
func jAER(t *testing.T, path string, classes ...int) {
	all := motions(path, classes...)
	b := []byte("#!AER-DAT2.0\r\n# raw\r\n# int32 address, int32 timestamp\r\n# us\r\n# created " +
		"by a test\r\n")
	for _, e := range all {
		address := uint32(127-e.Y)<<8 | uint32(127-e.X)<<1
		if !e.On {
			address |= 1
		}
		b = binary.BigEndian.AppendUint32(b, address)
		b = binary.BigEndian.AppendUint32(b, uint32(e.T))
	}
	text(t, path, string(b))

	f, err := events.Open(path, events.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := events.ReadAll(f); err != nil || f.Format() != "AEDAT 2.0" ||
		!slices.Equal(got, all) {

		t.Fatalf("%s: %d events of %s, error %v, want the %d that were written as AEDAT 2.0", path,
			len(got), f.Format(), err, len(all))
	}
}

func text(t *testing.T, path, content string) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The recipes of the paper's sets train their whole networks for an epoch on a handful of
// recordings, in the layouts and formats in which people have these sets.
func TestFullSize(t *testing.T) {
	if testing.Short() {
		t.Skip("networks of full width")
	}
	data := t.TempDir()
	dvs := events.Size{Width: 128, Height: 128}
	for i, class := range []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog",
		"horse", "ship", "truck"} {
		for n := range 2 {
			jAER(t, filepath.Join(data, "cifar10-dvs", class,
				fmt.Sprintf("cifar10_%s_%d.aedat", class, n)), i%8)
		}
	}
	for i, class := range []string{"Faces_easy", "accordion"} {
		for n := range 2 {
			recording(t, filepath.Join(data, "n-caltech101", "Caltech101", class,
				fmt.Sprintf("image_%04d.bin", n+1)), events.Size{Width: 240, Height: 180}, i)
		}
	}
	for split, trial := range map[string]string{"train": "user01_led", "test": "user24_led"} {
		gesture := func(name string) string { return filepath.Join(data, "dvs128-gesture", name) }
		recording(t, gesture(trial+".aedat"), dvs, 4, 5, 0)
		text(t, gesture(trial+"_labels.csv"),
			"class,startTime_usec,endTime_usec\n4,0,1000000\n5,1000000,2000000\n2,2000000,"+
				"3000000\n")
		text(t, gesture("trials_to_"+split+".txt"), trial+".aedat\n")
	}
	bases, notes, err := OfScale("full", data)
	if err != nil || len(bases) != len(Full()) || len(notes) != 0 {
		t.Fatalf("%d recipes, notes %q, error %v", len(bases), notes, err)
	}
	g := Grid{
		Experiment: Experiment{Name: "whole", Variants: []Variant{{Name: "SSNN"}}}, Bases: bases,
		Seeds: FirstSeeds(1), Set: []string{"train.epochs=1"}, Dir: t.TempDir(), Jobs: 1,
		Machine: recipes.Machine{Open: func(dir string) (fs.FS, error) {
			return os.DirFS(dir),
				nil
		}, Threads: 2},
	}
	runs, err := carry(t, t.Context(), g, Watch{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		if m, ok := r.Last(); !ok || m.Loss == 0 {
			t.Errorf("%s: metrics %+v, error %v", r.Name(), m, r.Err)
		}
	}

	// A set that is not there is said to be.
	if err := os.RemoveAll(filepath.Join(data, "n-caltech101")); err != nil {
		t.Fatal(err)
	}
	bases, notes, err = OfScale("full", data)
	if err != nil || len(bases) != 2 || len(notes) != 1 ||
		!strings.Contains(notes[0], "recipe n-caltech101 is left out") {

		t.Errorf("%d recipes, notes %q, error %v", len(bases), notes, err)
	}
}
