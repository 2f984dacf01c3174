package nir

import (
	"fmt"
	"slices"

	"ssnn/snn"
)

// Network is a graph read as a network of package snn.
type Network struct {
	Input   [3]int // channels, height, width
	Classes int    // number of outputs
	T       []int  // timesteps of each stage, if the graph has them in its metadata

	stages     [][]snn.Item
	layers     []*step // layers of weights and of neurons, in the order of the network's nodes
	transition snn.Transition
	tensors    map[string][]float32 // the parameters of the transitions, by name
}

// NewNetwork reads a graph as a network whose timestep is dt seconds. With dt = 0 the timestep is
// the one in the graph's metadata, or 1 if all neurons are IF with r = 1, or else
// [DefaultTimestep], at which all neurons must be likely to fire. The nodes become nodes of
// [snn.Item]s:
//
//	Conv2d, Conv1d            a convolution, and a norm that passes everything through
//	LIF, IF, CubaLIF          neurons; several with thresholds 1 apart are of several levels
//	Threshold                 neurons of tau 0
//	Scale                     part of the layer before, or a layer of its own
//	AvgPool2d, SumPool2d      pooling; SumPool2d with a Threshold behind it, of spikes, a maximum
//	Flatten, Linear, Affine   a fully connected layer; the last is the classifier
//	edges that meet           an addition
//
// A graph with a graph for each stage, as [New] makes it, is read too. Paths may part and meet only
// as in the residual items. A graph that ends in neurons gets a classifier that counts their
// spikes. Anything else is an error that names the node.
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
	_, err = n.stage(g, dt, nil, true)
	return n, err
}

// stage reads the graph of a stage and returns the stage's output. The stage's input is before, or
// the frames where before is nil. The last stage ends in the classifier.
func (n *Network) stage(g *Graph, dt float64, before *signal, last bool) (out signal, err error) {
	s, err := newSteps(g, dt, before)
	if err != nil {
		return out, err
	}
	if before == nil {
		size := s.input.size()
		n.Input = [3]int{size.Channels, size.Height, size.Width}
	}
	it := items{steps: s}
	classifier, err := it.read(last)
	if err != nil {
		return out, err
	}
	if len(it.stage) == 0 {
		return out, named{"output",
			g.Nodes["output"]}.refused("nothing before it, want a network")
	}
	n.stages = append(n.stages, it.stage)
	for _, i := range it.order {
		n.layers = append(n.layers, &s.all[i])
	}
	if !last {
		return s.final, nil
	}
	if classifier == nil {
		if classifier, err = s.final.counting(); err != nil {
			return out, err
		}
	}
	n.Classes = classifier.outputs
	n.layers = append(n.layers, classifier)
	return s.final, nil
}

// readStages reads a graph with a graph for each stage, as New makes it.
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
	// No edge joins two stages. Some programs give each stage an Input and an Output of its own.
	for _, e := range g.Edges {
		if ends := [2]*Node{g.Nodes[e[0]], g.Nodes[e[1]]}; ends[0] == nil || ends[1] == nil ||
			(ends[0].Graph == nil) == (ends[1].Graph == nil) {

			return fmt.Errorf("edge from %q to %q, want edges between an Input or Output and a "+
				"stage", e[0], e[1])
		}
	}
	var before *signal
	for i := range stages {
		node := named{stageName(i), g.Nodes[stageName(i)]}
		if node.Node == nil || node.Graph == nil {
			return fmt.Errorf("no graph %q, want %d of them", node.name, stages)
		}
		last := i+1 == stages
		out, err := n.stage(node.Graph, dt, before, last)
		if err != nil {
			return fmt.Errorf("%s: %w", stageName(i), err)
		}
		before = &out
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
			before.fold(n.T[i], g.Nodes[stageName(i+1)])
		}
	}
	return nil
}

// fold turns the timesteps of each window into channels, between a stage of T timesteps and the
// next. Where T is not a multiple of the next stage's timesteps, fold does nothing, and that stage
// will be refused.
func (x *signal) fold(T int, next *Node) {
	if next == nil || next.Graph == nil {
		return
	}
	if t := next.Graph.Metadata["timesteps"].Ints; len(t) == 1 && t[0] > 0 && int64(T)%t[0] == 0 {
		x.shape = append([]int{x.shape[0] * (T / int(t[0]))}, x.shape[1:]...)
	}
}

// Configure sets a configuration to the graph's. Settings that a graph does not have stay as they
// are: the surrogate, the norms and, unless the graph's metadata give them, the timesteps.
func (n *Network) Configure(c *snn.Config) error {
	c.InChannels, c.Height, c.Width, c.Classes = n.Input[0], n.Input[1], n.Input[2], n.Classes
	c.Stages, c.Plans, c.Early = n.stages, nil, snn.Early{}
	if n.T != nil {
		c.T = n.T
	}
	c.Scale, c.ConvBias, c.FCBias = 1, false, false
	for _, l := range n.layers {
		c.FCBias = c.FCBias || l.op == snn.OpLinear && l.bias != nil
	}
	c.Transition, c.TTBias = n.transition, n.tensors["tt.0.linear.bias"] != nil
	return n.configureNeurons(c)
}

// Load gives a network of that configuration the weights of the graph. Its norms are set to pass
// values through unchanged, plus the convolutions' biases.
func (n *Network) Load(net *snn.Network) error {
	values := map[string][]float32{}
	for name, v := range n.tensors {
		values[name] = v
	}
	cfg := net.Config()
	layers, at := n.layers, (*step)(nil)
	bias := func() []float32 {
		b := make([]float32, at.outputs)
		copy(b, at.bias)
		return b
	}
	for _, node := range cfg.Nodes() {
		switch node.Op {
		case snn.OpConvolution, snn.OpLinear, snn.OpNeuron:
			at, layers = layers[0], layers[1:]
		}
		switch name := node.Name; node.Op {
		case snn.OpConvolution:
			values[name+".weight"] = at.weight
		case snn.OpLinear:
			values[name+".weight"], values[name+".bias"] = at.weight, bias()
		case snn.OpNorm: // right behind its convolution
			values[name+".bias"] = bias()
			values[name+".weight"] = slices.Repeat([]float32{1}, at.outputs)
			values[name+".running_mean"] = make([]float32, at.outputs)
			values[name+".running_var"] = slices.Repeat([]float32{float32(1 - cfg.Eps)},
				at.outputs)
		case snn.OpNeuron: // read where they are PLIF
			values[name+".w"] = []float32{snn.LearnedAs(at.neurons.leak)}
		}
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
