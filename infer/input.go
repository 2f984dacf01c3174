package infer

import (
	"fmt"
	"sync/atomic"

	"github.com/BurntSushi/toml"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/internal/plainjson"
	"ssnn/safetensors"
	"ssnn/snn"
)

// Keys of what a model file says beside the network's own metadata.
const (
	RecipeKey  = "recipe"  // of the training, as TOML
	ClassesKey = "classes" // names, as a JSON list
)

// Input describes the recordings that a model is for, as its file states them.
type Input struct {
	Classes []string       // names, in the order of the network's outputs
	Events  events.Options // how recordings are read; of all, what is skipped is counted in Skipped
	Frames  frames.Config  // how they become frames
	Window  events.Window  // the part of them that is read; the zero Window, from a file
}

// InputOf reads the Input from the metadata of a file with a network of the given configuration. It
// is an error if the two do not fit.
func InputOf(f *safetensors.File, cfg snn.Config) (Input, error) {
	var in Input
	text, ok := f.Metadata[RecipeKey]
	if !ok {
		return in, fmt.Errorf("no model of ssnn: want %q in its metadata", RecipeKey)
	}
	if err := plainjson.Unmarshal([]byte(f.Metadata[ClassesKey]), &in.Classes); err != nil {
		return in, fmt.Errorf("%q in its metadata: want a list of names: %w", ClassesKey, err)
	}
	// Of the recipe these two sections; what else there may be is the training's.
	var recipe struct {
		Events events.Options `toml:"events"`
		Frames frames.Config  `toml:"frames"`
	}
	if _, err := toml.Decode(text, &recipe); err != nil {
		return in, fmt.Errorf("%q in its metadata: %w", RecipeKey, err)
	}
	in.Events, in.Frames = recipe.Events, recipe.Frames
	in.Events.Skipped = new(atomic.Int64)
	in.Frames.T = cfg.T[0]
	if len(in.Classes) != cfg.Classes || in.Frames.Channels() != cfg.InChannels ||
		in.Frames.Pixels() != (events.Size{Width: cfg.Width, Height: cfg.Height}) {

		return in, fmt.Errorf("%d names of classes and frames of %d channels and %v for a "+
			"network of %d classes, %d channels and %dx%d pixels",
			len(in.Classes), in.Frames.Channels(), in.Frames.Pixels(), cfg.Classes, cfg.InChannels,
			cfg.Width, cfg.Height)
	}
	return in, nil
}

// Reading are the options by which recordings are read: those of Events, with the sensor of the
// frames for what is skipped.
func (in Input) Reading() events.Options {
	o := in.Events
	o.Within = in.Frames.Sensor
	return o
}

// ReadFrames makes the frames of a recording, [T][H][W][C]. Its errors name the path.
func (in Input) ReadFrames(path string) ([]float32, error) {
	return in.readFile(path, in.Frames.ReadFloats)
}

// readFile hands the part of a recording that is looked at to what makes frames of it.
func (in Input) readFile(path string, frames func(events.Reader) ([]float32, error)) (
	[]float32, error) {

	f, err := events.Open(path, in.Reading())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := in.Window.Of(f)
	if err != nil {
		return nil, err
	}
	values, err := frames(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return values, nil
}
