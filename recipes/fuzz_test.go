package recipes

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkLine says that an error is one line.
func checkLine(t *testing.T, err error) {
	if text := err.Error(); text == "" || strings.ContainsAny(text, "\n\r") {
		t.Fatalf("error %q, want one line", text)
	}
}

// A recipe is refused in a line, or reads back as it is written, changed or not.
func FuzzRecipe(f *testing.F) {
	for _, name := range Names() {
		text, err := files.ReadFile(name + ".toml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "train.lr=0.05")
	}
	for _, setting := range settings {
		f.Add("[network]\n"+numberStages(setting)+"timesteps = [3, 2]\n"+setting,
			"network.timesteps=[2, 1]")
	}
	f.Fuzz(func(t *testing.T, text, change string) {
		r, err := Parse(text)
		if err != nil {
			checkLine(t, err)
			return
		}
		if err := r.Set(change); err != nil {
			checkLine(t, err)
		}
		again, err := Parse(r.Text())
		if err != nil || again.Text() != r.Text() {
			t.Fatalf("%q becomes %q (%v)", r.Text(), again.Text(), err)
		}
		if _, err := r.Resolve(10); err != nil {
			checkLine(t, err)
		}
	})
}

// Whatever the files of a run's folder hold, going on with the run is refused in a line, or works.
func FuzzResume(f *testing.F) {
	set := numberFiles(f)
	m := Machine{Open: func(string) (fs.FS, error) { return set, nil }, Threads: 1}
	r, err := Parse("seed = 1\n[frames]\nsensor = \"34x34\"\nsize = \"8x8\"\n[train]\nepochs = " +
		"2\nbatch = 2\n[network]\n" + numberStages("") + "timesteps = [2, 1]\n")
	if err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	run, err := Start(r, filepath.Join(dir, "run"), m)
	if err != nil {
		f.Fatal(err)
	}
	if err := run.Train(f.Context(), nil, nil); err != nil {
		f.Fatal(err)
	}
	run.Close()
	var good [3][]byte
	names := []string{configFile, metricsFile, lastFile}
	for i, name := range names {
		if good[i], err = os.ReadFile(filepath.Join(dir, "run", name)); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(good[0], good[1], good[2])
	f.Add(good[0], []byte("{}\n"), good[2][:len(good[2])/2])
	f.Add([]byte(strings.Replace(string(good[0]), "epochs = 2", "epochs = 4", 1)), good[1],
		[]byte(strings.Replace(string(good[2]), `epoch\":2`, `epoch\":1`, 1)))
	f.Fuzz(func(t *testing.T, config, metrics, last []byte) {
		if r, err := Parse(string(config)); err == nil {
			r, err := r.Resolve(2)
			if err == nil && (large(r.Network) || r.Train.Epochs > 4) {
				return
			}
		}
		dir := t.TempDir()
		for i, data := range [][]byte{config, metrics, last} {
			if err := os.WriteFile(filepath.Join(dir, names[i]), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		run, err := Resume(dir, func(*Recipe) error { return nil }, m)
		if err != nil {
			checkLine(t, err)
			return
		}
		defer run.Close()
		if err := run.Train(t.Context(), nil, nil); err != nil {
			checkLine(t, err)
		}
	})
}
