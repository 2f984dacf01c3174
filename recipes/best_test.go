package recipes

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ssnn/infer"
	"ssnn/internal/atomicfile"
	"ssnn/safetensors"
	"ssnn/train"
)

// keepingRecipe is of a tiny run that holds recordings out and keeps its best network, which is not
// that of its last epoch.
func keepingRecipe(t *testing.T) Recipe {
	t.Helper()
	r := tinyRecipe(t)
	r.Split.HeldOut = 0.25
	r.Train.Epochs, r.Train.Keep = 6, train.KeepBest
	r.Train.Schedule.Kind, r.Train.LR = train.ConstantSchedule, 0.3
	return r
}

// keeping is a machine with a set of which a quarter can be held out, integrated once.
func keeping(t *testing.T) Machine {
	m := on(tinySet(t, 8, 0, 1))
	m.Cache = t.TempDir()
	return m
}

// sameButTimes compares the files of two runs, of their metrics what is the same in every run.
func sameButTimes(t *testing.T, name, a, b string) {
	t.Helper()
	x, y := contents(t, a), contents(t, b)
	for _, c := range []struct {
		dir   string
		files map[string]string
	}{{a, x}, {b, y}} {
		m, err := ReadMetrics(c.dir)
		if err != nil {
			t.Fatal(err)
		}
		c.files[metricsFile] = untimed(m)
	}
	if !maps.Equal(x, y) {
		for file := range x {
			if x[file] != y[file] {
				t.Errorf("%s: %s is another file", name, file)
			}
		}
		for file := range y {
			if _, there := x[file]; !there {
				t.Errorf("%s: %s is left", name, file)
			}
		}
	}
}

