package recipes

import (
	"context"
	"fmt"
	"io/fs"

	"ssnn/dataset"
	"ssnn/frames"
	"ssnn/internal/collective"
	"ssnn/train"
)

// Machine holds the means of a run, on which none of its numbers depends.
type Machine struct {
	// Open opens the files of a set by its name in a recipe.
	Open func(name string) (fs.FS, error)
	// Threads is the number of threads, 1 or more.
	Threads int
	// Cache is the folder in which integrated frames are kept. Empty keeps none.
	Cache string
	// Skips counts the events that are left out of recordings. It may be nil.
	Skips *Skips
	// Shared keeps frames in memory for further runs. With nil, each run makes its own.
	Shared *Shared

	// Group is the group of processes that make a run together, see together.go. Nil stands for
	// this process alone.
	Group collective.Group

	// TensorBoard and CSV ask for files of curves in the folders of runs, see writeCurves.
	TensorBoard, CSV bool

	// Context ends the reading of recordings, between two of them, and tests. With nil, nothing
	// ends them.
	Context context.Context

	// Unverified opens models and checkpoints whose contents do not fit the digest that they carry.
	Unverified bool
}

// Until returns the context that ends the work of the machine, or one that never ends.
func (m Machine) Until() context.Context {
	if m.Context == nil {
		return context.Background()
	}
	return m.Context
}

// List lists a split of the recordings of a recipe: dataset.Train, Test or HeldOut. The classes are
// the set's own or, with classes given, as for a trained model, those. Its errors name the set.
func (m Machine) List(r Recipe, split string, classes []string) (*dataset.Set, error) {
	files, err := m.Open(r.Dataset)
	if err != nil {
		return nil, err
	}
	set, err := r.OpenSet(files, split, classes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Dataset, err)
	}
	set.Context = m.Context
	return set, nil
}

// Integrate makes the frames of a set, or takes those that are kept in memory or in the cache.
func (m Machine) Integrate(set *dataset.Set, cfg frames.Config) (f *dataset.Frames, err error) {
	f, err = m.Shared.frames(set, cfg, func() (*dataset.Frames, error) {
		if m.Cache == "" {
			return set.Integrate(cfg, m.Threads)
		}
		return set.Cached(cfg, m.Threads, m.Cache)
	})
	if err == nil {
		m.Skips.of(set, f.Skipped)
	}
	return f, err
}

// Samples lists a split, as List does, and integrates it, without augmentation. Its errors name the
// set.
func (m Machine) Samples(r Resolved, split string, classes []string) (
	*dataset.Set, *dataset.Frames, error) {

	set, err := m.List(r.Recipe, split, classes)
	if err != nil {
		return nil, nil, err
	}
	f, err := m.Integrate(set, r.Frames)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", r.Dataset, err)
	}
	return set, f, nil
}

// Tested is the test of a model on a split of recordings.
type Tested struct {
	Set *dataset.Set // the split
	train.Evaluation
}

// Test tests a model on a split of its recipe's recordings. Its errors name the set.
func (m Machine) Test(model *Model, split string) (*Tested, error) {
	r := model.Resolved()
	set, f, err := m.Samples(r, split, model.Classes)
	if err != nil {
		return nil, err
	}
	e, err := train.Evaluate(m.Until(), model.Net, f, r.Train.Batch)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Dataset, err)
	}
	return &Tested{set, e}, nil
}
