package snn

import (
	"math"
	"slices"
	"strings"

	"ssnn/internal/kernel"
)

// Synapses counts the operations of one convolution, fully connected layer or self-attention in the
// last pass, over all samples and timesteps. Behind a temporal transformer, whose output is one
// image at several strengths, a layer computes that image only once for each sample.
//
// Attention is computed as Q (K^T V), see mixing, and has two kinds of products. The products of K
// and V are active where both spike. The products of Q and the counts K^T V are active where Q
// spikes.
type Synapses struct {
	Layer string // "stages.0.1.conv", "stages.1.4.attention", "fc"
	// All is the number of products of an input and a weight (in attention, of an input and a spike
	// or count). Inputs beyond the border of the image do not count.
	All    int
	Active int // products whose input was not zero
	// Spikes says whether the inputs were spikes. If so, each product is an addition of the weight
	// or count itself.
	Spikes bool

	// Sums and Sent are for a device that only adds, and that receives every spike and event by
	// itself. For an input that is the sum or the mean of k spikes, the device makes k additions of
	// a weight that was scaled beforehand. Behind merge, a spike that two timesteps share is added
	// to both.
	Sums bool // the inputs were spikes, events, or sums and means of them
	Sent int  // the device's additions of weights, if Sums is set; for spikes equal to Active

	// Strengths is the number of strengths of each image behind a temporal transformer; else 1. A
	// device that computes each strength by itself makes Strengths times All and Active products.
	Strengths int
	Ternary   bool // every input was -1, 0 or 1
}

// synaptic is a part with synapses: a convolution, which a fully connected layer also is, or an
// attention.
type synaptic interface {
	synapses() Synapses // without Sums and Sent, which take longer
	withSums() Synapses // with all fields
}

// convolutions yields the convolutions of a layer.
func convolutions(l layer, yield func(*conv)) {
	l.synaptic(func(s synaptic) {
		if c, ok := s.(*conv); ok {
			yield(c)
		}
	})
}

// Synapses lists the operations of the layers of all stages, in their order, and then those of the
// classifier.
func (n *Network) Synapses() []Synapses {
	var all []Synapses
	add := func(s synaptic) { all = append(all, s.withSums()) }
	for _, s := range n.stages {
		for _, l := range s.layers {
			l.synaptic(add)
		}
	}
	add(n.fc.conv)
	return all
}

// WeightBytes is the size in bytes of the weights of the convolutions and fully connected layers of
// stage i, without the early classifier and the output. A convolution whose weights were rounded
// after Quantise counts with the bits of the rounded weights.
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
	c.x.settle()
	s := Synapses{Layer: strings.TrimSuffix(c.weight.Name, ".weight"), Spikes: c.x.spikes != nil,
		Strengths: 1}
	if c.x.scale != nil {
		s.Strengths = c.x.T
	}
	inputs := c.weight.Shape[1] * c.Groups
	c.eachPixel(func(p, products int) {
		s.All += c.x.images() * products * inputs
		for n := range c.x.images() {
			s.Active += c.x.active(n, p) * products
		}
	})
	return s
}

// withSums adds to synapses the operations of a device that only adds, see Synapses.Sums.
func (c *conv) withSums() Synapses {
	s := c.synapses()
	unit := c.x.sumsOf()
	s.Ternary = s.Spikes || s.Strengths == 1 && c.x.ternary()
	switch {
	case s.Spikes:
		s.Sums, s.Sent = true, s.Active
	case unit != 0:
		s.Sums = true
		c.eachPixel(func(p, products int) {
			for n := range c.x.images() {
				s.Sent += c.x.sent(n, p, unit) * products
			}
		})
	}
	return s
}

// eachPixel calls f for each pixel of the input, with the number of outputs that read one channel
// of the pixel.
func (c *conv) eachPixel(f func(pixel, products int)) {
	rows, columns := seenBy(c.axis(0), c.in.h, c.out.h), seenBy(c.axis(1), c.in.w, c.out.w)
	for p := range c.in.pixels() {
		f(p, rows[p/c.in.w]*columns[p%c.in.w]*c.weight.Shape[0]/c.Groups)
	}
}

// seenBy returns, for each row or column of the input, the number of rows or columns of the output
// that read it.
func seenBy(a kernel.Axis, in, out int) []int {
	seen := make([]int, in)
	for o := range out {
		for tap := range a.Taps {
			if i := o*a.Step + tap*a.Dilation - a.Before; i >= 0 && i < in {
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

// sumsOf returns the unit of which all values are whole multiples, or 0 if there is none known.
// Frames whose values are whole numbers, such as counts of events, have the unit 1.
func (a *activation) sumsOf() float32 {
	if a.unit != 0 || a.spikes != nil {
		return a.unit
	}
	for _, v := range a.reals[:a.images()*a.size()] {
		if v < 0 || v != float32(math.Trunc(float64(v))) {
			return 0
		}
	}
	return 1
}

// ternary says whether each of the reals is -1, 0 or 1.
func (a *activation) ternary() bool {
	return !slices.ContainsFunc(a.reals[:a.images()*a.size()], func(v float32) bool {
		return v != 0 && v != 1 && v != -1
	})
}

// sent is the number of spikes or events that the channels of pixel p of image n sum up. Reals must
// be whole multiples of unit.
func (a *activation) sent(n, p int, unit float32) (count int) {
	switch {
	case a.spikes != nil:
		return a.active(n, p)
	case a.merged != nil:
		return a.merged.sent(n, p)
	}
	var sum float64
	for _, v := range a.realImage(n)[p*a.stride:][:a.c] {
		sum += float64(v)
	}
	return int(math.Round(sum / float64(unit)))
}
