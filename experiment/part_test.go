package experiment

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ssnn/internal/folder"
	"ssnn/train"
)

// training is the last column of the tables, the time that a run took: the only one that differs
// between two makings of the same table.
var training = regexp.MustCompile(`(?m) [0-9hms]+ \|$`)

// tables are all that a grid says of its runs, without times.
func tables(t *testing.T, g Grid, runs []*Run) string {
	t.Helper()
	rows := g.Rows(runs)
	var b bytes.Buffer
	if err := g.WriteTables(&b, rows); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		r.Seconds = nil
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return strings.ReplaceAll(training.ReplaceAllString(b.String(), " |"), g.Dir, "DIR")
}

// sweep is a tiny grid of two transitions and two rates, with a further set to test on.
func sweep(t *testing.T, files fs.FS) Grid {
	e, err := Parse(`
seeds = 2
vary = { "network.transition" = ["softmax", "mean"], "train.lr" = [0.05, 0.2] }
[set]
network.timesteps = [3, 1]
[[test]]
name = "more"
data = "elsewhere"
`)
	if err != nil {
		t.Fatal(err)
	}
	g := tinyGrid(t, files, 1)
	g.Experiment, g.Seeds = e, e.Seeds
	g.Experiment.Name = "sweep"
	g.Set = []string{"train.epochs=2", "train.batch=4", "network.width=0.02"}
	return g
}

