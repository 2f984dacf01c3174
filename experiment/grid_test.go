package experiment

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"ssnn/events"
	"ssnn/recipes"
	"ssnn/synth"
	"ssnn/train"
)

// tinySet are a few recordings of two motions.
func tinySet(t *testing.T) fs.FS {
	files := fstest.MapFS{}
	c := synth.Default()
	for _, split := range []string{"Train", "Test"} {
		for class := range 2 {
			for i := range 4 {
				var b bytes.Buffer
				w, err := events.NewWriter(&b, "bin", c.Sensor)
				if err != nil {
					t.Fatal(err)
				}
				if err := w.Write(c.Recording(split, class, i)); err != nil {
					t.Fatal(err)
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				files[fmt.Sprintf("%s/%s/%d.bin", split, synth.Classes()[class],
					i)] = &fstest.MapFile{Data: b.Bytes()}
			}
		}
	}
	return files
}

// tinyGrid is one whose runs take a fraction of a second.
func tinyGrid(t *testing.T, files fs.FS, jobs int) Grid {
	base, err := recipes.Load("motion-ssnn")
	if err != nil {
		t.Fatal(err)
	}
	base.Name = "motion"
	return Grid{
		Experiment: Experiment{Name: "tiny", Asks: "?", Variants: []Variant{
			{Name: "plain", Set: plainAt(2), Line: "plain",
				Published: map[string]Published{"motion": {50, "nobody"}}},
			{Name: "SSNN, 3, 1", Set: []string{"network.timesteps=[3, 1]"}, Line: "SSNN"},
		}},
		Bases: []recipes.Recipe{base}, Set: []string{"train.epochs=3", "train.batch=4",
			"network.width=0.02"}, Seeds: FirstSeeds(2),
		Dir: t.TempDir(), Jobs: jobs,
		Machine: recipes.Machine{Open: func(string) (fs.FS, error) { return files, nil },
			Threads: 1},
	}
}

func carry(t *testing.T, ctx context.Context, g Grid, w Watch) ([]*Run, error) {
	runs, err := g.Runs()
	if err != nil {
		t.Fatal(err)
	}
	return runs, g.Carry(ctx, runs, w)
}

// A grid that was stopped and goes on, with other numbers of jobs, ends with the models of one that
// was not; what is done is not done again.
func TestGridGoesOn(t *testing.T) {
	files := tinySet(t)
	whole := tinyGrid(t, files, 1)
	want, err := carry(t, t.Context(), whole, Watch{})
	if err != nil {
		t.Fatal(err)
	}
	g := tinyGrid(t, files, 3)
	ctx, stop := context.WithCancel(t.Context())
	epochs := 0
	if _, err := carry(t, ctx, g, Watch{Epoch: func(*Run, train.Metrics) {
		if epochs++; epochs == 5 {
			stop()
		}
	}}); err != context.Canceled {
		t.Fatalf("stopped: error %v, want %v", err, context.Canceled)
	}
	done := 0
	runs, err := carry(t, t.Context(), g, Watch{Done: func(_ *Run, again bool) { done++ }})
	if err != nil || done != len(want) {
		t.Fatalf("%d runs done, error %v, want %d", done, err, len(want))
	}
	for i, r := range runs {
		a, b := filepath.Join(want[i].Dir, "model.safetensors"), filepath.Join(r.Dir,
			"model.safetensors")
		x, err := os.ReadFile(a)
		if err != nil {
			t.Fatal(err)
		}
		y, err := os.ReadFile(b)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(x, y) {
			t.Errorf("%s: another model than without the interruption", r.Name())
		}
		if m, ok := r.Last(); !ok || m.Epoch != 3 {
			t.Errorf("%s: metrics %+v", r.Name(), m)
		}
	}
	if _, err := carry(t, t.Context(), g, Watch{
		Epoch: func(r *Run, _ train.Metrics) { t.Errorf("%s is done again", r.Name()) },
		Done: func(r *Run, again bool) {
			if !again {
				t.Errorf("%s: not known to be done", r.Name())
			}
		},
	}); err != nil {
		t.Fatal(err)
	}
}

// A run that broke off before its first checkpoint begins anew; another recipe's folder is refused
// and the other runs are made all the same.
func TestGridFindsFolders(t *testing.T) {
	g := tinyGrid(t, tinySet(t), 1)
	runs, err := g.Runs()
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{runs[0].Recipe.Text(),
		strings.Replace(runs[1].Recipe.Text(), "epochs = 3", "epochs = 4", 1)} {
		if err := os.MkdirAll(runs[i].Dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(runs[i].Dir, "config.toml"), []byte(text),
			0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Carry(t.Context(), runs, Watch{}); err != nil {
		t.Fatal(err)
	}
	for i, r := range runs {
		if i == 1 {
			if r.Err == nil || !strings.Contains(r.Err.Error(), "holds the run of another recipe") {
				t.Errorf("%s: error %v", r.Name(), r.Err)
			}
		} else if r.Err != nil || len(r.Metrics) != 3 {
			t.Errorf("%s: error %v, %d epochs", r.Name(), r.Err, len(r.Metrics))
		}
	}

	rows := g.Rows(runs)
	var b bytes.Buffer
	if err := g.WriteTables(&b, rows); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"### motion", "| plain | 2 | ", "(2) | ", " 50.00 [1] ",
		"[1] nobody", "| SSNN, 3, 1 | 2 | ", "(1) | - |", "Failed: SSNN, 3, 1, seed 0: "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
	if err := g.Write(rows, "ssnn reproduce tiny"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"README.md", "motion-accuracy.svg", "motion-accuracy.png",
		"motion-curves.svg", "motion-timesteps.png"} {
		if info, err := os.Stat(filepath.Join(g.Dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGridRefuses(t *testing.T) {
	for set, want := range map[string]string{
		"train.lrr=1":           `motion, plain: unknown key "train.lrr"`,
		"network.timesteps=[0]": "plain: recipe motion: frames: 0 timesteps",
	} {
		g := tinyGrid(t, nil, 1)
		g.Set = append(g.Set, set)
		if _, err := g.Runs(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", set, err, want)
		}
	}
}
