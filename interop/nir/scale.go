package nir

import (
	"slices"

	"ssnn/snn"
)

// scale multiplies x by numbers, one for each channel of an image. If x is the output of a layer of
// weights that no other node sees, scale multiplies the layer's weights; otherwise it adds a layer.
func (s *steps) scale(n named, from []string, x signal) (y signal, err error) {
	a, err := n.floats("scale")
	if err != nil {
		return y, err
	}
	size := product(x.shape)
	if len(a.Floats) != 1 && len(a.Floats) != size {
		return y, n.refused("scale of shape %v, want one number, or one for each value of an "+
			"image of shape %v", a.Shape, x.shape)
	}
	each := size / x.shape[0] // pixels of a channel
	factors := make([]float32, x.shape[0])
	for c := range factors {
		factors[c] = a.Floats[min(c*each, len(a.Floats)-1)]
	}
	for i, v := range a.Floats {
		if len(a.Floats) > 1 && v != factors[i/each] {
			return y, n.refused("scale from %v to %v within a channel, want one number a channel",
				slices.Min(a.Floats), slices.Max(a.Floats))
		}
	}
	if before := s.alone(from, x); before != nil && before.weighs() {
		before.scale(factors)
		before.end = n.name
		return x, nil
	}
	own := step{outputs: len(factors), weight: factors}
	switch {
	case len(x.shape) == 3:
		own.op, own.geometry = snn.OpConvolution, snn.Windows(1, 1, 0)
		own.geometry.Groups = len(factors)
	case len(factors) > mostCounted:
		return y, n.refused("scale of %d features, want at most %d, or a layer of weights right "+
			"before it", len(factors), mostCounted)
	default:
		own.op, own.weight = snn.OpLinear, make([]float32, len(factors)*len(factors))
		for i, f := range factors {
			own.weight[i*len(factors)+i] = f
		}
	}
	return s.add(n, x, x.shape, own), nil
}

// scale multiplies the outputs of a layer of weights by a factor each.
func (a *step) scale(factors []float32) {
	each := len(a.weight) / a.outputs
	a.bias = slices.Clone(a.bias)
	for o, f := range factors {
		for i := range each {
			a.weight[o*each+i] *= f
		}
		if a.bias != nil {
			a.bias[o] *= f
		}
	}
}
