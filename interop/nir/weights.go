package nir

import (
	"slices"

	"ssnn/snn"
)

// weights adds a layer of weights of this shape, whose first number is that of the outputs.
func (b *builder) weights(n named, name string, shape []int) error {
	w, err := n.floats("weight")
	if err != nil {
		return err
	}
	if !slices.Equal(w.Shape, shape) {
		return n.refused("weight of shape %v, want %v of an image of shape %v", w.Shape, shape, b.shape)
	}
	l := layer{name: name, convolution: len(shape) == 4, outputs: shape[0], weight: slices.Clone(w.Floats)}
	for i := range l.weight {
		l.weight[i] *= b.sum
	}
	b.sum = 1
	if _, ok := n.Parameters["bias"]; ok {
		bias, err := n.floats("bias")
		if err != nil {
			return err
		}
		if len(bias.Floats) != shape[0] {
			return n.refused("bias of shape %v, want [%d]", bias.Shape, shape[0])
		}
		l.bias = bias.Floats
	}
	b.n.layers = append(b.n.layers, l)
	return nil
}

// outputs is the first number of a weight's shape.
func (n named) outputs() (int, error) {
	w, err := n.floats("weight")
	if err == nil && (len(w.Shape) == 0 || w.Shape[0] < 1 || w.Shape[0] > most) {
		err = n.refused("weight of shape %v, want 1 to %d outputs", w.Shape, most)
	}
	if err != nil {
		return 0, err
	}
	return w.Shape[0], nil
}

// convolution is one with the neurons behind it, or without. It returns the number of nodes used.
func (b *builder) convolution(n, next named) (used int, err error) {
	if len(b.shape) != 3 {
		return 0, n.refused("an image of shape %v comes in, want channels, height and width", b.shape)
	}
	out, err := n.outputs()
	if err != nil {
		return 0, err
	}
	for _, name := range []string{"stride", "padding", "dilation", "groups"} {
		if p := n.Parameters[name].Texts; name == "padding" && len(p) == 1 && p[0] == "same" {
			continue
		}
		if p, err := n.pair(name); err != nil {
			return 0, err
		} else if p != [2]int{1, 1} {
			return 0, n.refused("%s %v, want 1: convolutions are read of 3x3 pixels, stride 1 and padding 1, in one group", name, p)
		}
	}
	name := b.name()
	if err := b.weights(n, name, []int{out, b.shape[0], 3, 3}); err != nil {
		return 0, err
	}
	b.shape = []int{out, b.shape[1], b.shape[2]}
	b.spikes = false
	if next.Type != "LIF" && next.Type != "IF" {
		b.add(snn.Current(out))
		return 1, nil
	}
	err = b.fire(next, name+".lif", len(b.n.layers)-1)
	b.add(snn.Conv(out))
	return 2, err
}

// linear is a fully connected layer with the neurons behind it, or without; the classifier if it is the last. It returns the number of nodes used.
func (b *builder) linear(n, next named, last bool) (used int, err error) {
	if len(b.shape) != 1 {
		return 0, n.refused("an image of shape %v comes in, want a Flatten before it", b.shape)
	}
	out, err := n.outputs()
	if err != nil {
		return 0, err
	}
	name := b.name() + ".fc"
	if last {
		name = "fc"
	}
	if err := b.weights(n, name, []int{out, b.shape[0]}); err != nil {
		return 0, err
	}
	b.shape, b.spikes = []int{out}, false
	if last {
		b.n.Classes = out
		return 1, nil
	}
	b.add(snn.FullyConnected(out))
	if next.Type != "LIF" && next.Type != "IF" {
		return 1, nil
	}
	err = b.fire(next, b.name()+".lif", len(b.n.layers)-1)
	b.add(snn.Neurons())
	return 2, err
}

// mostCounted is the largest number of classes of a graph without a classifier, which takes a matrix of their square.
const mostCounted = 1 << 10

// count is the classifier of a graph whose outputs are the classes: it hands them on.
func (b *builder) count(output named) error {
	classes := product(b.shape)
	if classes > mostCounted {
		return output.refused("%d outputs, want at most %d, one a class", classes, mostCounted)
	}
	l := layer{name: "fc", outputs: classes, weight: make([]float32, classes*classes)}
	for c := range classes {
		l.weight[c*classes+c] = b.sum
	}
	b.n.layers, b.n.Classes = append(b.n.layers, l), classes
	return nil
}