// Whole, stopped and gone on with, and in parts, a grid ends with the same tables.
func TestSameTables(t *testing.T) {
	files := tinySet(t)
	whole := sweep(t, files)
	runs, err := carry(t, t.Context(), whole, Watch{})
	if err != nil {
		t.Fatal(err)
	}
	want := tables(t, whole, runs)
	for _, text := range []string{
		"Beside **transition=softmax, lr=0.05**, on the same seeds and 8 recordings:",
		"#### motion, tested on more (elsewhere)", `"test":"more"`, `"p_holm":`,
	} {
		if !strings.Contains(want, text) {
			t.Errorf("no %q in\n%s", text, want)
		}
	}
	if err := whole.Write(whole.Rows(runs), "x"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"motion-over-network.transition.svg", "motion-over-train.lr.png", "motion-energy.svg",
		"motion-more-accuracy.svg",
	} {
		if info, err := os.Stat(filepath.Join(whole.Dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}

	stopped := sweep(t, files)
	stopped.Jobs = 3
	ctx, stop := context.WithCancel(t.Context())
	epochs := 0
	if _, err := carry(t, ctx, stopped, Watch{Epoch: func(*Run, train.Metrics) {
		if epochs++; epochs == 5 {
			stop()
		}
	}}); err != context.Canceled {
		t.Fatalf("error %v, want %v", err, context.Canceled)
	}
	runs, err = carry(t, t.Context(), stopped, Watch{})
	if got := tables(t, stopped, runs); err != nil || got != want {
		t.Errorf("stopped and gone on with, error %v:\n%s\nwant\n%s", err, got, want)
	}

	parts := sweep(t, files)
	carried := 0
	for i := range 3 {
		all, err := parts.Runs()
		if err != nil {
			t.Fatal(err)
		}
		own := Part{i, 3}.Of(all)
		carried += len(own)
		if err := parts.Carry(t.Context(), own, Watch{}); err != nil {
			t.Fatal(err)
		}
	}
	runs, err = carry(t, t.Context(), parts, Watch{
		Epoch: func(r *Run, _ train.Metrics) { t.Errorf("%s is in no part", r.Name()) },
	})
	if got := tables(t, parts, runs); err != nil || got != want || carried != len(runs) {
		t.Errorf("in parts of %d runs, error %v:\n%s\nwant\n%s", carried, err, got, want)
	}

	// A run of an earlier version, which kept no answers, is tested again.
	if err := os.Remove(filepath.Join(runs[0].Dir, "answers.jsonl")); err != nil {
		t.Fatal(err)
	}
	runs, err = carry(t, t.Context(), parts, Watch{})
	if got := tables(t, parts, runs); err != nil || got != want {
		t.Errorf("tested again, error %v:\n%s\nwant\n%s", err, got, want)
	}
}

func TestParsePart(t *testing.T) {
	if p, err := ParsePart("3/4"); err != nil || p != (Part{3, 4}) || p.String() != "3/4" {
		t.Errorf("%v, error %v", p, err)
	}
	for _, text := range []string{"4/4", "-1/4", "1", "1/0", "a/b", "1/2/3", "", "0x1/4", " 1/4"} {
		if _, err := ParsePart(text); err == nil {
			t.Errorf("%q is taken for a part", text)
		}
	}
}

// mislabelled are the files of a set whose test recordings have each other's classes.
func mislabelled(files fs.FS) fs.FS {
	other := fstest.MapFS{}
	var classes []string
	for name, f := range files.(fstest.MapFS) {
		other[name] = f
		if class := strings.Split(name, "/")[1]; !slices.Contains(classes, class) {
			classes = append(classes, class)
		}
	}
	for name := range other {
		at := strings.Split(name, "/")
		if at[0] == "Test" && at[1] == classes[0] {
			swapped := strings.Join([]string{at[0], classes[1], at[2]}, "/")
			other[name], other[swapped] = other[swapped], other[name]
		}
	}
	return other
}

// halved is the sweep with halving.
func halved(t *testing.T, files fs.FS) Grid {
	g := sweep(t, files)
	g.Set = append(g.Set, "split.held_out=0.5", "train.epochs=3")
	g.Experiment.Tests, g.Experiment.Halving = nil, Halving{Epochs: []int{1, 2}}
	return g
}

// Halving stops what is worse on held-out recordings, whatever the test recordings say. What it
// does not stop is the run that it would have been; stopped and gone on with, it chooses the
// same.
func TestHalving(t *testing.T) {
	files := tinySet(t)
	g := halved(t, files)
	runs, err := carry(t, t.Context(), g, Watch{})
	if err != nil {
		t.Fatal(err)
	}
	stopped := map[int]int{}
	var last *Run
	for _, r := range runs {
		stopped[r.Stopped]++
		if r.Err != nil || len(r.HeldOut) == 0 || r.HeldOut[0].Samples != 4 {
			t.Errorf("%s: %+v, error %v", r.Name(), r.HeldOut, r.Err)
		}
		if m, ok := r.Last(); ok != (r.Stopped == 0) || ok && m.Epoch != 3 {
			t.Errorf("%s stopped after %d: %+v", r.Name(), r.Stopped, m)
		}
		if r.Stopped == 0 {
			last = r
		}
	}
	if stopped[1] != 4 || stopped[2] != 2 || stopped[0] != 2 { // of two seeds each
		t.Fatalf("runs stopped after epochs: %v", stopped)
	}
	for _, r := range runs {
		for i, h := range r.HeldOut {
			own, best := mean(runs, r.Variant.Name, i), mean(runs, last.Variant.Name, i)
			if r.Stopped != 0 && r.Stopped == h.Epochs && own > best {
				t.Errorf("%s was stopped, which was better than %s", r.Name(), last.Name())
			}
		}
	}
	want := tables(t, g, runs)
	for _, text := range []string{"| variant | after 1, % | after 2, % | then |", "| stopped " +
		"|", "| trained to the end |"} {
		if !strings.Contains(want, text) {
			t.Errorf("no %q in\n%s", text, want)
		}
	}
	if err := g.Write(g.Rows(runs), "x"); err != nil {
		t.Error(err)
	}

	alone := halved(t, files)
	alone.Experiment.Halving = Halving{}
	all, err := alone.Runs()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(all, func(r *Run) bool { return r.Name() == last.Name() })
	if err := alone.Carry(t.Context(), all[at:at+1], Watch{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"model.safetensors", "answers.jsonl"} {
		a, err := os.ReadFile(filepath.Join(last.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(all[at].Dir, name))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s of %s is another than without halving, error %v", name, last.Name(), err)
		}
	}
	// In a folder without halving a run is what it would be with it, if its metrics say what it was
	// worth on held-out recordings, and refused if they do not.
	alone.Experiment.Halving = g.Experiment.Halving
	runs, err = carry(t, t.Context(), alone, Watch{})
	if got := tables(t, alone, runs); err != nil || got != want {
		t.Errorf("in a folder without halving, error %v:\n%s\nwant\n%s", err, got, want)
	}
	forgetHeldOut(t, all[at].Dir)
	runs, err = carry(t, t.Context(), alone, Watch{})
	if err != nil || runs[at].Err == nil || !strings.Contains(runs[at].Err.Error(),
		"was trained for more than 1 epochs without halving") {
		t.Errorf("without what it was worth: error %v, %v", runs[at].Err, err)
	}

	again := halved(t, files)
	ctx, stop := context.WithCancel(t.Context())
	epochs := 0
	if _, err := carry(t, ctx, again, Watch{Epoch: func(*Run, train.Metrics) {
		if epochs++; epochs == 10 {
			stop()
		}
	}}); err != context.Canceled {
		t.Fatalf("error %v, want %v", err, context.Canceled)
	}
	runs, err = carry(t, t.Context(), again, Watch{})
	if got := tables(t, again, runs); err != nil || got != want {
		t.Errorf("stopped and gone on with, error %v:\n%s\nwant\n%s", err, got, want)
	}

	wrong := halved(t, mislabelled(files))
	runs, err = carry(t, t.Context(), wrong, Watch{})
	if err != nil {
		t.Fatal(err)
	}
	at = slices.IndexFunc(runs, func(r *Run) bool { return r.Stopped == 0 })
	if got := runs[at].Variant.Name; got != last.Variant.Name {
		t.Errorf("with other test labels %s is best, want %s", got, last.Variant.Name)
	}
}

// forgetHeldOut makes a finished run one of an earlier version, which said nothing of recordings
// held out.
func forgetHeldOut(t *testing.T, dir string) {
	path := filepath.Join(dir, "metrics.jsonl")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`"held_out":{[^}]*},`).ReplaceAll(text, nil)
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "last.safetensors")); err != nil {
		t.Fatal(err)
	}
}

