package experiment

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"ssnn/internal/folder"
	"ssnn/recipes"
	"ssnn/report"
	"ssnn/train"
)

// Grid is an experiment on some recipes for some seeds.
type Grid struct {
	Experiment Experiment       // its variants are trained
	Bases      []recipes.Recipe // recipes that the variants change
	Set        []string         // changes to all recipes, after those of the variants
	Seeds      []int64          // seeds of the runs of each variant, 0 or more each
	Dir        string           // folder of the runs and tables
	Machine    recipes.Machine  // means of each run
	Jobs       int              // runs at the same time; no result depends on it
}

// Run is one training run of a grid.
type Run struct {
	Base    string         // name of its recipe before the changes
	Variant Variant        // variant of the recipe
	Recipe  recipes.Recipe // recipe with the changes
	Dir     string         // its folder
	T       float64        // average timestep

	// The following are known when the run is done.
	Metrics   []train.Metrics    // metrics of each epoch
	Answers   *recipes.Answers   // answers to its test split
	Others    []*recipes.Answers // answers to the experiment's tests; nil where it has no part
	NoAnswers error              // says why answers are missing; else nil
	HeldOut   []HeldOut          // results at the rungs of the experiment's halving
	Stopped   int                // epochs after which halving stopped it; 0 if it did not
	Under     []Under            // results under the plans of the variant
	Energy    *report.Energy     // energy of its network for a recording
	NoEnergy  error              // says why the energy was not measured; else nil
	Latency   *Latency           // latency of the variant's first seed, where it is measured
	Err       error              // says why the run failed; else nil
}

// Last returns the metrics of the last epoch of a run that is done; ok is false if there are none.
func (r *Run) Last() (m train.Metrics, ok bool) {
	if r.Err != nil || len(r.Metrics) == 0 {
		return m, false
	}
	return r.Metrics[len(r.Metrics)-1], true
}

// AtWork reports whether another process carries out the run, such as that of another part of the
// grid on another machine.
func (r *Run) AtWork() bool { return errors.Is(r.Err, folder.ErrAtWork) }

// Name returns words such as "nmnist-1k, plain, seed 0".
func (r *Run) Name() string {
	return fmt.Sprintf("%s, %s, seed %d", r.Base, r.Variant.Name, r.Recipe.Seed)
}

// Runs lists the runs of the grid: for each recipe all variants with the first seed, then all with
// the next. A run that cannot be carried out is an error here, before any begins, and so are two
// variants that would train the same network in the same way.
func (g Grid) Runs() ([]*Run, error) {
	var all []*Run
	for _, base := range g.Bases {
		if err := g.tellApart(base); err != nil {
			return nil, err
		}
		if g.Experiment.Halving.On() {
			if _, err := g.rungs(base); err != nil {
				return nil, err
			}
		}
		for _, seed := range g.Seeds {
			for _, v := range g.variants(base) {
				r, err := v.recipe(base, g.Set)
				if err != nil {
					return nil, err
				}
				r.Seed = seed
				resolved, err := r.Resolve(2) // the number of classes does not matter here
				if err != nil {
					return nil, fmt.Errorf("%s: %w", v.Name, err)
				}
				all = append(all, &Run{Base: base.Name, Variant: v, Recipe: r,
					T:   resolved.Network.AverageTimestep(),
					Dir: filepath.Join(g.folder(base, v), seedFolder(seed))})
			}
		}
	}
	return all, nil
}

// variants lists the variants that a recipe has.
func (g Grid) variants(base recipes.Recipe) (all []Variant) {
	for _, v := range g.Experiment.Variants {
		if v.of(base.Name) {
			all = append(all, v)
		}
	}
	return all
}

// folder returns the folder that holds the runs of a variant, one folder for each seed.
func (g Grid) folder(base recipes.Recipe, v Variant) string {
	return filepath.Join(g.Dir, base.Name, v.folder())
}

func seedFolder(seed int64) string { return fmt.Sprintf("seed-%d", seed) }

// Watch has functions that are called, one call at a time, as a grid goes on. Either may be nil.
type Watch struct {
	Epoch func(r *Run, m train.Metrics) // called when an epoch is over
	Done  func(r *Run, again bool)      // called when a run is over; again: it was over before
}

