package worker

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strings"

	"ssnn/recipes"
	"ssnn/train"
)

// A training has a worker of its own: it is the last call that the worker answers. Any message of
// the caller stops it, and so does the end of the pipe, so that it does not go on when the caller
// is gone.

// telling sends replies while a training computes. The training never waits for a caller that does
// not read.
type telling struct {
	w      *Worker
	all    chan reply
	failed chan error
}

func (w *Worker) tell() *telling {
	t := &telling{w: w, all: make(chan reply, 1<<16), failed: make(chan error, 1)}
	go func() {
		var err error
		for r := range t.all {
			if err == nil {
				err = w.pipe.send(r, nil)
			}
		}
		t.failed <- err
	}()
	return t
}

// epoch sends the metrics of an epoch.
func (t *telling) epoch(m train.Metrics) { t.all <- reply{"more": true, "epoch": m} }

// end waits until all replies are sent.
func (t *telling) end() error {
	close(t.all)
	return <-t.failed
}

// stoppable returns a context that ends with the caller's next message, or with the pipe.
func (w *Worker) stoppable() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		w.pipe.receive()
		cancel()
	}()
	return ctx, cancel
}

// train carries out a recipe, and replies after every epoch, as ssnn train --json prints it.
func (w *Worker) train(c *call) (reply, error) {
	var a struct {
		do
		Recipe     string   `json:"recipe,omitempty"`
		Set        []string `json:"set,omitempty"`
		Data       string   `json:"data,omitempty"`
		Out        string   `json:"out"`
		Init       string   `json:"init,omitempty"`
		Epochs     *int     `json:"epochs,omitempty"`
		Seed       *int64   `json:"seed,omitempty"`
		Cache      string   `json:"cache,omitempty"`
		Threads    int      `json:"threads,omitempty"`
		Resume     bool     `json:"resume,omitempty"`
		Unverified bool     `json:"unverified,omitempty"`
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	m := w.machine(a.Threads)
	m.Cache, m.Unverified = a.Cache, a.Unverified
	change := func(r *recipes.Recipe) error {
		*r = r.TrainedOn(a.Data)
		for _, s := range a.Set {
			if err := r.Set(s); err != nil {
				return usage{err}
			}
		}
		if a.Init != "" {
			r.Train.Init = a.Init
		}
		if a.Epochs != nil {
			r.Train.Epochs = *a.Epochs
		}
		if a.Seed != nil {
			r.Seed = *a.Seed
		}
		return nil
	}
	run, err := begin(a.Recipe, a.Init, a.Out, a.Resume, change, m)
	if err != nil {
		return nil, err
	}
	defer run.Close()
	told := w.tell()
	told.all <- reply{"more": true, "notes": run.Notes, "run": run.Dir,
		"samples": run.Samples(), "epochs": run.Recipe.Train.Epochs}
	ctx, cancel := w.stoppable()
	defer cancel()
	err = run.Train(ctx, nil, told.epoch)
	if sent := told.end(); sent != nil {
		return nil, sent
	}
	w.over = true
	if errors.Is(err, context.Canceled) {
		return reply{"stopped": true, "run": run.Dir}, nil
	}
	if err != nil {
		return nil, err
	}
	e, err := run.Test()
	if err != nil {
		return nil, err
	}
	r := reply{
		"run": run.Dir, "model": filepath.Join(run.Dir, "model.safetensors"),
		"test_accuracy":          e.Accuracy,
		"test_balanced_accuracy": e.Balanced, "test_loss": e.Loss, "test_samples": e.Samples,
	}
	if best := run.KeptEpoch(); best != nil {
		r["model_epoch"] = best.Epoch
	}
	return r, nil
}

// begin makes the run of a recipe, or goes on with the run of the folder.
func begin(recipe, init, out string, resume bool,
	change func(*recipes.Recipe) error, m recipes.Machine) (
	*recipes.Run, error) {

	if resume {
		return recipes.Resume(out, change, m)
	}
	r, err := loaded(recipe, init, m)
	if err != nil {
		return nil, err
	}
	if err := change(&r); err != nil {
		return nil, err
	}
	return recipes.Start(r, out, m)
}

// loaded returns the recipe of a name or a file, or that of the model to begin with, or the
// default.
func loaded(recipe, init string, m recipes.Machine) (recipes.Recipe, error) {
	switch {
	case strings.Contains(recipe, "\n"):
		return recipes.Parse(recipe)
	case recipe != "":
		return recipes.Load(recipe)
	case init != "":
		return m.InitRecipe(init)
	}
	return recipes.Load("nmnist-1k")
}

// machine returns the configuration's machine with so many threads; 0 stands for all processors.
func (w *Worker) machine(threads int) recipes.Machine {
	m := w.Machine
	if m.Threads = threads; threads < 1 {
		m.Threads = runtime.GOMAXPROCS(0)
	}
	return m
}
