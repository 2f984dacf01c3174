package recipes

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ssnn/internal/collective"
	"ssnn/train"
)

// jointRecipe is the tiny recipe in two shards, of which the best epoch is kept.
func jointRecipe(t *testing.T) Recipe {
	t.Helper()
	r := tinyRecipe(t)
	for _, change := range []string{"train.shards=2", "train.batch=4", "train.keep=best",
		"split.held_out=0.3"} {

		if err := r.Set(change); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// together runs f as each of some members. All but the first have a folder that is not there, as on
// another machine, and must not make it.
func together(t *testing.T, size int, dir string, m Machine, f func(dir string, m Machine) error) (
	errs []error) {

	t.Helper()
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	errs = make([]error, size)
	var members sync.WaitGroup
	for rank, g := range collective.Local(size) {
		own, at := m, dir
		own.Group = g
		if rank > 0 {
			at = elsewhere
		}
		members.Go(func() { errs[rank] = f(at, own) })
	}
	members.Wait()
	if _, err := os.Stat(elsewhere); err == nil {
		t.Error("a member other than the first has written")
	}
	return errs
}

// toTheEnd trains what begin returns; a member of some rank stops after so many steps, 0 for none.
func toTheEnd(begin func(dir string, m Machine) (*Run, error), rank, stop int) func(dir string,
	m Machine) error {

	return func(dir string, m Machine) error {
		run, err := begin(dir, m)
		if err != nil {
			return err
		}
		defer run.Close()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		steps := 0
		return run.Train(ctx, func(train.Status) {
			if steps++; steps == stop && m.group().Rank() == rank {
				cancel()
			}
		}, nil)
	}
}

// The folder of a run is the same to the byte whoever has made it, also where it was interrupted in
// one of several processes and went on in another number of them.
func TestRunsAreMadeTogether(t *testing.T) {
	m := on(tinySet(t, 6, 0, 1))
	start := func(dir string, m Machine) (*Run, error) { return Start(jointRecipe(t), dir, m) }
	goOn := func(dir string, m Machine) (*Run, error) {
		return Resume(dir, func(*Recipe) error { return nil }, m)
	}
	alone := filepath.Join(t.TempDir(), "alone")
	for _, err := range together(t, 1, alone, m, toTheEnd(start, 0, 0)) {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := contents(t, alone)
	same := func(what, dir string) {
		t.Helper()
		got := contents(t, dir)
		for _, name := range []string{configFile, lastFile, bestFile, modelFile, answersFile} {
			if got[name] != want[name] || got[name] == "" {
				t.Errorf("%s: %s is another", what, name)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d files, want %d", what, len(got), len(want))
		}
	}
	two := filepath.Join(t.TempDir(), "two")
	for rank, err := range together(t, 2, two, m, toTheEnd(start, 0, 0)) {
		if err != nil {
			t.Fatalf("member %d: %v", rank, err)
		}
	}
	same("two members", two)
	for _, size := range []int{1, 2} {
		dir := filepath.Join(t.TempDir(), "stopped")
		for rank, err := range together(t, 2, dir, m, toTheEnd(start, 1, 4)) {
			if err != context.Canceled {
				t.Fatalf("member %d: %v, want that it was stopped", rank, err)
			}
		}
		for rank, err := range together(t, size, dir, m, toTheEnd(goOn, 0, 0)) {
			if err != nil {
				t.Fatalf("member %d of %d: %v", rank, size, err)
			}
		}
		same(fmt.Sprintf("stopped in two members, %d go on", size), dir)
	}
}

// Members that would make another run, and what only one of them finds wrong, are refused by all,
// and nothing is written.
func TestRunsAreRefusedTogether(t *testing.T) {
	m, others := on(tinySet(t, 6, 0, 1)), on(tinySet(t, 7, 0, 1))
	for want, start := range map[string]func(dir string, m Machine) error{
		"the recipe with the changes of the flags: process 1 has another": func(dir string,
			m Machine) error {

			r := jointRecipe(t)
			r.Seed = int64(m.group().Rank())
			_, err := Start(r, dir, m)
			return err
		},
		"the recordings, by their names and sizes: process 1 has another": func(dir string,
			m Machine) error {

			if m.group().Rank() == 1 {
				m.Open = others.Open
			}
			_, err := Start(jointRecipe(t), dir, m)
			return err
		},
		"process 1: recipe": func(dir string, m Machine) error {
			r := jointRecipe(t)
			if m.group().Rank() == 1 {
				r.Name, r.Train.LR = "x", 1e9
			}
			_, err := Start(r, dir, m)
			return err
		},
		"train.shards 1 for 2 processes, want at least as many": func(dir string,
			m Machine) error {

			r := jointRecipe(t)
			r.Train.Shards = 1
			_, err := Start(r, dir, m)
			return err
		},
	} {
		dir := filepath.Join(t.TempDir(), "run")
		for rank, err := range together(t, 2, dir, m, start) {
			if err == nil || !strings.Contains(err.Error(), want) || !collective.IsAgreed(err) {
				t.Errorf("member %d: error %v, want %q", rank, err, want)
			}
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: something was written", want)
		}
	}
}