// The model is that of the best epoch by the recordings held out, and so are the answers.
func TestKeepBest(t *testing.T) {
	m := keeping(t)
	dir := filepath.Join(t.TempDir(), "run")
	trained(t, keepingRecipe(t), dir, m)
	all, err := ReadMetrics(dir)
	if err != nil || len(all) != 6 {
		t.Fatalf("%d epochs, error %v", len(all), err)
	}
	best := all[len(all)-1].HeldOut.Best
	if best == len(all) {
		t.Fatal("the best epoch is the last one: nothing is tried")
	}
	a, err := m.Answers(dir)
	if err != nil {
		t.Fatal(err)
	}
	e, want := a.Evaluation(), all[best-1]
	if e.Accuracy != want.TestAccuracy || e.Loss != want.TestLoss {
		t.Errorf("the answers come to %v and %v, epoch %d to %v and %v", e.Accuracy, e.Loss, best,
			want.TestAccuracy, want.TestLoss)
	}
	model, err := m.OpenModel(filepath.Join(dir, modelFile))
	if err != nil {
		t.Fatal(err)
	}
	model.Close()
	f, err := safetensors.ReadFile(filepath.Join(dir, modelFile))
	if err != nil || f.Metadata[epochKey] != fmt.Sprint(best) || f.Notes() != nil {
		t.Errorf("the model is of epoch %q, notes %q, error %v, want %d", f.Metadata[epochKey],
			f.Notes(), err, best)
	}
	// It is the last network of a run that ends with that epoch.
	r := keepingRecipe(t)
	r.Train.Epochs = best
	short := filepath.Join(t.TempDir(), "short")
	trained(t, r, short, m)
	g, err := safetensors.ReadFile(filepath.Join(short, modelFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range f.Names() {
		x, _ := f.Get(name)
		if y, _ := g.Get(name); !bytes.Equal(x.Data, y.Data) {
			t.Errorf("%s is not that of epoch %d", name, best)
		}
	}
}

// Interrupted after any step, and at every operation of every save, a run that keeps its best goes
// on to the same bytes, and leaves nothing else.
func TestKeepBestInterrupted(t *testing.T) {
	m := keeping(t)
	r := keepingRecipe(t)
	r.Train.Epochs, r.Train.Batch = 3, 6
	whole := filepath.Join(t.TempDir(), "whole")
	trained(t, r, whole, m)
	goOn := func(name, dir string, f *faulty) {
		if err := f.goOn(r, dir, m); err != nil {
			t.Errorf("%s: cannot go on: %v", name, err)
			return
		}
		sameButTimes(t, name, dir, whole)
	}
	for stop := 1; ; stop++ {
		dir := filepath.Join(t.TempDir(), "run")
		f := &faulty{stop: stop}
		if err := f.train(t, r, dir, m); err == nil {
			break
		}
		goOn(fmt.Sprint("stopped after step ", stop), dir, f)
	}
	all := &faulty{}
	if err := all.train(t, r, filepath.Join(t.TempDir(), "run"), m); err != nil {
		t.Fatal(err)
	}
	failed, after := 0, false
	for i, operation := range all.Operations() {
		// Those of the other files are those of TestSavesWithAFault.
		of := strings.Contains(operation, bestFile)
		if !of && !after {
			continue
		}
		after = of
		at := i + 1
		failed++
		dir := filepath.Join(t.TempDir(), "run")
		f := &faulty{Fault: atomicfile.Fault{At: at, On: true}}
		f.train(t, r, dir, m)
		goOn(fmt.Sprintf("operation %d failed, %s", at, operation), dir, f)
	}
	if failed < 10 {
		t.Errorf("only %d operations failed", failed)
	}
}

// What best.safetensors holds is looked at before a run goes on.
func TestResumeRefusesAnotherBest(t *testing.T) {
	m := keeping(t)
	dir := filepath.Join(t.TempDir(), "run")
	r := keepingRecipe(t)
	trained(t, r, dir, m)
	path := filepath.Join(dir, bestFile)
	good := read(t, path)
	put := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	damaged := bytes.Clone(good)
	damaged[len(damaged)-1] ^= 1
	put(damaged)
	resumeRefuses(t, "a flipped bit", dir, unchanged, m, bestFile, safetensors.ErrDigest.Error())
	put(read(t, dir, lastFile))
	resumeRefuses(t, "another epoch", dir, unchanged, m, bestFile, lastFile+" says is the best")
	f, err := safetensors.Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	var tensors []safetensors.Named
	for _, name := range f.Names() {
		tensor, _ := f.Get(name)
		tensors = append(tensors, safetensors.Named{Name: name, Tensor: tensor})
	}
	f.Metadata[infer.RecipeKey] = strings.Replace(f.Metadata[infer.RecipeKey], "seed = 0",
		"seed = 3", 1)
	if err := safetensors.WriteFile(path, f.Metadata, tensors); err != nil {
		t.Fatal(err)
	}
	resumeRefuses(t, "another run's", dir, unchanged, m, bestFile, "seed was 3 and is 0 now")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	resumeRefuses(t, "no file", dir, unchanged, m, bestFile, "is missing")
	put(good)
	if err := resumedToEnd(dir, m); err != nil {
		t.Error(err)
	}
}

// A run that is finished, or not, goes on for more epochs to the bytes of one that was begun with
// them.
func TestMoreEpochs(t *testing.T) {
	m := keeping(t)
	more := func(n int) func(*Recipe) error {
		return func(r *Recipe) error { return r.Set(fmt.Sprintf("train.epochs=%d", n)) }
	}
	for name, change := range map[string]func(*Recipe){
		"constant": func(r *Recipe) {
			r.Train.Schedule.Kind, r.Train.Warmup = train.ConstantSchedule, 0.7
		},
		"step": func(r *Recipe) {
			r.Train.Schedule.Kind, r.Train.Every = train.StepSchedule, 2
		},
		"best": func(r *Recipe) { *r = keepingRecipe(t) },
		"patience": func(r *Recipe) {
			*r = keepingRecipe(t)
			r.Train.Patience, r.Train.LR = 1, 1e-9
		},
	} {
		r := tinyRecipe(t)
		change(&r)
		r.Train.Epochs = 6
		whole := filepath.Join(t.TempDir(), "whole")
		trained(t, r, whole, m)
		for _, stop := range []int{0, 5} {
			r.Train.Epochs = 3
			dir := filepath.Join(t.TempDir(), "run")
			f := &faulty{stop: stop}
			if err := f.train(t, r, dir, m); (err == nil) != (stop == 0) {
				t.Fatal(err)
			}
			run, err := Resume(dir, more(6), m)
			if err != nil {
				t.Errorf("%s, interrupted after %d: %v", name, stop, err)
				continue
			}
			if exists(dir, modelFile) || exists(dir, answersFile) {
				t.Errorf("%s: the folder of a run that goes on says that it is finished", name)
			}
			if err := run.Train(t.Context(), nil, nil); err != nil {
				t.Error(err)
			}
			run.Close()
			sameButTimes(t, fmt.Sprintf("%s, interrupted after %d", name, stop), dir, whole)
		}
		if name == "constant" {
			resumeRefuses(t, "fewer than are over", whole, more(5), m,
				"want at least 6, the epoch that the run is in")
		}
	}
	dir := interrupted(t, m)
	resumeRefuses(t, "cosine", dir, more(6), m,
		"train.epochs was 2 and is 6 now; the cosine of train.schedule")
}

// Each operation that makes a finished run one of more epochs fails in turn: the run still can go
// on.
func TestMoreEpochsWithAFault(t *testing.T) {
	m := keeping(t)
	r := keepingRecipe(t)
	whole := filepath.Join(t.TempDir(), "whole")
	trained(t, r, whole, m)
	more := func(r *Recipe) error { r.Train.Epochs = 6; return nil }
	r.Train.Epochs = 3
	begun := filepath.Join(t.TempDir(), "run")
	trained(t, r, begun, m)
	for at := 1; ; at++ {
		dir := filepath.Join(t.TempDir(), "run")
		if err := os.CopyFS(dir, os.DirFS(begun)); err != nil {
			t.Fatal(err)
		}
		f := &atomicfile.Fault{At: at, On: true}
		mend := atomicfile.Break(f)
		run, err := Resume(dir, more, m)
		if err == nil {
			run.Close()
		}
		mend()
		if len(f.Operations()) < at {
			t.Logf("%d operations, each failed", at-1)
			break
		}
		if run, err = Resume(dir, more, m); err != nil {
			t.Errorf("operation %d failed: cannot go on: %v", at, err)
			continue
		}
		if err := run.Train(t.Context(), nil, nil); err != nil {
			t.Error(err)
		}
		run.Close()
		sameButTimes(t, fmt.Sprintf("operation %d failed", at), dir, whole)
	}
}

// A recipe that asks for what cannot be is one line that says what to change.
func TestKeepingIsRefused(t *testing.T) {
	for set, want := range map[string]string{
		"train.keep=best":  "train.keep is best, but no recordings are held out",
		"train.patience=3": "train.patience is 3, but no recordings are held out",
		"split.held_out=0.2 train.keep=best train.epochs=0": "there is no epoch to keep",
		"train.keep=first":            `train.keep is "first", want last or best`,
		"train.class_weights=[1,2,3]": "train.class_weights has 3 numbers, want 2, one for each",
		"train.class_weights=even":    `train.class_weights is "even", want none, balanced or`,
		"train.class_weights=[\"a\"]": "train.class_weights has a in its list, want numbers",
		"train.class_weights=3":       "train.class_weights is 3, want none, balanced or",
		"train.label_smoothing=1":     "train.label_smoothing 1, want 0 to below 1",
		"train.sampling=balanced augment.mixup=0.2": "train.sampling is balanced and " +
			"augment.mixup is 0.2",
	} {
		r, err := tinyRecipe(t), error(nil)
		for s := range strings.FieldsSeq(set) {
			if err == nil {
				err = r.Set(s)
			}
		}
		if err == nil {
			_, err = Start(r, filepath.Join(t.TempDir(), "run"), on(tinySet(t, 4, 0, 1)))
		}
		if err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "\n") {

			t.Errorf("%s: error %v, want one line with %q", set, err, want)
		}
	}
	for _, weights := range []string{`"none"`, `"balanced"`, "[1, 2.5]", "[0.25, 1e-07]"} {
		r := tinyRecipe(t)
		if err := r.Set("train.class_weights=" + weights); err != nil {
			t.Error(err)
			continue
		}
		again, err := Parse(r.Text())
		if err != nil || again.Text() != r.Text() {
			t.Errorf("%s is written and read as %v, error %v", weights, again.Train.ClassWeights,
				err)
		}
	}
}
