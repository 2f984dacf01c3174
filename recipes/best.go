package recipes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"ssnn/safetensors"
	"ssnn/snn"
	"ssnn/train"
)

// bestFile, in the folder of a run that keeps its best network, is the model of the best epoch so
// far.
//
// It is written after the checkpoint of its epoch and before any other checkpoint, so that one of
// the two files always holds the best network: where a run broke off in between, the checkpoint is
// that of the best epoch, and resuming writes bestFile from it.
const bestFile = "best.safetensors"

// epochKey, in the metadata of a model of the best epoch, has the number of that epoch, from 1.
const epochKey = "epoch"

// checkKeeping is an error where a recipe needs recordings that are held out, and holds none out.
func (r Recipe) checkKeeping() error {
	k, none := r.Train.Keeping, r.Split.HeldOut == 0
	switch {
	case k.Keep == train.KeepBest && none:
		return errors.New("train.keep is best, but no recordings are held out of the training by " +
			"which to tell the best: want split.held_out above 0, or train.keep last")
	case k.Patience > 0 && none:
		return fmt.Errorf("train.patience is %d, but no recordings are held out of the training "+
			"by which to tell the better: want split.held_out above 0, or train.patience 0",
			k.Patience)
	case k.Keep == train.KeepBest && r.Train.Epochs == 0:
		return errors.New("train.keep is best, but train.epochs is 0: there is no epoch to keep")
	}
	return nil
}

// keepsBest reports whether the run's model is that of its best epoch, and not of its last.
func (run *Run) keepsBest() bool { return run.Recipe.Train.Keep == train.KeepBest }

// KeptEpoch returns the epoch whose network is the run's model. It is nil where a run keeps the
// network of its last epoch.
func (run *Run) KeptEpoch() *train.Best {
	if !run.keepsBest() {
		return nil
	}
	return run.Trainer.Best
}

// atBest reports whether the trainer's network is that of the best epoch.
func (run *Run) atBest() bool {
	t := run.Trainer
	return t.Best != nil && t.Best.Epoch == t.Epoch && t.Seen == 0
}

// writeBest writes the network of the best epoch to a file of the folder: bestFile or modelFile.
func (run *Run) writeBest(file string, net *snn.Network) error {
	if !run.machine.writes() {
		return nil
	}
	m := run.metadata(net.Metadata())
	m[epochKey] = strconv.Itoa(run.Trainer.Best.Epoch)
	return safetensors.WriteFile(filepath.Join(run.Dir, file), m, net.Tensors())
}

// readBest reads the network of the best epoch. It is an error if the file holds the network of
// another epoch, or of a run that this one could not go on from.
func (run *Run) readBest(m Machine, read func(path string) (*safetensors.File, error)) (
	*snn.Network, error) {

	path := filepath.Join(run.Dir, bestFile)
	f, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing, want the model of epoch %d, the best so far; a "+
			"run from the start makes it again", path, run.Trainer.Best.Epoch)
	}
	if err != nil {
		return nil, err
	}
	net, err := run.bestOf(f, m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return net, nil
}

func (run *Run) bestOf(f *safetensors.File, m Machine) (*snn.Network, error) {
	want := strconv.Itoa(run.Trainer.Best.Epoch)
	if got := f.Metadata[epochKey]; got != want {
		return nil, fmt.Errorf("its epoch is %q, want %s, which %s says is the best", got, want,
			lastFile)
	}
	was, err := RecipeOf(f)
	if err != nil {
		return nil, err
	}
	now := run.Recipe.Recipe
	if err := was.goesOnAs(&now); err != nil {
		return nil, err
	}
	net, err := snn.FromFile(f, m.Threads)
	if err != nil {
		return nil, err
	}
	if err := sameShape(net.Config(), run.Recipe.Network); err != nil {
		net.Close()
		return nil, err
	}
	return net, nil
}

// resumeBest checks the file of the best epoch when a run goes on, or writes it where only the
// checkpoint holds that network. With renew, it writes the file anew, with the recipe of the run,
// whose number of epochs has changed.
func (run *Run) resumeBest(m Machine, renew bool) error {
	switch {
	case !run.keepsBest() || run.Trainer.Best == nil:
		return nil
	case run.atBest():
		return run.writeBest(bestFile, run.Trainer.Net)
	}
	net, err := run.readBest(m, func(path string) (*safetensors.File, error) {
		return safetensors.Read(path, m.Unverified)
	})
	if err != nil {
		return err
	}
	defer net.Close()
	if !renew {
		return nil
	}
	return run.writeBest(bestFile, net)
}

// finishBest tests the network of the best epoch, and makes it the run's model.
func (run *Run) finishBest(ctx context.Context) error {
	net, err := run.readBest(run.machine, run.machine.readTensors)
	if err != nil {
		return err
	}
	defer net.Close()
	if err := net.Join(run.machine.group()); err != nil {
		return err
	}
	e, err := train.Evaluate(ctx, net, run.testFrames, run.Recipe.Train.Batch)
	if err != nil {
		return err
	}
	if err := run.writeAnswers(net, e); err != nil {
		return err
	}
	return run.writeBest(modelFile, net)
}

// extend makes the folder what it would be if the run had been begun with the number of epochs that
// its recipe has now: it removes the model and the answers, so that the run is not finished.
func (run *Run) extend(m Machine) error {
	answers, err := filepath.Glob(filepath.Join(run.Dir, "answers*.jsonl"))
	if err != nil {
		return err
	}
	// The model first: without it the run is not finished, whatever else there is.
	for _, path := range append([]string{filepath.Join(run.Dir, modelFile)}, answers...) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := run.writeConfig(); err != nil {
		return err
	}
	if err := run.resumeBest(m, true); err != nil {
		return err
	}
	return run.saveCheckpoint()
}