// mean is the mean accuracy of a variant at a rung.
func mean(runs []*Run, name string, rung int) (sum float64) {
	n := 0.
	for _, r := range runs {
		if r.Variant.Name == name {
			sum, n = sum+r.HeldOut[rung].Accuracy, n+1
		}
	}
	return sum / n
}

func TestHalvingRefuses(t *testing.T) {
	for set, want := range map[string]string{
		"split.held_out=0": "want split.held_out above 0",
		"train.epochs=2":   "halving stops runs after 2 epochs, want less than train.epochs",
	} {
		g := halved(t, nil)
		g.Set = append(g.Set, set)
		if _, err := g.Runs(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", set, err, want)
		}
	}
}

// A run that somebody else carries out is at work, and no failure; without it the tables say so.
func TestAtWork(t *testing.T) {
	g := tinyGrid(t, tinySet(t), 1)
	g.Set = append(g.Set, "train.epochs=1")
	runs, err := g.Runs()
	if err != nil {
		t.Fatal(err)
	}
	unlock, _, err := folder.Lock(runs[0].Dir, "ssnn train")
	if err != nil {
		t.Fatal(err)
	}
	err = g.Carry(t.Context(), runs, Watch{})
	unlock()
	if err != nil || !runs[0].AtWork() {
		t.Fatalf("errors %v and %v, want a run at work", err, runs[0].Err)
	}
	for _, r := range runs[1:] {
		if r.Err != nil {
			t.Errorf("%s: %v", r.Name(), r.Err)
		}
	}
	got := tables(t, g, runs)
	want := "At work elsewhere: " + runs[0].Variant.Name + ", seed 0\n"
	if !strings.Contains(got, want) || strings.Contains(got, "Failed") {
		t.Errorf("no %q in\n%s", want, got)
	}
	if runs, err = carry(t, t.Context(), g, Watch{}); err != nil || runs[0].Err != nil {
		t.Errorf("once it is free: errors %v and %v", err, runs[0].Err)
	}
}
