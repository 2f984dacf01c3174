package infer

import (
	"fmt"
	"sync/atomic"

	"github.com/BurntSushi/toml"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/internal/plainjson"
	"ssnn/internal/plaintoml"
	"ssnn/safetensors"
	"ssnn/snn"
)

// The keys in a model file's metadata beside those of the network.
const (
	RecipeKey  = "recipe"  // recipe of the training, as TOML
	ClassesKey = "classes" // names of the classes, as a JSON list
)

// Input describes the recordings that a model is for, as its file states them.
type Input struct {
	Classes []string       // names, in the order of the network's outputs
	Events  events.Options // how recordings are read; its Skipped counts over all of them
	Frames  frames.Config  // how recordings become frames
	Window  events.Window  // part of each recording that is read; a file sets none
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
	// Only these two sections of the recipe are needed; the others are for training.
	var recipe struct {
		Events events.Options `toml:"events"`
		Frames frames.Config  `toml:"frames"`
	}
	if _, err := toml.Decode(text, &recipe); err != nil {
		return in, fmt.Errorf("%q in its metadata: %w", RecipeKey, plaintoml.Error(err))
	}
	in.Events, in.Frames = recipe.Events, recipe.Frames
	in.Events.Skipped = new(atomic.Int64)
	in.Frames.T = cfg.T[0]
	if len(in.Classes) != cfg.Classes || in.Frames.Channels() != cfg.InChannels ||
		in.Frames.Pixels() != (events.Size{Width: cfg.Width, Height: cfg.Height}) {

		return in, fmt.Errorf("its metadata has %d names of classes and frames of %d channels and "+
			"%v pixels, want those of its network: %d classes, %d channels and %dx%d pixels",
			len(in.Classes), in.Frames.Channels(), in.Frames.Pixels(), cfg.Classes, cfg.InChannels,
			cfg.Width, cfg.Height)
	}
	return in, nil
}

// Reading returns the options by which recordings are read: those of Events, with the sensor of the
// frames, outside of which events are invalid.
func (in Input) Reading() events.Options {
	o := in.Events
	o.Within = in.Frames.Sensor
	return o
}

// ReadFrames makes the frames of a recording, [T][H][W][C]. Its errors name the path.
func (in Input) ReadFrames(path string) ([]float32, error) {
	return in.readFile(path, in.Frames.ReadFloats)
}

// readFile opens a recording and gives the part of it that is read to the function frames.
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
