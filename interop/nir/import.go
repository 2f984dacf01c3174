package nir

import (
	"fmt"
	"slices"

	"ssnn/snn"
)

// Network is what of a graph makes a network of ours.
type Network struct {
	Input   [3]int // channels, height, width
	Classes int
	T       []int // timesteps of each stage, if the graph has them in its metadata

	stages     [][]snn.Item
	layers     []layer
	neurons    []neurons
	transition snn.Transition
	tensors    map[string][]float32 // of the transitions
}

// layer is a convolution or a fully connected layer.
type layer struct {
	name         string // of its parameters: "stages.0.1", "stages.0.2.fc"
	convolution  bool
	outputs      int
	weight, bias []float32 // without a bias nil
}

// NewNetwork takes a graph for a network whose timestep is dt seconds; 0 is what the graph's
// metadata say, or 1 for neurons IF of r = 1, or [DefaultTimestep], at which all of its neurons
// must be likely to fire. The graph is a chain of what [snn.Item]s are made of:
//
//	Conv2d, Conv1d, LIF or IF conv; without neurons current
//	LIF, IF, CubaLIF          lif
//	Threshold                 lif of tau 0
//	Scale                     part of the layer before, or a layer of its own
//	AvgPool2d                 avgpool, or globalpool over the whole image
//	SumPool2d                 sumpool; with a Threshold behind it, of spikes, maxpool
//	Flatten, Linear, Affine   linear; the last is the classifier
//
// or what [New] makes of stages of different timesteps. A graph that ends in neurons gets a
// classifier that counts their spikes. What is another is refused, with the name of the node.
func NewNetwork(g *Graph, dt float64) (*Network, error) {
	dt, err := g.timestep(dt)
	if err != nil {
		return nil, err
	}
	n := &Network{tensors: map[string][]float32{}, transition: snn.Identity}
	if g.Nodes[stageName(0)] != nil && g.Nodes[stageName(0)].Graph != nil {
		return n, n.readStages(g, dt)
	}
	if g, err = g.inlined(); err != nil {
		return nil, err
	}
	for _, t := range g.Metadata["timesteps"].Ints {
		n.T = append(n.T, int(t))
		break // stages that hand their timesteps on became one
	}
	b := builder{n: n, dt: dt}
	return n, b.stage(g, true)
}

// readStages reads a graph of graphs, as New makes it.
func (n *Network) readStages(g *Graph, dt float64) error {
	stages := 0
	for name, node := range g.Nodes {
		switch {
		case node.Graph != nil:
			stages++
		case node.Type != "Input" && node.Type != "Output":
			return named{name,
				node}.refused("want Input and Output alone beside the graphs of stages")
		}
	}
	for _, e := range g.Edges { // none between two stages; some programs give each its own Input and Output
		if ends := [2]*Node{g.Nodes[e[0]], g.Nodes[e[1]]}; ends[0] == nil || ends[1] == nil ||
			(ends[0].Graph == nil) == (ends[1].Graph == nil) {

			return fmt.Errorf("edge from %q to %q, want edges between an Input or Output and a "+
				"stage", e[0], e[1])
		}
	}
	b := builder{n: n, dt: dt}
	for i := range stages {
		node := named{stageName(i), g.Nodes[stageName(i)]}
		if node.Node == nil || node.Graph == nil {
			return fmt.Errorf("no graph %q, want %d of them", node.name, stages)
		}
		last := i+1 == stages
		if err := b.stage(node.Graph, last); err != nil {
			return fmt.Errorf("%s: %w", stageName(i), err)
		}
		said := node.Graph.Metadata
		if t := said["timesteps"].Ints; len(t) != 1 {
			return node.refused("no timesteps in its metadata")
		} else {
			n.T = append(n.T, int(t[0]))
		}
		if last {
			break
		}
		word := said["transition"].Texts
		if len(word) != 1 {
			return node.refused("no transition in its metadata")
		}
		if err := n.transition.UnmarshalText([]byte(word[0])); err != nil {
			return node.refused("metadata: %w", err)
		}
		for _, part := range []string{"weight", "bias"} {
			if a, ok := said["transition_"+part]; ok {
				n.tensors[parameterOf(n.transition, i, part)] = a.Floats
			}
		}
		if n.transition == snn.Fold {
			b.fold(n.T[i], g.Nodes[stageName(i+1)])
		}
	}
	return nil
}

// Configure makes a configuration that of the graph. What a graph does not say stays as it is:
// surrogate, norms, and, unless it has them in its metadata, timesteps.
func (n *Network) Configure(c *snn.Config) error {
	c.InChannels, c.Height, c.Width, c.Classes = n.Input[0], n.Input[1], n.Input[2], n.Classes
	c.Stages, c.Plans, c.Early = n.stages, nil, snn.Early{}
	if n.T != nil {
		c.T = n.T
	}
	c.Scale, c.ConvBias, c.FCBias = 1, false, false
	for _, l := range n.layers {
		c.FCBias = c.FCBias || !l.convolution && l.bias != nil
	}
	c.Transition, c.TTBias = n.transition, n.tensors["tt.0.linear.bias"] != nil
	return n.configureNeurons(c)
}

// Load gives a network of that configuration the weights of the graph. Norms become what passes
// everything through.
func (n *Network) Load(net *snn.Network) error {
	values := map[string][]float32{}
	for name, v := range n.tensors {
		values[name] = v
	}
	cfg := net.Config()
	for _, l := range n.layers {
		bias := make([]float32, l.outputs)
		copy(bias, l.bias)
		if !l.convolution {
			values[l.name+".weight"], values[l.name+".bias"] = l.weight, bias
			continue
		}
		values[l.name+".conv.weight"], values[l.name+".bn.bias"] = l.weight, bias
		values[l.name+".bn.weight"] = slices.Repeat([]float32{1}, len(bias))
		values[l.name+".bn.running_mean"] = make([]float32, len(bias))
		values[l.name+".bn.running_var"] = slices.Repeat([]float32{float32(1 - cfg.Eps)}, len(bias))
	}
	for _, k := range n.neurons { // read where they are PLIF
		values[k.name+".w"] = []float32{snn.LearnedAs(k.leak)}
	}
	for _, p := range slices.Concat(net.Parameters(), net.Statistics()) {
		v, ok := values[p.Name]
		if !ok {
			return fmt.Errorf("the graph has nothing for %s %v", p.Name, p.Shape)
		}
		if err := p.Import(p.Value, v); err != nil {
			return err
		}
	}
	return nil
}
