package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ssnn/events"
	"ssnn/internal/collective"
	"ssnn/internal/names"
	"ssnn/recipes"
	"ssnn/train"
)

type trainCommand struct {
	Recipe      string   `arg:"" optional:"" help:"Name of a recipe that comes with the program, or a file that ends in .toml (default: nmnist-1k)."`
	Data        string   `help:"Folder with the recordings to use, in any layout that ssnn data list shows (default: those of the recipe)." placeholder:"DIR"`
	Out         string   `help:"Folder to write the run to (default: runs/ and the time)." placeholder:"DIR"`
	Epochs      *int     `help:"Number of epochs (default: that of the recipe)." placeholder:"N"`
	Seed        *int64   `help:"Seed of the training (default: that of the recipe)." placeholder:"N"`
	Set         []string `help:"Change a value of the recipe, such as train.lr=0.05. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
	Init        string   `help:"Model, or folder of a run, to start from (fine-tuning). Without a recipe on the command line, that of the model is used. Classes, recordings and timesteps may differ from the model's. --set train.freeze=2 keeps the first two stages as they are; train.stage_rates gives each stage its own learning rate." placeholder:"MODEL"`
	Resume      bool     `help:"Continue the run in --out where it was interrupted. Recipe, classes and recordings must be the same; --data may give their present folder. With --epochs the run continues for more epochs, if train.schedule is constant or step."`
	Cache       string   `help:"Folder that caches frames, so that the next run need not read the recordings again." placeholder:"DIR"`
	TensorBoard bool     `name:"tensorboard" help:"Also write the curves to the folder of the run as an event file for TensorBoard."`
	CSV         bool     `name:"csv" help:"Also write the curves to the folder of the run as metrics.csv, with one line for each epoch."`
	JSON        bool     `name:"json" help:"Print one line of JSON for each epoch, and a last one with test_accuracy."`
	skipFlag
	unpackFlag
	threadsFlag
	unverifiedFlag
	joinFlags
}

// interruptedError says that a run was stopped and how to go on with it.
type interruptedError struct{ dir string }

func (e interruptedError) Error() string {
	return fmt.Sprintf("interrupted; the checkpoint is saved, go on with: ssnn train --resume "+
		"--out %s", quoted(e.dir))
}

// interruptible returns a context that ends with the first Ctrl-C or SIGTERM. The second ends the
// program at once.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// saving is like interruptible, for a command that first saves where it stands: at the first Ctrl-C
// it prints a line at once that says when the command stops.
func saving(c console, when string) (context.Context, context.CancelFunc) {
	ctx, stop := interruptible()
	told := context.AfterFunc(ctx, func() {
		fmt.Fprintf(c.err, "ssnn: stopping %s; a second Ctrl-C ends at once, without saving\n",
			when)
	})
	return ctx, func() {
		told()
		stop()
	}
}

// Run is called by kong.
func (t *trainCommand) Run(c console) error {
	threads, err := t.count()
	if err != nil {
		return err
	}
	if t.Resume && t.Out == "" {
		return usageError{errors.New("--resume needs --out, the folder of the run")}
	}
	g, end, err := t.join(c, threads)
	if err == nil {
		err = t.train(c.asMember(g), g, threads)
	}
	if g != nil {
		err = leave(c, g, err)
		err = both(err, end())
	}
	return err
}

// train is Run for a member of a group.
func (t *trainCommand) train(c console, g collective.Group, threads int) error {
	run, err := t.start(c, g, threads)
	if err != nil {
		return err
	}
	defer run.Close()
	printNotes(c, run.Notes)
	ctx, stop := stoppable(c, g, "after the step under way")
	defer stop()

	show := newDisplay(c, run, t.JSON)
	if !t.JSON {
		fmt.Fprintf(c.out, "%s, seed %d: %s\nT_avg %.3g, %s, %s, run in %s\n",
			run.Recipe.Dataset, run.Recipe.Seed,
			run.Recipe.Network.Describe(), run.Recipe.Network.AverageTimestep(),
			names.Count(run.Samples(), "sample"), names.Count(run.Recipe.Train.Epochs, "epoch"),
			run.Dir)
	}
	begin := time.Now()
	err = run.Train(ctx, show.step, show.epoch)
	show.close()
	if errors.Is(err, context.Canceled) {
		return interruptedError{run.Dir}
	}
	if err != nil {
		return err
	}
	e, err := run.Test()
	if err != nil {
		return err
	}
	return t.summary(c, run, e, time.Since(begin), show.warnings)
}

// start makes the run that the flags ask for.
func (t *trainCommand) start(c console, g collective.Group, threads int) (*recipes.Run, error) {
	machine := t.on(c.machine(threads, t.Cache))
	machine.TensorBoard, machine.CSV, machine.Group = t.TensorBoard, t.CSV, g
	if t.Resume {
		run, err := recipes.Resume(t.Out, t.again, machine)
		return run, unverifiable(err)
	}
	r, err := t.recipe(machine)
	if err != nil {
		return nil, noRecipe(t.Recipe, err)
	}
	if err := t.change(&r); err != nil {
		return nil, err
	}
	if t.Out == "" {
		name := strings.TrimSuffix(filepath.Base(t.Recipe), ".toml")
		t.Out = filepath.Join("runs", time.Now().Format("20060102-150405-")+name)
	}
	run, err := recipes.Start(r, t.Out, machine)
	return run, sensorFlag(err)
}

// sensorFlag adds to the error of a recording with events outside of the sensor how another sensor
// is set.
func sensorFlag(err error) error {
	var outside *events.OutsideError
	if !errors.As(err, &outside) {
		return err
	}
	return fmt.Errorf("%w; --set frames.sensor=WIDTHxHEIGHT says the sensor of the recordings", err)
}

// noRecipe returns the error of a name that is no recipe, with the flag that takes it if there is
// one.
func noRecipe(name string, err error) error {
	info, wrong := os.Stat(name)
	switch {
	case wrong != nil || strings.HasSuffix(name, ".toml"):
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is no recipe, want a name or a file that ends in .toml; --init "+
			"begins with a model", name)
	}
	if _, wrong := os.Stat(filepath.Join(name, "config.toml")); wrong != nil {
		return fmt.Errorf("%s is a folder, want a recipe; --data %s trains on recordings in it",
			name,
			quoted(name))
	}
	return fmt.Errorf("%s is the folder of a run, want a recipe; --resume --out %s goes on with "+
		"it, and --init %s begins with its network", name, quoted(name), quoted(name))
}

// recipe returns the recipe that is named, or that of the model to begin with, or the default.
func (t *trainCommand) recipe(m recipes.Machine) (recipes.Recipe, error) {
	switch {
	case t.Recipe == "" && t.Init != "":
		t.Recipe = "fine-tuned" // for the name of the folder
		return m.InitRecipe(t.Init)
	case t.Recipe == "":
		t.Recipe = "nmnist-1k"
	}
	return recipes.Load(t.Recipe)
}

// again changes the recipe of a run to the recipe that is given once more, if there is one, and
// then as the flags say.
func (t *trainCommand) again(r *recipes.Recipe) error {
	if t.Recipe != "" {
		given, err := recipes.Load(t.Recipe)
		if err != nil {
			return err
		}
		given.Dataset = r.Dataset // --data may change it
		*r = given
	}
	return t.change(r)
}

// change changes the recipe as the flags say.
func (t *trainCommand) change(r *recipes.Recipe) error {
	*r = r.TrainedOn(t.Data)
	if err := set(r, t.Set); err != nil {
		return err
	}
	t.skipFlag.apply(&r.Events)
	t.unpackFlag.apply(&r.Events)
	if t.Init != "" {
		r.Train.Init = t.Init
	}
	if t.Epochs != nil {
		r.Train.Epochs = *t.Epochs
	}
	if t.Seed != nil {
		r.Seed = *t.Seed
	}
	return nil
}

// summary prints the warnings of the last epoch and the last lines.
func (t *trainCommand) summary(c console, run *recipes.Run, e train.Evaluation, took time.Duration,
	warnings []string) error {
	if t.JSON {
		last := map[string]any{
			"test_accuracy": e.Accuracy, "test_balanced_accuracy": e.Balanced, "test_loss": e.Loss,
			"test_samples": e.Samples,
			"seconds":      took.Seconds(), "run": run.Dir,
		}
		if best := run.KeptEpoch(); best != nil {
			last["model_epoch"], last["held_out_accuracy"], last["held_out_loss"] = best.Epoch,
				best.Accuracy, best.Loss
		}
		if stopped := run.Trainer.Stopped(); stopped != "" {
			last["stopped"] = stopped
		}
		if len(warnings) > 0 {
			last["warnings"] = warnings
		}
		return json.NewEncoder(c.out).Encode(last)
	}
	printWarnings(c, warnings)
	if stopped := run.Trainer.Stopped(); stopped != "" {
		fmt.Fprintln(c.out, stopped)
	}
	if best := run.KeptEpoch(); best != nil {
		fmt.Fprintf(c.out, "the model is that of epoch %d, the best of %d on the recordings held "+
			"out (%.2f %%)\n", best.Epoch, run.Trainer.Epoch, 100*best.Accuracy)
	}
	_, err := fmt.Fprintf(c.out, "test accuracy %.2f %% of %d recordings (balanced by class %.2f "+
		"%%) after %s; model in %s\n",
		100*e.Accuracy, e.Samples, 100*e.Balanced, took.Round(time.Millisecond),
		filepath.Join(run.Dir, "model.safetensors"))
	if err != nil {
		return err
	}
	dir := quoted(run.Dir)
	_, err = fmt.Fprintf(c.out, "what next: ssnn predict %s FILE recognises a recording, ssnn "+
		"report %s makes a page of the run, ssnn eval %s says which classes are mistaken\n", dir,
		dir, dir)
	return err
}
