package nir

import (
	"slices"

	"ssnn/snn"
)

// weights reads a layer of weights of this shape, whose first number is the number of outputs.
func (n named) weights(shape []int, x signal) (a step, err error) {
	w, err := n.floats("weight")
	if err != nil {
		return a, err
	}
	if !slices.Equal(w.Shape, shape) {
		return a, n.refused("weight of shape %v, want %v of an image of shape %v", w.Shape, shape,
			x.shape)
	}
	a.outputs, a.weight = shape[0], slices.Clone(w.Floats)
	if _, ok := n.Parameters["bias"]; ok {
		bias, err := n.floats("bias")
		if err != nil {
			return a, err
		}
		if len(bias.Floats) != shape[0] {
			return a, n.refused("bias of shape %v, want [%d]", bias.Shape, shape[0])
		}
		a.bias = bias.Floats
	}
	return a, nil
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

// geometry reads the geometry of a convolution. Its weights have the shape [outputs][inputs of a
// group][height][width], or for a Conv1d, whose images are one pixel high, no height.
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

// worded returns the padding that a word stands for. "valid" is no padding; "same" is the padding
// on both sides that keeps the size of the image.
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

// convolution adds a step for a Conv2d or for a Conv1d, whose images are one pixel high.
func (s *steps) convolution(n named, x signal) (y signal, err error) {
	if len(x.shape) != 3 {
		return y, n.refused("an image of shape %v comes in, want channels, height and width",
			x.shape)
	}
	w, err := n.floats("weight")
	if err != nil {
		return y, err
	}
	dimensions := map[string]int{"Conv1d": 3, "Conv2d": 4}[n.Type]
	if len(w.Shape) != dimensions || slices.Min(w.Shape) < 1 || slices.Max(w.Shape) > most {
		return y, n.refused("weight of shape %v, want %d numbers from 1 to %d", w.Shape, dimensions,
			most)
	}
	if n.Type == "Conv1d" && x.shape[1] != 1 {
		return y, n.refused("an image of shape %v comes in, want one row", x.shape)
	}
	g, err := n.geometry(w.Shape)
	if err != nil {
		return y, err
	}
	out := w.Shape[0]
	if x.shape[0]%g.Groups != 0 || out%g.Groups != 0 {
		return y, n.refused("%d groups of %d channels and %d outputs, want a number that divides "+
			"both", g.Groups, x.shape[0], out)
	}
	height, width, err := g.Out(x.shape[1], x.shape[2])
	if err != nil {
		return y, n.refused("its kernel %w", err)
	}
	want := append([]int{out, x.shape[0] / g.Groups}, g.Kernel[2-(dimensions-2):]...)
	a, err := n.weights(want, x)
	if err != nil {
		return y, err
	}
	a.op, a.geometry = snn.OpConvolution, g
	return s.add(n, x, []int{out, height, width}, a), nil
}

// linear adds a fully connected layer.
func (s *steps) linear(n named, x signal) (y signal, err error) {
	size := product(x.shape)
	if slices.Max(x.shape) != size { // as [1 1 12]
		return y, n.refused("an image of shape %v comes in, want a Flatten before it", x.shape)
	}
	out, err := n.outputs()
	if err != nil {
		return y, err
	}
	a, err := n.weights([]int{out, size}, x)
	if err != nil {
		return y, err
	}
	a.op = snn.OpLinear
	return s.add(n, x, []int{out}, a), nil
}

// mostCounted is the largest number of classes of a graph without a classifier. The classifier that
// is added is a matrix of classes x classes weights.
const mostCounted = 1 << 10

// counting returns the classifier of a graph whose outputs are the classes: the identity matrix.
func (x signal) counting() (a *step, err error) {
	classes := product(x.shape)
	if classes > mostCounted {
		return nil, named{"output", &Node{Type: "Output"}}.refused("%d outputs, want at most %d, "+
			"one for each class", classes, mostCounted)
	}
	a = &step{op: snn.OpLinear, outputs: classes, weight: make([]float32, classes*classes)}
	for c := range classes {
		a.weight[c*classes+c] = 1
	}
	return a, nil
}

// fires says whether a node is a layer of neurons.
func (n named) fires() bool { return n.integrates() || n.Type == "Threshold" }

// integrates says whether a node is a layer of neurons with a membrane.
func (n named) integrates() bool { return n.Type == "LIF" || n.Type == "IF" || n.Type == "CubaLIF" }
