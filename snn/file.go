package snn

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ssnn/safetensors"
)

// A model file is a safetensors file. It has the parameters and running statistics under PyTorch's
// names, and in its metadata, under "config", the Config as JSON.
const configKey = "config"

// OptimiserPrefix begins the names of those tensors of a training checkpoint that belong to the
// optimiser and not to the network.
const OptimiserPrefix = "optimiser/"

// Tensors returns the parameters and statistics as tensors for a file, in PyTorch's shapes.
func (n *Network) Tensors() []safetensors.Named {
	var all []safetensors.Named
	for _, p := range slices.Concat(n.parameters, n.statistics) {
		all = append(all, safetensors.Named{
			Name: p.Name, Tensor: safetensors.FromFloat32s(p.Shape, p.Export(p.Value))})
	}
	return all
}

// Metadata returns the network's configuration as metadata of a file, to which callers may add
// more.
func (n *Network) Metadata() map[string]string {
	text, err := json.Marshal(n.cfg)
	if err != nil {
		panic(err) // a Config that was validated can be written
	}
	return map[string]string{configKey: string(text)}
}

// FromFile builds the network that a file holds, with the given number of threads. It is an error,
// which names the tensor, if a tensor is missing, has another shape or type, or does not belong to
// the network. The optimiser's tensors of a checkpoint and PyTorch's num_batches_tracked are
// ignored.
func FromFile(f *safetensors.File, threads int) (*Network, error) {
	cfg, err := configOf(f)
	if err != nil {
		return nil, err
	}
	n, err := New(cfg, 0, threads)
	if err != nil {
		return nil, err
	}
	if err := n.load(f); err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

func configOf(f *safetensors.File) (Config, error) {
	text, ok := f.Metadata[configKey]
	if !ok {
		return Config{}, fmt.Errorf("no network in the file: want %q in its metadata", configKey)
	}
	return ParseConfig(text)
}

func (n *Network) load(f *safetensors.File) error {
	known := map[string]bool{}
	for _, p := range slices.Concat(n.parameters, n.statistics) {
		known[p.Name] = true
		if err := ImportTensor(f, p.Name, p, p.Value); err != nil {
			return err
		}
	}
	for _, name := range f.Names() {
		if !known[name] && !strings.HasPrefix(name, OptimiserPrefix) &&
			!strings.HasSuffix(name, ".num_batches_tracked") {

			return fmt.Errorf("tensor %q is none of the network's", name)
		}
	}
	return nil
}

// ImportTensor copies the tensor of the given name to v, whose layout in memory is that of p.Value.
// It is an error if the tensor is missing or its shape is not that of p.
func ImportTensor(f *safetensors.File, name string, p *Parameter, v []float32) error {
	t, ok := f.Get(name)
	if !ok {
		return fmt.Errorf("no tensor %q, want one of shape %v", name, p.Shape)
	}
	if !slices.Equal(t.Shape, p.Shape) {
		return fmt.Errorf("tensor %q has shape %v, want %v", name, t.Shape, p.Shape)
	}
	values, err := t.Float32s()
	if err != nil {
		return fmt.Errorf("tensor %q: %w", name, err)
	}
	return p.Import(v, values)
}
