package recipes

import (
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ssnn/synth"
)

// someMotions are the recordings of some classes of the simulated motions: so many a class to
// train.
func someMotions(t *testing.T, classes []string, few int) fs.FS {
	t.Helper()
	made := fstest.MapFS{}
	for _, class := range classes {
		for _, split := range []string{"Train", "Test"} {
			all, err := fs.ReadDir(synth.Motion(), path.Join(split, class))
			if err != nil {
				t.Fatal(err)
			}
			if split == "Train" {
				all = all[:few]
			}
			for _, e := range all {
				name := path.Join(split, class, e.Name())
				data, err := fs.ReadFile(synth.Motion(), name)
				if err != nil {
					t.Fatal(err)
				}
				made[name] = &fstest.MapFile{Data: data}
			}
		}
	}
	return made
}

// A network that knows some motions learns others from a tenth of their recordings, better than one
// that begins with nothing.
func TestOtherMotions(t *testing.T) {
	if testing.Short() {
		t.Skip("trains three networks")
	}
	classes := synth.Classes()
	known, others := classes[:8], classes[8:]
	m := Machine{Threads: 2, Open: func(name string) (fs.FS, error) {
		if name == "known" {
			return someMotions(t, known, 40), nil
		}
		return someMotions(t, others, synth.MotionTrain/10), nil
	}}
	dir := t.TempDir()
	train := func(name string, changes ...string) float64 {
		r, err := Load("motion-ssnn")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range append([]string{
			"network.model=", `network.stages=[["conv 16","avgpool 2"],["conv 32","avgpool 4"]]`,
			"network.timesteps=[6, 6]", "network.transition=identity", "network.early=false",
			"frames.size=17x17",
		}, changes...) {
			if err := r.Set(c); err != nil {
				t.Fatal(err)
			}
		}
		run, err := Start(r, filepath.Join(dir, name), m)
		if err != nil {
			t.Fatal(err)
		}
		defer run.Close()
		if err := run.Train(t.Context(), nil, nil); err != nil {
			t.Fatal(err)
		}
		e, err := run.Test()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %.1f %% of %d, notes %q", name, 100*e.Accuracy, e.Samples, run.Notes)
		return e.Accuracy
	}
	train("base", "dataset=known", "train.epochs=8")
	fresh := train("fresh", "dataset=others", "train.epochs=8")
	tuned := train("tuned", "dataset=others", "train.epochs=8",
		"train.init="+filepath.Join(dir, "base"))
	if tuned <= fresh {
		t.Errorf("%.1f %% after other motions, %.1f %% without: want more", 100*tuned, 100*fresh)
	}
}

// Rows of classes go over by name, and what does not fit is named.
func TestInit(t *testing.T) {
	classes := synth.Classes()
	m := Machine{Threads: 2, Open: func(name string) (fs.FS, error) {
		n := map[string][2]int{"first": {0, 3}, "second": {1, 5}}[name]
		return someMotions(t, classes[n[0]:n[1]], 2), nil
	}}
	start := func(name string, changes ...string) (*Run, error) {
		r, err := Load("motion-ssnn")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range append([]string{
			"network.model=", `network.stages=[["conv 16","avgpool 4"],["conv 16","globalpool"]]`,
			"network.timesteps=[2, 1]", "network.early=false", "frames.size=17x17",
			"train.epochs=1", "dataset=" + name,
		}, changes...) {
			if err := r.Set(c); err != nil {
				t.Fatal(err)
			}
		}
		return Start(r, filepath.Join(t.TempDir(), name), m)
	}
	first, err := start("first")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if err := first.Train(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	init := "train.init=" + first.Dir
	second, err := start("second", "network.timesteps=[3, 2]", "train.freeze=1", init)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	notes := strings.Join(second.Notes, "\n")
	for _, want := range []string{"fc.weight (2 of 4 classes)",
		"tt.0.linear.weight ([2 3] for [1 2])"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %q, want %q", notes, want)
		}
	}
	was, is := first.Trainer.Net.Parameters(), second.Trainer.Net.Parameters()
	for i, p := range is {
		a, b := was[i].Export(was[i].Value), p.Export(p.Value)
		switch {
		case p.Name == "fc.weight":
			k := len(b) / 4
			for to, class := range second.Classes {
				from := slices.Index(first.Classes, class)
				if from >= 0 && !slices.Equal(a[from*k:(from+1)*k], b[to*k:(to+1)*k]) {
					t.Errorf("another row of fc.weight for %s", class)
				}
			}
		case p.Stage() >= 0 && !strings.HasPrefix(p.Name, "tt.") && !slices.Equal(a, b):
			t.Errorf("%s is not that of the model", p.Name)
		}
	}
	for _, c := range []struct{ changes, want string }{
		{"train.freeze=1", "without train.init"},
		{"train.init=/nothing", "no such file"},
		{init + " train.freeze=3", "want at most 2"},
		{init + " train.stage_rates=[1]", "want 2, one for each stage"},
		{init + ` train.freeze=1 network.stages=[["conv_32","globalpool"],["conv_16"]]`,
			"for a frozen stage"},
		{init + " train.init_sha256=" + strings.Repeat("0", 64),
			"not the file that the run began with"},
	} {
		changes := strings.Split(c.changes, " ")
		for i := range changes {
			changes[i] = strings.ReplaceAll(changes[i], "conv_", "conv ")
		}
		run, err := start("second", changes...)
		if err == nil {
			run.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.changes, err, c.want)
		}
	}
}
