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
		return n.refused("weight of shape %v, want %v of an image of shape %v", w.Shape, shape,
			b.shape)
	}
	l := layer{name: name, convolution: len(shape) > 2, outputs: shape[0],
		weight: slices.Clone(w.Floats)}
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

// geometry is that of a convolution with weights of this shape, [outputs][inputs of a
// group][height] [width], or of a Conv1d, whose images are one pixel high, without the height.
func (n named) geometry(weight []int) (g snn.Geometry, err error) {
	g = snn.Windows(1, 1, 0)
	axes := len(weight) - 2
	for i, k := range weight[2:] {
		g.Kernel[2-axes+i] = k
	}
	for _, p := range []struct {
		name string
		to   *snn.Pair
		def  int
	}{{"stride", &g.Stride, 1}, {"dilation", &g.Dilation, 1}, {"padding", &g.Padding, 0}} {
		if words := n.Parameters[p.name].Texts; p.name == "padding" && len(words) == 1 {
			if g.Padding, err = n.worded(words[0], g); err != nil {
				return g, err
			}
			continue
		}
		pair, err := n.pair(p.name)
		if err != nil {
			return g, err
		}
		for i := range axes {
			(*p.to)[2-axes+i] = pair[2-axes+i]
		}
		if min(pair[0], pair[1]) < p.def || max(pair[0], pair[1]) > most {
			return g, n.refused("%s %v, want %d to %d", p.name, pair, p.def, most)
		}
	}
	groups, err := n.pair("groups")
	if err == nil && (groups[0] < 1 || groups[0] != groups[1]) {
		err = n.refused("groups %v, want a number above 0", groups)
	}
	g.Groups = groups[0]
	return g, err
}

// worded is the padding that a word stands for: "valid" for none, "same" for as much on both sides
// as keeps the size of the image.
func (n named) worded(word string, g snn.Geometry) (p snn.Pair, err error) {
	switch {
	case word == "valid":
		return p, nil
	case word != "same":
		return p, n.refused("padding %q, want numbers, same or valid", word)
	}
	for i := range p {
		reach := g.Dilation[i] * (g.Kernel[i] - 1)
		if p[i] = reach / 2; reach%2 != 0 || g.Stride[i] != 1 {
			return p, n.refused("padding same of a kernel of %v pixels, stride %v, dilation %v, "+
				"want one that is alike on both sides",
				g.Kernel, g.Stride, g.Dilation)
		}
	}
	return p, nil
}

// convolution is one with the neurons behind it, or without. It returns the number of nodes used.
func (b *builder) convolution(n, next named) (used int, err error) {
	if len(b.shape) != 3 {
		return 0, n.refused("an image of shape %v comes in, want channels, height and width",
			b.shape)
	}
	w, err := n.floats("weight")
	if err != nil {
		return 0, err
	}
	dimensions := map[string]int{"Conv1d": 3, "Conv2d": 4}[n.Type]
	if len(w.Shape) != dimensions || slices.Min(w.Shape) < 1 || slices.Max(w.Shape) > most {
		return 0, n.refused("weight of shape %v, want %d numbers from 1 to %d", w.Shape, dimensions,
			most)
	}
	if n.Type == "Conv1d" && b.shape[1] != 1 {
		return 0, n.refused("an image of shape %v comes in, want one row", b.shape)
	}
	g, err := n.geometry(w.Shape)
	if err != nil {
		return 0, err
	}
	out := w.Shape[0]
	if b.shape[0]%g.Groups != 0 || out%g.Groups != 0 {
		return 0, n.refused("%d groups of %d channels and %d outputs, want a number that divides "+
			"both", g.Groups, b.shape[0], out)
	}
	height, width, err := g.Out(b.shape[1], b.shape[2])
	if err != nil {
		return 0, n.refused("its kernel %w", err)
	}
	want := append([]int{out, b.shape[0] / g.Groups}, g.Kernel[2-(dimensions-2):]...)
	name := b.name()
	if err := b.weights(n, name, want); err != nil {
		return 0, err
	}
	b.shape = []int{out, height, width}
	b.spikes = false
	if !next.fires() {
		b.add(snn.CurrentOf(out, g))
		b.fresh = true
		return 1, nil
	}
	err = b.fire(next, name+".lif", true)
	b.add(snn.ConvOf(out, g))
	return 2, err
}

// linear is a fully connected layer with the neurons behind it, or without; the classifier if it is
// the last. It returns the number of nodes used.
func (b *builder) linear(n, next named, last bool) (used int, err error) {
	if slices.Max(b.shape) == product(b.shape) { // as [1 1 12]
		b.shape = []int{product(b.shape)}
	}
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
	if !next.fires() {
		b.fresh = true
		return 1, nil
	}
	err = b.fire(next, b.name()+".lif", true)
	b.add(snn.Neurons())
	return 2, err
}

// mostCounted is the largest number of classes of a graph without a classifier, which takes a
// matrix of their square.
const mostCounted = 1 << 10

// count is the classifier of a graph whose outputs are the classes: it hands them on.
func (b *builder) count(output named) error {
	classes := product(b.shape)
	if classes > mostCounted {
		return output.refused("%d outputs, want at most %d, one a class", classes, mostCounted)
	}
	l := layer{name: "fc", outputs: classes, weight: make([]float32, classes*classes)}
	for c := range classes {
		l.weight[c*classes+c] = 1
	}
	b.n.layers, b.n.Classes = append(b.n.layers, l), classes
	return nil
}

// fires says whether a node is neurons.
func (n named) fires() bool { return n.integrates() || n.Type == "Threshold" }

// integrates says whether it is neurons with a membrane.
func (n named) integrates() bool { return n.Type == "LIF" || n.Type == "IF" || n.Type == "CubaLIF" }
