package snn

import (
	"strings"

	"ssnn/internal/kernel"
)

// Synapses is what one convolution or fully connected layer did in the last pass, all samples and timesteps together. Behind a temporal transformer,
// whose output is one image at several strengths, it did that image once a sample. The products of self-attention itself, which have no weights, are not
// among them.
type Synapses struct {
	Layer  string // "stages.0.1.conv", "fc"
	All    int    // products of a weight and an input, none beyond the border
	Active int    // those whose input was not zero
	Spikes bool   // the inputs were spikes: what is added is the weight itself, and nothing multiplied
}

// Synapses lists what the convolutions of the stages did, in their order, and the classifier.
func (n *Network) Synapses() []Synapses {
	var all []Synapses
	add := func(c *conv) { all = append(all, c.synapses()) }
	for _, s := range n.stages {
		for _, l := range s.layers {
			l.convolutions(add)
		}
	}
	add(n.fc.conv)
	return all
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