// Carry carries out the runs, as many at a time as the grid says, and fills in their results. The
// caller locks the grid's folder first. A run that fails does not stop the others; its error is
// kept in the run. When the context ends, the runs under way save where they stand, and Carry
// returns the context's error; the error of a run that could not save is kept in the run.
func (g Grid) Carry(ctx context.Context, runs []*Run, w Watch) error {
	w = w.oneAtATime()
	g.Machine.Context = ctx
	if g.Experiment.Halving.On() {
		return g.halve(ctx, runs, w)
	}
	return g.finish(ctx, runs, w)
}

// finish carries out runs to their end.
func (g Grid) finish(ctx context.Context, runs []*Run, w Watch) error {
	return g.each(ctx, runs, func(r *Run) error {
		again, err := g.one(ctx, r, func(m train.Metrics) { w.Epoch(r, m) })
		if stopped := ctx.Err(); stopped == nil || !errors.Is(err, stopped) {
			r.Err = err
			w.Done(r, again)
		}
		return err
	})
}

// oneAtATime returns a Watch whose functions are not nil, and whose calls wait for each other.
func (w Watch) oneAtATime() Watch {
	var telling sync.Mutex
	return Watch{
		Epoch: func(r *Run, m train.Metrics) {
			telling.Lock()
			defer telling.Unlock()
			if w.Epoch != nil {
				w.Epoch(r, m)
			}
		},
		Done: func(r *Run, again bool) {
			telling.Lock()
			defer telling.Unlock()
			if w.Done != nil {
				w.Done(r, again)
			}
		},
	}
}

// each calls do with each run, with as many at a time as the grid says, until the context ends, and
// returns the context's error. An error of do is kept in its run.
func (g Grid) each(ctx context.Context, runs []*Run, do func(*Run) error) error {
	next := make(chan *Run)
	var group sync.WaitGroup
	for range max(1, g.Jobs) {
		group.Go(func() {
			for r := range next {
				if ctx.Err() != nil {
					continue
				}
				err := do(r)
				if stopped := ctx.Err(); stopped != nil && errors.Is(err, stopped) {
					continue
				}
				r.Err = err
			}
		})
	}
	for _, r := range runs {
		select {
		case next <- r:
		case <-ctx.Done():
		}
	}
	close(next)
	group.Wait()
	return ctx.Err()
}

// one carries out a run, unless it is done already, and fills in its results.
func (g Grid) one(ctx context.Context, r *Run, epoch func(train.Metrics)) (again bool, err error) {
	if again, err = recipes.Done(r.Recipe, r.Dir); err != nil {
		return false, err
	}
	if !again {
		run, err := recipes.Continue(r.Recipe, r.Dir, g.Machine)
		if err != nil {
			return false, err
		}
		defer run.Close()
		if err := run.Train(ctx, nil, epoch); err != nil {
			return false, err
		}
	}
	if r.Metrics, err = recipes.ReadMetrics(r.Dir); err != nil {
		return again, err
	}
	// The recordings may be gone by now. Then the energy is missing, but the run is not wrong.
	r.Energy, r.NoEnergy = energyOf(r.Dir, g.Machine)
	g.answers(r)
	if err := ctx.Err(); err != nil {
		return again, err
	}
	if len(r.Variant.Under) > 0 {
		r.Under, err = g.under(r)
	}
	return again, err
}

// answers fills in the answers that the network of a run gives to each test recording.
func (g Grid) answers(r *Run) {
	if r.Answers, r.NoAnswers = g.Machine.Answers(r.Dir); r.NoAnswers != nil {
		return
	}
	r.Others = make([]*recipes.Answers, len(g.Experiment.Tests))
	for i, t := range g.Experiment.Tests {
		if !t.of(r.Base) {
			continue
		}
		var err error
		if r.Others[i], err = g.Machine.AnswersTo(r.Dir, t.Name, t.Data); err != nil {
			r.NoAnswers = errors.Join(r.NoAnswers, fmt.Errorf("test %s: %w", t.Name, err))
		}
	}
}
