package experiment

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ssnn/internal/atomicfile"
	"ssnn/recipes"
	"ssnn/train"
)

// HeldOut is what the network of a run was worth after some epochs on recordings that were held
// out of its training.
type HeldOut struct {
	Epochs   int     `json:"epochs"`
	Samples  int     `json:"recordings"`
	Accuracy float64 `json:"accuracy"`
	Loss     float64 `json:"loss"`
}

// heldOutFile, in the folder of a run, is a list of HeldOut.
const heldOutFile = "held-out.json"

// halve carries out the runs of each recipe, fewer and fewer of them, as the experiment's halving
// says.
func (g Grid) halve(ctx context.Context, runs []*Run, w Watch) error {
	var last []*Run
	for _, base := range g.Bases {
		elsewhere := func(r *Run) bool { return r.Base != base.Name }
		alive := slices.DeleteFunc(slices.Clone(runs), elsewhere)
		if len(alive) == 0 {
			continue
		}
		rungs, err := g.rungs(base)
		if err != nil {
			return err
		}
		for _, rung := range rungs {
			reach := func(r *Run) error { return g.reach(ctx, r, rung.epochs, w) }
			if err := g.each(ctx, alive, reach); err != nil {
				return err
			}
			best := ranked(alive)
			best = best[:min(rung.on, len(best))]
			alive = slices.DeleteFunc(alive, func(r *Run) bool {
				if slices.Contains(best, r.Variant.Name) {
					return false
				}
				if r.Err == nil {
					r.Stopped = rung.epochs
				}
				w.Done(r, false)
				return true
			})
		}
		last = append(last, alive...)
	}
	return g.finish(ctx, last, w)
}

// rungs are those of the variants on a recipe.
func (g Grid) rungs(base recipes.Recipe) ([]rung, error) {
	r, err := g.Experiment.Variants[0].recipe(base, g.Set) // the epochs are the same for all
	if err != nil {
		return nil, err
	}
	return g.Experiment.Halving.rungs(len(g.Experiment.Variants), r)
}

// ranked are the names of the variants none of whose runs failed, the best first: by the mean
// accuracy of its seeds on held-out recordings, then by the mean loss, then in their own order.
func ranked(runs []*Run) (best []string) {
	type mean struct{ accuracy, loss float64 }
	means := map[string]mean{}
	for _, r := range runs {
		if r.Err == nil && !slices.Contains(best, r.Variant.Name) {
			best = append(best, r.Variant.Name)
		}
	}
	for _, r := range runs {
		if r.Err != nil {
			best = slices.DeleteFunc(best, func(name string) bool { return name == r.Variant.Name })
			continue
		}
		m, at := means[r.Variant.Name], r.HeldOut[len(r.HeldOut)-1]
		// Each has as many seeds: the order of the sums is that of the means.
		means[r.Variant.Name] = mean{m.accuracy + at.Accuracy, m.loss + at.Loss}
	}
	slices.SortStableFunc(best, func(a, b string) int {
		x, y := means[a], means[b]
		return cmp.Or(cmp.Compare(y.accuracy, x.accuracy), cmp.Compare(x.loss, y.loss))
	})
	return best
}

// reach trains a run until some epochs are over, and measures it on held-out recordings, or reads
// what was measured.
func (g Grid) reach(ctx context.Context, r *Run, epochs int, w Watch) error {
	path := filepath.Join(r.Dir, heldOutFile)
	known, err := readHeldOut(path)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(known, func(h HeldOut) bool { return h.Epochs == epochs }); i >= 0 {
		// The folder may hold the run of another recipe.
		if _, err := recipes.Done(r.Recipe, r.Dir); err != nil {
			return err
		}
		r.HeldOut = append(r.HeldOut, known[i])
		return nil
	}
	past := func() error {
		return fmt.Errorf("%s was trained for more than %d epochs without halving, want "+
			"another folder",
			r.Dir, epochs)
	}
	if done, err := recipes.Done(r.Recipe, r.Dir); err != nil {
		return err
	} else if done {
		return past()
	}
	run, err := recipes.Continue(r.Recipe, r.Dir, g.Machine)
	if err != nil {
		return err
	}
	defer run.Close()
	if at := run.Trainer; at.Epoch > epochs || at.Epoch == epochs && at.Seen > 0 {
		return past()
	}
	if run.Trainer.Epoch < epochs {
		pausing, pause := context.WithCancel(ctx)
		defer pause()
		err = run.Train(pausing, nil, func(m train.Metrics) {
			w.Epoch(r, m)
			if m.Epoch == epochs {
				pause()
			}
		})
		if ctx.Err() != nil || !errors.Is(err, context.Canceled) {
			return err
		}
	}
	m, err := run.HeldOut()
	if err != nil {
		return fmt.Errorf("%s: %w", run.Recipe.Dataset, err)
	}
	h := HeldOut{run.Trainer.Epoch, m.Samples, m.Accuracy, m.Loss}
	r.HeldOut = append(r.HeldOut, h)
	return atomicfile.Write(path, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(append(known, h))
	})
}

func readHeldOut(path string) (known []HeldOut, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &known); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return known, nil
}
