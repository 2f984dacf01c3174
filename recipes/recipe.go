package recipes

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/frames"
	"ssnn/internal/plaintoml"
	"ssnn/snn"
	"ssnn/train"
)

// Recipe describes an experiment. A key that a file leaves out has the value of [Default].
type Recipe struct {
	Name string `toml:"-"` // name or path that it was loaded by, for messages
	// Sensor is taken where neither frames.sensor nor the recordings say theirs, see TrainedOn.
	Sensor  events.Size `toml:"-"`
	Dataset string      `toml:"dataset"` // name of an embedded set, or a folder
	// Layout is the layout of the folder, see dataset.Layouts. Empty finds it out from the content.
	Layout  string               `toml:"layout"`
	Split   dataset.SplitOptions `toml:"split"`   // how a set without splits of its own is split
	Seed    int64                `toml:"seed"`    // 0 or more
	Events  events.Options       `toml:"events"`  // how recordings are read
	Frames  frames.Config        `toml:"frames"`  // how recordings become frames
	Augment dataset.Augment      `toml:"augment"` // what is done to training samples at random
	Network Network              `toml:"network"` // stages and neurons
	Train   train.Config         `toml:"train"`   // how the network is trained
}

// Network is a network by name, or by its stages.
type Network struct {
	Model string  `toml:"model"` // one of snn.ModelNames, or "" with stages
	Width float64 `toml:"width"` // factor of all channel counts of the model

	// Units is the number of units in each stage of the model, as snn.Cut takes them. Where there
	// are not as many timesteps, as for a plain network, the model is cut as snn.Model does it.
	Units []int `toml:"units,omitempty"`

	snn.Config
}

// Default returns the recipe with the default of every key.
func Default() Recipe {
	return Recipe{
		Dataset: "nmnist-1k",
		Network: Network{Width: 1, Config: snn.Default()},
		Train:   train.Default(),
	}
}

// Parse reads a recipe. A key that is not known is an error that names it, the line and the nearest
// known key.
func Parse(text string) (Recipe, error) {
	r := Default()
	err := r.decode(text)
	return r, err
}

// Set changes one value, given as key=value: train.lr=0.05 sets the key lr of the table [train].
// The value is TOML, but a string needs no quotes.
func (r *Recipe) Set(assignment string) error {
	key, value, ok := strings.Cut(assignment, "=")
	if !ok {
		return fmt.Errorf("got %q, want key=value, like train.lr=0.05", assignment)
	}
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	var any map[string]any
	if _, err := toml.Decode("value = "+value, &any); err != nil {
		value = fmt.Sprintf("%q", value)
	}
	// The decoder writes into existing lists, which a copy of the recipe may share.
	own, err := Parse(r.Text())
	if err != nil {
		return err
	}
	own.Name, own.Sensor = r.Name, r.Sensor
	if err := own.decode(key + " = " + value); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "line 1: "))
	}
	*r = own
	return nil
}

// decode reads the keys of text into the recipe; other keys keep their values.
func (r *Recipe) decode(text string) error {
	meta, err := toml.Decode(text, r)
	if err != nil {
		return plaintoml.Error(err)
	}
	at := plaintoml.Position{Text: text}
	for _, key := range meta.Undecoded() {
		return at.Error(key, unknownKey(key.String()))
	}
	if key, err := r.checkTimes(text); err != nil {
		return at.Error(key, err)
	}
	return nil
}

// Text returns the recipe as TOML, with the value of every key.
func (r Recipe) Text() string {
	var b bytes.Buffer
	e := toml.NewEncoder(&b)
	e.Indent = ""
	if err := e.Encode(r); err != nil {
		panic("recipes: " + err.Error()) // a Recipe can be written
	}
	return b.String()
}

// TrainedOn returns the recipe for a training on other recordings: a set by name, or a folder. The
// sensor is that of the recordings where they say one, or else that of the recipe. A later change
// of frames.sensor comes before both.
func (r Recipe) TrainedOn(name string) Recipe {
	if name == "" || name == r.Dataset {
		return r
	}
	r.Dataset = name
	if filepath.Ext(r.Name) != ".toml" { // the owner of a file knows the sensor
		r.Sensor, r.Frames.Sensor = r.Frames.Sensor, events.Size{}
	}
	return r
}

// On returns the recipe with other recordings: a set by name, or a folder of any layout. With an
// empty name it keeps its own.
func (r Recipe) On(name string) Recipe {
	if name != "" {
		r.Dataset, r.Layout = name, ""
	}
	return r
}

// OpenSet lists one split, dataset.Train or dataset.Test, of the recordings in files. The classes
// are the set's own or, with classes given, as for a trained model, those.
func (r Recipe) OpenSet(files fs.FS, split string, classes []string) (*dataset.Set, error) {
	set, err := dataset.Open(files, r.Layout, split, r.Split, classes)
	if err != nil {
		return nil, err
	}
	set.Options = r.Events
	return set, nil
}
