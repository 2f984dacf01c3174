package experiment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"ssnn/recipes"
	"ssnn/train"
)

// HeldOut is the result of a run's network, after some epochs, on recordings that were held out of
// its training.
type HeldOut struct {
	Epochs   int     `json:"epochs"`     // number of epochs after which it was measured
	Samples  int     `json:"recordings"` // number of recordings held out
	Accuracy float64 `json:"accuracy"`   // share that is recognised, 0 to 1
	Loss     float64 `json:"loss"`       // mean cross-entropy
}

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

// rungs returns the rungs of the variants on a recipe.
func (g Grid) rungs(base recipes.Recipe) ([]rung, error) {
	r, err := g.Experiment.Variants[0].recipe(base, g.Set) // the epochs are the same for all
	if err != nil {
		return nil, err
	}
	return g.Experiment.Halving.rungs(len(g.Experiment.Variants), r)
}

// ranked returns the names of the variants none of whose runs failed, the best first: by the mean
// accuracy over the seeds on held-out recordings, then by the mean loss, then in their own order.
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
		// Each has the same number of seeds, so the order of the sums is that of the means.
		means[r.Variant.Name] = mean{m.accuracy + at.Accuracy, m.loss + at.Loss}
	}
	slices.SortStableFunc(best, func(a, b string) int {
		x, y := means[a], means[b]
		return cmp.Or(cmp.Compare(y.accuracy, x.accuracy), cmp.Compare(x.loss, y.loss))
	})
	return best
}

// reach trains a run until some epochs are over, unless they are already, and fills in its result
// on held-out recordings then. Every training measures that after each epoch, and keeps it among
// its metrics.
func (g Grid) reach(ctx context.Context, r *Run, epochs int, w Watch) error {
	done, err := recipes.Done(r.Recipe, r.Dir) // the folder may hold the run of another recipe
	if err != nil {
		return err
	}
	known, err := r.measured(epochs)
	if known || done {
		return err
	}
	// As the run goes on, damaged metrics are mended.
	if err := g.trainUntil(ctx, r, epochs, w); err != nil {
		return err
	}
	_, err = r.measured(epochs)
	return err
}

// measured takes the result after some epochs from the metrics of a run, if they have it. It is an
// error if the epochs are over and the result is not there.
func (r *Run) measured(epochs int) (known bool, err error) {
	all, err := recipes.ReadMetrics(r.Dir)
	if err != nil {
		return false, err
	}
	for _, m := range all {
		if m.Epoch == epochs && m.HeldOut != nil {
			h := m.HeldOut
			r.HeldOut = append(r.HeldOut, HeldOut{epochs, h.Samples, h.Accuracy, h.Loss})
			return true, nil
		}
	}
	if len(all) > 0 && all[len(all)-1].Epoch >= epochs {
		return false, fmt.Errorf("%s was trained for more than %d epochs without halving, and has "+
			"no accuracy on recordings held out for then: want another folder", r.Dir, epochs)
	}
	return false, nil
}

// trainUntil trains a run until some epochs are over.
func (g Grid) trainUntil(ctx context.Context, r *Run, epochs int, w Watch) error {
	run, err := recipes.Continue(r.Recipe, r.Dir, g.Machine)
	if err != nil {
		return err
	}
	defer run.Close()
	if run.Trainer.Epoch >= epochs {
		return nil
	}
	pausing, pause := context.WithCancel(ctx)
	defer pause()
	err = run.Train(pausing, nil, func(m train.Metrics) {
		w.Epoch(r, m)
		if m.Epoch == epochs {
			pause()
		}
	})
	if ctx.Err() == nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
