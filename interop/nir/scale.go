package nir

import (
	"slices"

	"ssnn/snn"
)

// scale multiplies the image by numbers: the weights of the layer before where the image is what
// that one hands on, else by a layer of its own. Those of an image are one a channel.
func (b *builder) scale(n named, fresh bool) error {
	a, err := n.floats("scale")
	if err != nil {
		return err
	}
	size := product(b.shape)
	if len(a.Floats) != 1 && len(a.Floats) != size {
		return n.refused("scale of shape %v, want one number, or one for each value of an image "+
			"of shape %v", a.Shape, b.shape)
	}
	each := size / b.shape[0] // pixels of a channel
	factors := make([]float32, b.shape[0])
	for c := range factors {
		factors[c] = a.Floats[min(c*each, len(a.Floats)-1)]
	}
	for i, v := range a.Floats {
		if len(a.Floats) > 1 && v != factors[i/each] {
			return n.refused("scale from %v to %v within a channel, want one number a channel",
				slices.Min(a.Floats), slices.Max(a.Floats))
		}
	}
	switch {
	case fresh:
		b.n.layers[len(b.n.layers)-1].scale(factors)
		b.fresh = true
		return nil
	case len(b.shape) == 3:
		g := snn.Windows(1, 1, 0)
		g.Groups = len(factors)
		b.n.layers = append(b.n.layers, layer{name: b.name(), convolution: true,
			outputs: len(factors), weight: factors})
		b.add(snn.CurrentOf(len(factors), g))
	case len(factors) > mostCounted:
		return n.refused("scale of %d features, want at most %d, or a layer of weights right "+
			"before it", len(factors), mostCounted)
	default:
		weight := make([]float32, len(factors)*len(factors))
		for i, f := range factors {
			weight[i*len(factors)+i] = f
		}
		b.n.layers = append(b.n.layers, layer{name: b.name() + ".fc", outputs: len(factors),
			weight: weight})
		b.add(snn.FullyConnected(len(factors)))
	}
	b.spikes, b.fresh = false, true
	return nil
}

// scale multiplies what each output hands on.
func (l *layer) scale(factors []float32) {
	each := len(l.weight) / l.outputs
	l.bias = slices.Clone(l.bias)
	for o, f := range factors {
		for i := range each {
			l.weight[o*each+i] *= f
		}
		if l.bias != nil {
			l.bias[o] *= f
		}
	}
}
