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
	Experiment Experiment       // whose variants are trained
	Bases      []recipes.Recipe // recipes that the variants change
	Set        []string         // changes to all recipes, after those of the variants
	Seeds      []int64          // of the runs of each variant, 0 or more each
	Dir        string           // folder of the runs and tables
	Machine    recipes.Machine  // of each run
	Jobs       int              // runs at the same time; the numbers are the same with any
}

// Run is one training run of a grid.
type Run struct {
	Base    string         // name of its recipe before the changes
	Variant Variant        // what it changes
	Recipe  recipes.Recipe // with the changes
	Dir     string         // its folder
	T       float64        // average timestep

	Metrics   []train.Metrics    // of each epoch, when the run is done
	Answers   *recipes.Answers   // to its test split, when the run is done
	Others    []*recipes.Answers // to the experiment's tests, nil for those of other recipes
	NoAnswers error              // why answers are missing, if they are
	HeldOut   []HeldOut          // at the rungs of the experiment's halving
	Stopped   int                // epochs after which halving stopped it; 0: it did not
	Under     []Under            // under the plans of the variant, when the run is done
	Energy    *report.Energy     // of its network for a recording, when the run is done
	NoEnergy  error              // why that was not measured, if it was not
	Latency   *Latency           // of the network of the variant's first seed, where it is measured
	Err       error              // why the run failed, if it did
}

// Last are the metrics of the last epoch of a run that is done and has had one.
func (r *Run) Last() (m train.Metrics, ok bool) {
	if r.Err != nil || len(r.Metrics) == 0 {
		return m, false
	}
	return r.Metrics[len(r.Metrics)-1], true
}

// AtWork says that somebody else carries out the run, as a part of the grid does on another
// machine.
func (r *Run) AtWork() bool { return errors.Is(r.Err, folder.ErrAtWork) }

// Name is "nmnist-1k, plain, seed 0".
func (r *Run) Name() string {
	return fmt.Sprintf("%s, %s, seed %d", r.Base, r.Variant.Name, r.Recipe.Seed)
}

// Runs lists the runs of the grid: for each recipe all variants with the first seed, then all with
// the next. What cannot be carried out is an error before anything is, and so are two variants that
// would train the same network in the same way.
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
				resolved, err := r.Resolve(2) // of how many classes does not matter here
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

// variants are those of a recipe.
func (g Grid) variants(base recipes.Recipe) (all []Variant) {
	for _, v := range g.Experiment.Variants {
		if v.of(base.Name) {
			all = append(all, v)
		}
	}
	return all
}

// folder holds the runs of a variant, a folder a seed.
func (g Grid) folder(base recipes.Recipe, v Variant) string {
	return filepath.Join(g.Dir, base.Name, v.folder())
}

func seedFolder(seed int64) string { return fmt.Sprintf("seed-%d", seed) }

// Watch is told how a grid goes, one call at a time. Either may be nil.
type Watch struct {
	Epoch func(r *Run, m train.Metrics) // an epoch is over
	Done  func(r *Run, again bool)      // a run is over, or was before (again)
}

// Carry carries out the runs, as many at a time as the grid says, and fills in their metrics; lock
// the grid's folder first. A run that fails does not stop the others; its error stays with it. When
// the context ends, the runs under way save where they stand, and Carry returns the context's
// error; where a run could not save, or failed otherwise at that moment, its error stays with it.
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

// oneAtATime is the Watch with calls that wait for each other, and none that is nil.
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

// each does something with each run, with as many at a time as the grid says, until the context
// ends, and returns the context's error. An error stays with its run.
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

// one carries out a run, or finds that it was.
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
	// Without its recordings, which may be gone by now, the run is still what it was.
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

// answers fills in what the network of a run that is done answers to each recording.
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
