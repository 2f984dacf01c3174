package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/interop/pytorch"
	"ssnn/recipes"
	"ssnn/snn"
)

type importCommand struct {
	Checkpoint string   `arg:"" help:"PyTorch checkpoint (.pth or .pt) with a state_dict, a dict that contains one, or a whole module; a .safetensors; or a NIR graph (.nir)."`
	Out        string   `short:"o" required:"" help:"Model to write, a .safetensors file." placeholder:"MODEL"`
	Config     string   `help:"Recipe that describes the network and its frames: a name, or a file that ends in .toml. A NIR graph that ssnn wrote does not need one." placeholder:"RECIPE"`
	Set        []string `help:"Change a value of the recipe, such as network.timesteps=[4]. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
	Mapping    string   `help:"File that maps the names of tensors and describes the neurons." placeholder:"FILE.toml"`
	Neuron     []string `help:"Property of the neurons that a checkpoint does not contain, such as spikingjelly.tau=2.0 or snntorch.beta=0.9; recipe takes all of them from the recipe. May be repeated." placeholder:"KEY=VALUE" sep:"none"`
	Fill       []string `help:"Replacement for a layer that the checkpoint lacks. fc=vote is for a network that ends in neurons: the mean of their spikes decides the class. May be repeated." placeholder:"LAYER=WORD" sep:"none"`
	Classes    []string `help:"Names of the classes, separated by commas (default: those of the recipe's recordings)." placeholder:"NAMES"`
	DT         timestep `name:"dt" help:"For a NIR graph: length of a timestep. A number without a unit is in seconds (default: the one in the graph; else 1s for IF neurons with r = 1; else 0.1ms)." placeholder:"TIME"`
	JSON       bool     `name:"json" help:"Print one line of JSON instead of text."`
}

// Run is called by kong.
func (i *importCommand) Run(c console) error {
	isGraph, err := isHDF5(i.Checkpoint)
	switch {
	case err != nil:
		return err
	case isGraph:
		return i.graph(c)
	case i.DT != 0:
		return usageError{fmt.Errorf("--dt is for NIR graphs alone, and %s is not one",
			i.Checkpoint)}
	case i.Config == "":
		return usageError{fmt.Errorf("--config is missing: want the recipe of the network and of " +
			"its frames")}
	}
	r, m, err := i.read()
	if err != nil {
		return err
	}
	f, err := pytorch.Open(i.Checkpoint)
	if err != nil {
		return err
	}
	defer f.Close()
	state, err := f.State(m.State)
	if err != nil {
		return fmt.Errorf("%s: %w", i.Checkpoint, err)
	}
	if err := m.Configure(&r.Network.Config, state); err != nil {
		return fmt.Errorf("%s: %w", i.Checkpoint, err)
	}
	if s := m.SpikingJelly; s != nil && s.Reset == nil {
		printWarnings(c, []string{i.Checkpoint + " does not say how a spike resets a neuron: a " +
			"reset to 0 is taken, the default of SpikingJelly; give --neuron " +
			"spikingjelly.v_reset=0.0, or =none where the threshold is subtracted " +
			"(network.reset=soft)"})
	}
	classes, err := i.classes(&r)
	if err != nil {
		return err
	}
	resolved, err := r.Resolve(len(classes))
	if err != nil {
		return err
	}
	net, err := snn.New(resolved.Network, 0, 1)
	if err != nil {
		return err
	}
	model := recipes.Model{Net: net, Recipe: r, Classes: classes}
	defer model.Close()
	taken, left, err := m.Load(net, state)
	var mismatch *pytorch.MismatchError
	if errors.As(err, &mismatch) && !i.JSON {
		for _, p := range mismatch.Problems {
			fmt.Fprintf(c.err, "ssnn: %s: %s\n", i.Checkpoint, p)
		}
		places := "1 place"
		if n := len(mismatch.Problems); n > 1 {
			places = fmt.Sprintf("%d places", n)
		}
		return fmt.Errorf("%s: checkpoint and network do not fit in %s: want a recipe whose "+
			"network.stages has the checkpoint's layers, or --mapping with names of tensors",
			i.Checkpoint, places)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", i.Checkpoint, err)
	}
	if err := model.Save(i.Out); err != nil {
		return err
	}
	return i.print(c, net.Config(), taken, left)
}

// read reads the recipe and the mapping, and makes the changes of the flags to them.
func (i *importCommand) read() (r recipes.Recipe, m pytorch.Mapping, err error) {
	if r, err = recipes.Load(i.Config); err != nil {
		return r, m, err
	}
	if err := set(&r, i.Set); err != nil {
		return r, m, err
	}
	if i.Mapping != "" {
		if m, err = pytorch.ReadMapping(i.Mapping); err != nil {
			return r, m, err
		}
	}
	for _, s := range i.Neuron {
		if err := m.Set(s); err != nil {
			return r, m, usageError{fmt.Errorf("--neuron: %w", err)}
		}
	}
	for _, s := range i.Fill {
		layer, with, ok := strings.Cut(s, "=")
		if !ok {
			return r, m, usageError{fmt.Errorf("--fill %q, want a layer and a word, like fc=vote",
				s)}
		}
		if m.Fill == nil {
			m.Fill = map[string]string{}
		}
		m.Fill[layer] = with
	}
	return r, m, nil
}

// classes returns the classes of the flag, or of the recordings that the recipe names. These also
// say how large the sensor is if the recipe does not.
func (i *importCommand) classes(r *recipes.Recipe) ([]string, error) {
	if len(i.Classes) > 0 && r.Frames.Sensor != (events.Size{}) {
		return i.Classes, nil
	}
	files, err := openSet(r.Dataset)
	if err != nil && len(i.Classes) > 0 {
		return i.Classes, nil // frames.size may do
	}
	if err != nil {
		return nil, fmt.Errorf("%w; or want --classes with the names of the classes", err)
	}
	set, err := r.OpenSet(files, dataset.Test, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Dataset, err)
	}
	if r.Frames.Sensor == (events.Size{}) {
		if err := set.FindSensor(1); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Dataset, err)
		}
		r.Frames.Sensor = set.Sensor
	}
	if len(i.Classes) > 0 {
		return i.Classes, nil
	}
	return set.Classes, nil
}

// print prints which tensor of the checkpoint became which of the network.
func (i *importCommand) print(c console, cfg snn.Config, taken []pytorch.Taken,
	left []string) error {

	if i.JSON {
		return json.NewEncoder(c.out).Encode(map[string]any{"model": i.Out, "taken": taken,
			"left": left, "config": cfg})
	}
	for _, t := range taken {
		fmt.Fprintf(c.out, "%s %v = %s\n", t.To, t.Shape, t.From)
	}
	if len(left) > 0 {
		fmt.Fprintf(c.out, "left out: %s\n", strings.Join(left, ", "))
	}
	return printNeurons(c, cfg, i.Out)
}

// printNeurons prints the values of the neurons, and the path of the model.
func printNeurons(c console, cfg snn.Config, out string) error {
	reset, _ := cfg.LIF.Reset.MarshalText()
	neuron, _ := cfg.Neuron.MarshalText()
	fmt.Fprintf(c.out, "neurons: %s, tau %v, decay_input %v, v_th %v, reset %s\n", neuron, cfg.Tau,
		cfg.DecayInput, cfg.Threshold, reset)
	for _, l := range cfg.Layers {
		text, _ := l.MarshalText()
		fmt.Fprintf(c.out, "but of %s\n", text)
	}
	_, err := fmt.Fprintf(c.out, "model in %s\n", out)
	return err
}
