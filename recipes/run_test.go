package recipes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"ssnn/events"
	"ssnn/internal/atomicfile"
	"ssnn/safetensors"
	"ssnn/synth"
	"ssnn/train"
)

// tinySet are n recordings of each of some motions in each split.
func tinySet(t *testing.T, n int, classes ...int) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	c := synth.Default()
	for _, split := range []string{"Train", "Test"} {
		for _, class := range classes {
			for i := range n {
				var b bytes.Buffer
				w, err := events.NewWriter(&b, "bin", c.Sensor)
				if err == nil {
					err = w.Write(c.Recording(split, class, i))
				}
				if err == nil {
					err = w.Close()
				}
				if err != nil {
					t.Fatal(err)
				}
				name := fmt.Sprintf("%s/%s/%d.bin", split, synth.Classes()[class], i)
				files[name] = &fstest.MapFile{Data: b.Bytes()}
			}
		}
	}
	return files
}

// tinyRecipe is of a run that takes some hundredths of a second.
func tinyRecipe(t *testing.T) Recipe {
	t.Helper()
	r, err := Parse("[network]\nstages = [[\"conv 3\", \"avgpool 2\"], [\"conv 4\"]]\n" +
		"timesteps = [2, 1]\nearly = true\n[train]\nepochs = 2\nbatch = 3\n[augment]\nshift = 1\n")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// on is a machine with one set, whatever its name.
func on(files fs.FS) Machine {
	return Machine{Open: func(string) (fs.FS, error) { return files, nil }, Threads: 1}
}

// trained trains the tiny recipe to its end.
func trained(t *testing.T, r Recipe, dir string, m Machine) {
	t.Helper()
	run, err := Start(r, dir, m)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if err := run.Train(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
}

// resumedToEnd goes on with a run to its end.
func resumedToEnd(dir string, m Machine) error {
	run, err := Resume(dir, func(*Recipe) error { return nil }, m)
	if err != nil {
		return err
	}
	defer run.Close()
	return run.Train(context.Background(), nil, nil)
}

func read(t *testing.T, elements ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Every operation of every save of a run fails in turn, alone or with all that follow, in a run
// that is interrupted and in one that is not, before and at the moment of the fault. What is said
// is true, each file is whole, and the run can go on to the bytes of one that nothing happened to.
func TestSavesWithAFault(t *testing.T) {
	m := on(tinySet(t, 4, 0, 1))
	r := tinyRecipe(t)
	whole := filepath.Join(t.TempDir(), "whole")
	trained(t, r, whole, m)
	want := read(t, whole, modelFile)
	for _, goesOn := range []bool{false, true} {
		for _, stop := range []int{0, 5, -1} { // never, after 5 steps, at the moment of the fault
			for at := 1; !goesOn || stop >= 0; at++ {
				name := fmt.Sprintf("operation %d fails, goes on %v, interrupted %d",
					at, goesOn, stop)
				dir := filepath.Join(t.TempDir(), "run")
				f := &faulty{Fault: atomicfile.Fault{At: at, On: goesOn}, stop: stop}
				err := f.train(t, r, dir, m)
				if len(f.Operations()) < at { // it was not reached
					if at < 10 {
						t.Errorf("%s: only %d operations", name, len(f.Operations()))
					}
					break
				}
				f.judge(t, name+", "+f.Operations()[at-1], dir, err)
				if err := f.goOn(r, dir, m); err != nil {
					t.Errorf("%s: cannot go on: %v", name, err)
				} else if !bytes.Equal(read(t, dir, modelFile), want) {
					t.Errorf("%s: the run ends elsewhere", name)
				}
				if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
					t.Errorf("%s: %v is left behind", name, left)
				}
			}
		}
	}
}

// faulty trains with a fault.
type faulty struct {
	atomicfile.Fault
	stop int // steps after which the run is interrupted; -1: at the fault; 0: never
	last train.Status
}

func (f *faulty) train(t *testing.T, r Recipe, dir string, m Machine) error {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if f.stop < 0 {
		f.Then = cancel
	}
	defer atomicfile.Break(&f.Fault)()
	run, err := Start(r, dir, m)
	if err != nil {
		return err
	}
	defer run.Close()
	steps := 0
	return run.Train(ctx, func(s train.Status) {
		f.last = s
		if steps++; steps == f.stop {
			cancel()
		}
	}, nil)
}

// judge holds what was said against what is there.
func (f *faulty) judge(t *testing.T, name, dir string, err error) {
	t.Helper()
	switch {
	case !errors.Is(err, atomicfile.ErrBroken):
		t.Errorf("%s: error %v, want %v", name, err, atomicfile.ErrBroken)
	case errors.Is(err, context.Canceled):
		t.Errorf("%s: %v counts as an interruption that saved its checkpoint", name, err)
	case strings.Contains(err.Error(), "\n"):
		t.Errorf("%s: more than one line: %q", name, err)
	}
	for _, file := range []string{lastFile, modelFile} {
		if !exists(dir, file) {
			continue
		}
		if _, err := safetensors.ReadFile(filepath.Join(dir, file)); err != nil {
			t.Errorf("%s: half a file: %v", name, err)
		}
	}
}

// goOn goes on with what is left of the run.
func (f *faulty) goOn(r Recipe, dir string, m Machine) error {
	defer atomicfile.Break(&atomicfile.Fault{})()
	run, err := Continue(r, dir, m)
	if err != nil {
		return err
	}
	defer run.Close()
	return run.Train(context.Background(), nil, nil)
}

// Without a fault an interruption saves where the run stands.
func TestInterruptedRunIsSaved(t *testing.T) {
	m := on(tinySet(t, 4, 0, 1))
	dir := filepath.Join(t.TempDir(), "run")
	f := &faulty{stop: 5}
	if err := f.train(t, tinyRecipe(t), dir, m); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want %v", err, context.Canceled)
	}
	checkpoint, err := safetensors.ReadFile(filepath.Join(dir, lastFile))
	if err != nil {
		t.Fatal(err)
	}
	stands := fmt.Sprintf(`"epoch":%d,"seen":%d,`, f.last.Epoch, f.last.Seen)
	if text := checkpoint.Metadata["training"]; !strings.Contains(text, stands) {
		t.Errorf("the checkpoint stands at %s, want %s", text, stands)
	}
}
