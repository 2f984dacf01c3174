package snn

import (
	"strings"

	"ssnn/internal/kernel"
)

// Synapses is what one convolution, fully connected layer or self-attention did in the last pass, all samples and timesteps together. Behind a temporal
// transformer, whose output is one image at several strengths, it did that image once a sample.
//
// Attention, Q (K^T V) of spikes, has two kinds of products, as it is computed (see mixing): of K and V, of which those are active where both spike, and of Q
// and the counts that K and V made, of which those are where Q spikes.
type Synapses struct {
	Layer  string // "stages.0.1.conv", "stages.1.4.attention", "fc"
	All    int    // products of a weight, or in attention of a spike or count, and an input, none beyond the border
	Active int    // those whose input was not zero
	Spikes bool   // the inputs were spikes: what is added is the weight or count itself, and nothing multiplied
}

// synaptic is what has synapses: convolutions, fully connected layers among them, and attention.
type synaptic interface{ synapses() Synapses }

// convolutions yields those of a layer.
func convolutions(l layer, yield func(*conv)) {
	l.synaptic(func(s synaptic) {
		if c, ok := s.(*conv); ok {
			yield(c)
		}
	})
}

// Synapses lists what the layers of the stages did, in their order, and the classifier.
func (n *Network) Synapses() []Synapses {
	var all []Synapses
	add := func(s synaptic) { all = append(all, s.synapses()) }
	for _, s := range n.stages {
		for _, l := range s.layers {
			l.synaptic(add)
		}
	}
	add(n.fc.conv)
	return all
}

// WeightBytes is the size of the weights of the convolutions and fully connected layers of stage i, without early classifier and output, as they were made by
// Quantise.
func (n *Network) WeightBytes(i int) (size int) {
	for _, l := range n.stages[i].layers {
		convolutions(l, func(c *conv) {
			bits := 32
			if c.integers != nil {
				bits = n.bits
			}
			size += c.weight.Len() * bits / 8
		})
	}
	return size
}

func (c *conv) synapses() Synapses {
	s := Synapses{Layer: strings.TrimSuffix(c.weight.Name, ".weight"), Spikes: c.x.spikes != nil}
	rows, columns := c.reach(c.in.h, c.out.h), c.reach(c.in.w, c.out.w)
	outputs, inputs := c.weight.Shape[0], c.weight.Shape[1]
	for p := range c.in.pixels() {
		products := rows[p/c.in.w] * columns[p%c.in.w] * outputs
		s.All += c.x.images() * products * inputs
		for n := range c.x.images() {
			s.Active += c.x.active(n, p) * products
		}
	}
	return s
}

// reach says of each input row, or column, how many of the output it is seen by.
func (c *conv) reach(in, out int) []int {
	seen := make([]int, in)
	for o := range out {
		for tap := range c.k {
			if i := o*c.stride + tap - c.border(); i >= 0 && i < in {
				seen[i]++
			}
		}
	}
	return seen
}

// active is the number of channels of pixel p of image n that are not zero.
func (a *activation) active(n, p int) (count int) {
	if a.spikes != nil {
		return kernel.CountSpikes(a.spikeImage(n)[p*a.words():][:a.words()])
	}
	for _, v := range a.realImage(n)[p*a.stride:][:a.c] {
		if v != 0 {
			count++
		}
	}
	return count
}
