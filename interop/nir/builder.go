package nir

import (
	"fmt"
	"slices"

	"ssnn/snn"
)

// builder makes the stages of a network, following an image through the nodes.
type builder struct {
	n      *Network
	dt     float64
	shape  []int // of the image: channels, height, width; or features
	spikes bool  // all of its values are 0 or 1
	fresh  bool  // it is what the last of the layers hands on
}

// most is the largest number of channels, features or classes that is read.
const most = 1 << 16

// stage makes a stage of a graph; the last one ends in the classifier.
func (b *builder) stage(g *Graph, last bool) error {
	all, err := g.chain()
	if err != nil {
		return err
	}
	if err := b.input(all[0]); err != nil {
		return err
	}
	b.n.stages = append(b.n.stages, nil)
	all = all[1:]
	for len(all) > 1 {
		used, fresh := 1, b.fresh
		b.fresh = false
		switch n := all[0]; n.Type {
		case "Conv1d", "Conv2d":
			used, err = b.convolution(n.withGroups(), all[1])
		case "LIF", "IF", "CubaLIF", "Threshold":
			err = b.fire(n, b.name()+".lif", false)
			b.add(snn.Neurons())
		case "Scale":
			err = b.scale(n, fresh)
		case "AvgPool2d", "SumPool2d":
			used, err = b.pool(n, all[1])
		case "Flatten":
			b.shape = []int{product(b.shape)}
		case "Linear", "Affine":
			used, err = b.linear(n, all[1], last && len(all) == 2)
		case "I", "LI", "CubaLI":
			err = n.refused("it hands on its membrane, which no layer here does; want neurons " +
				"that spike, or the graph cut off before it, as the mean over time of what a " +
				"graph hands on is the answer")
		case "Delay":
			err = n.undelayed()
		default:
			err = n.refused("want Conv1d, Conv2d, LIF, IF, CubaLIF, Threshold, AvgPool2d, " +
				"SumPool2d, Flatten, Linear, Affine or Scale")
		}
		if err != nil {
			return err
		}
		all = all[used:]
	}
	if last && b.n.Classes == 0 {
		err = b.count(all[0])
	}
	if err == nil && len(b.n.stages[len(b.n.stages)-1]) == 0 {
		err = all[0].refused("nothing before it, want a network")
	}
	return err
}

// input begins with the frames, or with the image of the stage before.
func (b *builder) input(n named) error {
	shape := n.Parameters["shape"].Ints
	if len(b.n.stages) > 0 {
		if !slices.EqualFunc(shape, b.shape, func(a int64, b int) bool { return a == int64(b) }) {
			return n.refused("shape %v, want %v of the stage before", shape, b.shape)
		}
		b.spikes = false
		return nil
	}
	if len(shape) == 4 && shape[0] == 1 { // a batch of one, as norse writes it
		shape = shape[1:]
	}
	if len(shape) < 1 || len(shape) > 3 || slices.Min(shape) < 1 || slices.Max(shape) > most {
		return n.refused("shape %v, want channels, height and width, channels and length, or "+
			"features", shape)
	}
	for _, d := range shape {
		b.shape = append(b.shape, int(d))
	}
	b.n.Input = [3]int{b.shape[0], 1, 1}
	switch len(b.shape) {
	case 2:
		b.shape = []int{b.shape[0], 1, b.shape[1]}
		fallthrough
	case 3:
		copy(b.n.Input[:], b.shape)
	}
	return nil
}

// fold makes the timesteps of a window channels, between a stage of T timesteps and the next. Where
// these are not as a fold wants them, the next stage's image or its timesteps will be refused.
func (b *builder) fold(T int, next *Node) {
	if next == nil || next.Graph == nil {
		return
	}
	if t := next.Graph.Metadata["timesteps"].Ints; len(t) == 1 && t[0] > 0 && int64(T)%t[0] == 0 {
		b.shape = append([]int{b.shape[0] * (T / int(t[0]))}, b.shape[1:]...)
	}
}

// add adds an item to the stage.
func (b *builder) add(it snn.Item) {
	last := &b.n.stages[len(b.n.stages)-1]
	*last = append(*last, it)
}

// name is that of the parameters of the next item.
func (b *builder) name() string {
	i := len(b.n.stages) - 1
	return fmt.Sprintf("stages.%d.%d", i, len(b.n.stages[i]))
}

// fire adds neurons. weighted says that they stand right behind the last of the layers.
func (b *builder) fire(n named, name string, weighted bool) error {
	k, err := newNeurons(n, product(b.shape), b.dt)
	if err != nil {
		return err
	}
	if k.rest != 0 {
		if !weighted || k.synapse != 0 {
			return n.refused("v_leak and v_reset differ, by %v, want the same, or no synaptic "+
				"currents and a layer of weights right before it", float32(k.rest))
		}
		b.n.layers[len(b.n.layers)-1].shift(k.rest)
	}
	k.name = name
	b.n.neurons = append(b.n.neurons, k)
	b.spikes = true
	return nil
}

// shift adds to the bias of all outputs.
func (l *layer) shift(by float64) {
	bias := make([]float32, l.outputs)
	copy(bias, l.bias)
	for i := range bias {
		bias[i] = float32(float64(bias[i]) + by)
	}
	l.bias = bias
}

// undelayed says whether a Delay delays nothing.
func (n named) undelayed() error {
	delay, err := n.floats("delay")
	if err == nil && slices.ContainsFunc(delay.Floats, func(v float32) bool { return v != 0 }) {
		err = n.refused("delays up to %v s, want 0: no layer here has any",
			slices.Max(delay.Floats))
	}
	return err
}
