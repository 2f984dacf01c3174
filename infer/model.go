package infer

import (
	"cmp"
	"fmt"

	"ssnn/events"
	"ssnn/safetensors"
	"ssnn/snn"
)

// Model is a network ready to run. It never changes, and is safe for concurrent use.
type Model struct {
	Input // empty where the model is not from a file that ssnn wrote

	Notes []string // remarks on its file, such as that it carries no digest

	exits *Exits
	net   *snn.Network // frozen; runs nothing itself
}

// Options say how a model is compiled, and which part of recordings it reads. The zero value stands
// for float32 without exits, and whole recordings.
type Options struct {
	Bits  int    // bits of the weights: 8, 16 or 32; 0 stands for 32
	Exits *Exits // where the network may answer early; nil stands for nowhere

	Window events.Window // the part of each recording that is read

	// Unverified opens a file whose contents do not fit the digest that it carries. Without it that
	// is an error: the file is damaged, or another program changed it and left the digest in.
	Unverified bool
}

// Open reads and compiles a model that ssnn train wrote, by its file or the folder of its run, see
// [FileOf]. Its errors name the path.
func Open(path string, o Options) (*Model, error) {
	path, note, err := FileOf(path)
	if err != nil {
		return nil, err
	}
	f, err := safetensors.Read(path, o.Unverified)
	if err != nil {
		return nil, err
	}
	m, err := FromFile(f, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if note != "" {
		m.Notes = append(m.Notes, note)
	}
	return m, nil
}

// FromFile compiles a model that ssnn train wrote.
func FromFile(f *safetensors.File, o Options) (*Model, error) {
	net, err := snn.FromFileFrozen(f)
	if err != nil {
		return nil, err
	}
	input, err := InputOf(f, net.Config())
	if err != nil {
		return nil, err
	}
	m, err := Compile(net, o)
	if err != nil {
		return nil, err
	}
	m.Input, m.Notes = input, f.Notes()
	m.Window = o.Window
	return m, nil
}

// Compile makes a model of a network. They share the parameters, so that these must not be changed
// afterwards. The error is that of options that do not fit.
func Compile(net *snn.Network, o Options) (*Model, error) {
	if err := o.Exits.validate(net); err != nil {
		return nil, err
	}
	frozen, err := net.Freeze(cmp.Or(o.Bits, 32))
	if err != nil {
		return nil, err
	}
	return &Model{exits: o.Exits.clone(), net: frozen}, nil
}

// With returns the model with other exits, or with none for nil. It shares everything else with m.
// It is an error if the exits do not fit the network.
func (m *Model) With(exits *Exits) (*Model, error) {
	if err := exits.validate(m.net); err != nil {
		return nil, err
	}
	other := *m
	other.exits = exits.clone()
	return &other, nil
}

// HasExits reports whether the model may answer early.
func (m *Model) HasExits() bool { return m.exits != nil }

// Needs returns how many timesteps of each stage must have run for an answer at a point, [stages up
// to the point's]. Those of the first stage are frames.
func (m *Model) Needs(pt Point) []int { return pt.needs(m.net.Needs) }

// WeightBytes returns the number of bytes of weights that are read for a piece of a stage, whatever
// its number of timesteps.
func (m *Model) WeightBytes(stage int) int { return m.net.WeightBytes(stage) }

// Fingerprint returns a checksum of the network's trained values. Exits that were chosen for this
// model have it in Exits.Network.
func (m *Model) Fingerprint() string { return fingerprint(m.net) }

// Config returns the configuration of the network.
func (m *Model) Config() snn.Config { return m.net.Config() }
