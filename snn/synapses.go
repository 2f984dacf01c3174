package snn

import (
	"math"
	"slices"
	"strings"

	"ssnn/internal/kernel"
)

// Synapses counts the operations of one convolution, fully connected layer or self-attention in the
// last pass, over all samples and timesteps. Behind a temporal transformer, whose output is one
// image at several strengths, it computed that image once a sample.
//
// Attention is computed as Q (K^T V) (see mixing) and has two kinds of products of spikes. Those of
// K and V are active where both spike. Those of Q and the counts that K and V made are active where
// Q spikes.
type Synapses struct {
	Layer string // "stages.0.1.conv", "stages.1.4.attention", "fc"
	// All is the number of products of an input and a weight (in attention, of an input and a spike
	// or count). Inputs beyond the border of the image do not count.
	All    int
	Active int // products whose input was not zero
	// Spikes says that the inputs were spikes: the weight or count itself is added, and nothing is
	// multiplied.
	Spikes bool

	// Sums and Sent are for a device that only adds, and to which every spike and event is sent by
	// itself: for an input that is the sum or the mean of k of them, it makes k additions of a
	// weight that was scaled beforehand. Behind merge, a spike that two timesteps share is added to
	// both.
	Sums bool // the inputs were spikes, events, or sums and means of them; others it multiplies
	Sent int  // its additions of weights, if Sums; for spikes they are Active

	// Strengths is the number of strengths of an image that comes at several; else 1. A device that
	// computes each of them by itself has so many times All and Active.
	Strengths int
	Ternary   bool // every input was -1, 0 or 1
}

// synaptic is what has synapses: convolutions, fully connected layers among them, and attention.
type synaptic interface {
	synapses() Synapses // without Sums and Sent, which take longer
	withSums() Synapses
}

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
// stage i, without early classifier and output, in the form that Quantise made.
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

// withSums is synapses with what an adding device would do.
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

// eachPixel calls f with each pixel of the input and the number of outputs that one of its channels
// meets a weight for.
func (c *conv) eachPixel(f func(pixel, products int)) {
	rows, columns := seenBy(c.axis(0), c.in.h, c.out.h), seenBy(c.axis(1), c.in.w, c.out.w)
	for p := range c.in.pixels() {
		f(p, rows[p/c.in.w]*columns[p%c.in.w]*c.weight.Shape[0]/c.Groups)
	}
}

// seenBy says of each input row, or column, how many of the output it is seen by.
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

// sumsOf is what the reals are whole multiples of, or 0: a frame's may be numbers of events.
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

// sent is the number of spikes or events that the channels of pixel p of image n are made of, in
// reals that are whole multiples of unit.
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
