package recipes

import (
	"fmt"
	"strings"

	"ssnn/internal/names"
)

// meanings maps the words of other programs and papers, in small letters without _ and -, to the
// keys of a recipe that mean the same.
var meanings = map[string]string{
	"learningrate": "train.lr", "rate": "train.lr", "eta": "train.lr",
	"minlearningrate": "train.min_lr", "etamin": "train.min_lr",
	"batchsize": "train.batch", "bs": "train.batch", "minibatch": "train.batch",
	"numepochs": "train.epochs", "maxepochs": "train.epochs", "nepochs": "train.epochs",
	"optim": "train.optimiser", "optimizer": "train.optimiser",
	"scheduler": "train.schedule", "lrscheduler": "train.schedule", "lrschedule": "train.schedule",
	"stepsize": "train.step_epochs", "milestones": "train.step_epochs",
	"gamma": "train.step_factor", "lrdecay": "train.step_factor", "decay": "train.weight_decay",
	"wd": "train.weight_decay", "l2": "train.weight_decay", "warmup": "train.warmup_epochs",
	"lossfn": "train.loss", "criterion": "train.loss", "smoothing": "train.label_smoothing",
	"earlystopping": "train.patience", "earlystop": "train.patience", "savebest": "train.keep",
	"pretrained": "train.init", "checkpoint": "train.init", "weights": "train.init",
	"finetune": "train.init", "frozen": "train.freeze", "kd": "train.teacher",
	"classweight": "train.class_weights", "balanced": "train.sampling",
	"t": "network.timesteps", "timestep": "network.timesteps", "timebins": "network.timesteps",
	"numsteps": "network.timesteps", "nsteps": "network.timesteps", "steps": "network.timesteps",
	"simsteps": "network.timesteps", "bins": "network.timesteps", "nbins": "network.timesteps",
	"ntimebins": "network.timesteps", "numbins": "network.timesteps",
	"arch": "network.model", "architecture": "network.model", "net": "network.model",
	"modelname": "network.model", "layers": "network.stages", "channels": "network.stages",
	"hidden": "network.stages", "hiddensize": "network.stages",
	"widthmultiplier": "network.width", "threshold": "network.v_th", "vthreshold": "network.v_th",
	"vth": "network.v_th", "vthr": "network.v_th", "thresh": "network.v_th",
	"beta": "network.tau", "membranedecay": "network.tau", "taumem": "network.time_constant",
	"taum": "network.time_constant", "alphasyn": "network.synapse", "tausyn": "network.synapse",
	"vreset": "network.reset", "resetmechanism": "network.reset", "softreset": "network.reset",
	"detach": "network.detach_reset", "surrogatefunction": "network.surrogate",
	"spikegrad": "network.surrogate", "neuronmodel": "network.neuron", "node": "network.neuron",
	"earlyclassifiers": "network.early", "auxiliary": "network.early",
	"data": "dataset", "path": "dataset", "datapath": "dataset", "datadir": "dataset",
	"root": "dataset", "datasetname": "dataset", "randomseed": "seed",
	"valsplit": "split.held_out", "validation": "split.held_out", "val": "split.held_out",
	"validationsplit": "split.held_out", "testsize": "split.fraction",
	"trainsplit": "split.fraction",
	"sensorsize": "frames.sensor", "resolution": "frames.size", "imagesize": "frames.size",
	"imgsize": "frames.size", "inputsize": "frames.size", "splitby": "frames.split",
	"timewindow": "frames.each", "dt": "frames.each", "eventcount": "frames.each",
	"denoise": "events.filter", "filtertime": "events.filter", "filters": "events.filter",
	"horizontalflip": "augment.flip", "fliplr": "augment.flip", "dropout": "augment.drop",
	"translate": "augment.shift", "rotation": "augment.rotate",
}

// plain returns a word in small letters without _ and -, in which spellings differ.
func plain(word string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(word))
}

// unknownKey returns the error for a key that recipes do not have. It names the key that means the
// same, or else one that is spelled alike.
func unknownKey(key string) error {
	last := key[strings.LastIndexByte(key, '.')+1:]
	if known, ok := meanings[plain(last)]; ok && known != key {
		return fmt.Errorf("unknown key %q; here it is %q", key, known)
	}
	for _, known := range Keys() { // finds the right word in the wrong table
		if plain(known[strings.LastIndexByte(known, '.')+1:]) == plain(last) {
			return fmt.Errorf("unknown key %q; here it is %q", key, known)
		}
	}
	return fmt.Errorf("%w; ssnn recipe keys explains all", names.Unknown("key", key, Keys()))
}
