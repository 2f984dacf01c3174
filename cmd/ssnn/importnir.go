package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"ssnn/internal/hdf5"
	"ssnn/internal/plainjson"
	"ssnn/internal/regular"
	"ssnn/interop/nir"
	"ssnn/recipes"
	"ssnn/snn"
)

// isHDF5 reports whether a file is HDF5, as NIR graphs are.
func isHDF5(path string) (bool, error) {
	f, err := regular.Open(path)
	if err != nil {
		return false, regular.Want(err, "a PyTorch checkpoint or a NIR graph")
	}
	defer f.Close()
	head := make([]byte, len(hdf5.Signature))
	if _, err := io.ReadFull(f, head); err != nil && !errors.Is(err, io.EOF) &&
		!errors.Is(err, io.ErrUnexpectedEOF) {

		return false, err
	}
	return string(head) == hdf5.Signature, nil
}

// graph makes a model of a NIR graph.
func (i *importCommand) graph(c console) error {
	if i.Mapping != "" || len(i.Neuron) > 0 || len(i.Fill) > 0 {
		return usageError{fmt.Errorf("--mapping, --neuron and --fill are for checkpoints; %s is a "+
			"NIR graph, which needs none of them", i.Checkpoint)}
	}
	f, err := regular.Open(i.Checkpoint)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	g, err := nir.Read(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", i.Checkpoint, err)
	}
	r, err := i.recipeOf(g)
	if err != nil {
		return err
	}
	model := recipes.Model{Recipe: r}
	if model.Net, err = i.network(g, &model); err != nil {
		return err
	}
	defer model.Close()
	if err := model.Save(i.Out); err != nil {
		return err
	}
	if said := strings.Contains(strings.Join(i.Set, " "), "network.reset"); !said &&
		!g.SaysReset() {

		printWarnings(c, []string{i.Checkpoint + " does not say how a spike resets a neuron: a " +
			"reset to v_reset is taken, as NIR says; where the threshold is subtracted, as " +
			"sinabs and snnTorch do by default, give --set network.reset=soft, else hard"})
	}
	cfg := model.Net.Config()
	if i.JSON {
		return json.NewEncoder(c.out).Encode(map[string]any{"model": i.Out, "config": cfg})
	}
	for s, items := range cfg.Stages {
		fmt.Fprintf(c.out, "stage %d, %d timesteps: %v\n", s+1, cfg.T[s], items)
	}
	return printNeurons(c, cfg, i.Out)
}

// recipeOf returns the recipe of the flags, or that of the model from which the graph was made.
func (i *importCommand) recipeOf(g *nir.Graph) (r recipes.Recipe, err error) {
	text, ok := g.Text("recipe")
	switch {
	case i.Config != "":
		r, err = recipes.Load(i.Config)
	case ok:
		if r, err = recipes.Parse(text); err != nil {
			err = fmt.Errorf("%s: recipe in its metadata: %w", i.Checkpoint, err)
		}
	default:
		err = usageError{fmt.Errorf("--config is missing: want a recipe with the frames of the "+
			"network, which %s does not say", i.Checkpoint)}
	}
	if err == nil {
		err = set(&r, i.Set)
	}
	return r, err
}

// network builds the graph's network, and completes the model's recipe and classes.
func (i *importCommand) network(g *nir.Graph, m *recipes.Model) (*snn.Network, error) {
	n, err := nir.NewNetwork(g, float64(i.DT))
	if err == nil {
		m.Recipe.Network.Model, m.Recipe.Network.Width = "", 1
		err = n.Configure(&m.Recipe.Network.Config)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", i.Checkpoint, err)
	}
	// The flags come last, because they state what NIR cannot, such as a soft reset.
	if err := set(&m.Recipe, i.Set); err != nil {
		return nil, err
	}
	if text, ok := g.Text("classes"); ok && len(i.Classes) == 0 {
		if err := plainjson.Unmarshal([]byte(text), &i.Classes); err != nil {
			return nil, fmt.Errorf("%s: classes in its metadata: want a list of names: %w",
				i.Checkpoint, err)
		}
	}
	if m.Classes, err = i.classes(&m.Recipe); err != nil {
		return nil, err
	}
	f := m.Recipe.Frames
	size := f.Pixels()
	if got := [3]int{f.Channels(), size.Height, size.Width}; got != n.Input {
		return nil, fmt.Errorf("%s: the graph sees frames [channels height width] %v, the recipe "+
			"makes %v; want --set frames.sensor, frames.size or frames.polarity that fit",
			i.Checkpoint, n.Input, got)
	}
	if len(m.Classes) != n.Classes {
		return nil, fmt.Errorf("%s: the graph has %d classes, the recordings %d; want --classes "+
			"with %d names", i.Checkpoint, n.Classes, len(m.Classes), n.Classes)
	}
	resolved, err := m.Recipe.Resolve(len(m.Classes))
	if err != nil {
		return nil, err
	}
	c := resolved.Network
	net, err := snn.New(c, 0, 1)
	if err != nil {
		return nil, err
	}
	if err := n.Load(net); err != nil {
		net.Close()
		return nil, fmt.Errorf("%s: %w", i.Checkpoint, err)
	}
	return net, nil
}
