package snn

import (
	"fmt"
	"math"

	"ssnn/internal/kernel"
)

// integers is a convolution's weights as whole numbers of 8 or 16 bits, for inference. The sums are
// whole numbers of 16 bits, and scale[o] * sum is the value of output o. The running statistics of
// the norm behind the convolution give the range of the sums. The few sums beyond it stay at the
// end of the range, where a neuron decides in the same way whether it spikes.
//
// The values of frames have no known unit. With weights of 8 bits their sums are sums of bytes if
// the values are small whole numbers, else sums of float32s. For whole numbers both are the same,
// because float32s hold them exactly.
type integers struct {
	layout layout    // order of the weights in memory
	unit   float32   // inputs are whole multiples of unit; 1 for frames
	w8     []int8    // weights of 8 bits, or nil
	w16    []int16   // weights of 16 bits, or nil
	tables []int16   // tables of the weights, see convtables.go; nil where sums are not looked up
	scale  []float32 // [outputs]

	floats   []float32         // for frames: the weights w8, in the order of conv.weight
	reach    int               // largest sum of the magnitudes of an output's weights w8
	products map[int]*products // weights for sums of bytes, by planes, see convproducts.go
}

const (
	integerBlock = 64 // input channels of a block: with 3 taps and 64 outputs, 24 KiB of 16 bits
	deviations   = 6  // standard deviations from the mean of a sum that the range has room for
)

// Quantise makes the inference passes that follow use weights of 8 or 16 bits, in the convolutions
// whose inputs are spikes or whole multiples of one number, such as means of spikes and sums of
// spikes over timesteps. 32 goes back to float32. Call Quantise again when the weights have
// changed.
func (n *Network) Quantise(bits int) error {
	if bits != 8 && bits != 16 && bits != 32 {
		return fmt.Errorf("weights of %d bits, want 8, 16, or 32 for float32", bits)
	}
	n.bits = bits
	n.convolutions(func(c *conv, _ int) { c.integers = nil })
	return nil
}

// countable says whether the convolution of x can be computed in integers of that many bits, and
// whether x is frames that can be multiplied by rounded weights. bits 0 stands for float32. The
// first call that finds one of these rounds the weights.
func (c *conv) countable(x *activation, bits int) (counted, rounded bool) {
	rounded = x.raw && bits == 8
	counted = bits != 0 && x.unit != 0 && x.most <= math.MaxInt16
	if c.after == nil || !counted && !rounded {
		return false, false
	}
	if c.integers == nil {
		c.integers = c.quantised(x, bits)
	}
	return counted, rounded
}

// quantised rounds the weights for inputs like x.
func (c *conv) quantised(x *activation, bits int) *integers {
	q := &integers{
		layout: newLayout(c.Geometry, c.in.c, c.out.c, integerBlock),
		unit:   x.unit, scale: make([]float32, c.outputs),
	}
	if x.raw {
		q.unit = 1
	}
	if bits == 8 {
		q.w8 = make([]int8, q.layout.size)
	} else {
		q.w16 = make([]int16, q.layout.size)
	}
	spread := float64(1) // a factored input's image is about T times as large as one timestep
	if x.scale != nil {
		spread = float64(x.T)
	}
	for o := range c.out.c {
		mean := float64(c.after.mean.Value[o])
		deviation := math.Sqrt(float64(c.after.variance.Value[o]))
		reach := spread * (math.Abs(mean) + deviations*deviation)
		if x.raw {
			reach = 0
		}
		q.round(c, o, reach, float64(x.most), bits)
	}
	switch { // the order that tables need is the order of the float32 weights
	case !c.looksUp(x):
	case bits == 8:
		q.tables = tabulate(c, q.w8)
	default:
		q.tables = tabulate(c, q.w16)
	}
	if x.raw {
		q.widenWeights(c)
	}
	if bits == 8 {
		q.addProducts(c, x)
	}
	return q
}

// round rounds the weights of output o, for sums up to reach in magnitude and inputs up to most, in
// units. Weights that can be multiplied by bytes get a coarser scale, less than twice as large,
// where that keeps every possible sum within the range, so that no way to compute the sums is ruled
// out.
func (q *integers) round(c *conv, o int, reach, most float64, bits int) {
	largest, sum := 0.0, 0.0
	value := func(in, ky, kx int) float64 {
		return float64(q.unit * c.weight.Value[c.weightAt(o, in, ky, kx)])
	}
	q.each(c, o, func(in, ky, kx, _ int) {
		w := math.Abs(value(in, ky, kx))
		largest, sum = max(largest, w), sum+w
	})
	end := float64(int(1)<<(bits-1) - 1)
	scale := max(largest/end, largest*most/math.MaxInt16, reach/math.MaxInt16)
	if !(largest > 0) {
		return
	}
	inputs := float64(c.in.c / c.Groups * c.taps())
	all := sum * most / (math.MaxInt16 - most*inputs/2) // rounding adds up to a half to a weight
	if bits == 8 && c.takesBytes() && all > scale && all < 2*scale {
		scale = all
	}
	q.scale[o] = float32(scale)
	q.each(c, o, func(in, ky, kx, at int) {
		if w := math.Round(value(in, ky, kx) / scale); bits == 8 {
			q.w8[at] = int8(w)
		} else {
			q.w16[at] = int16(w)
		}
	})
}

// each calls f for every weight of output o; at is its place among the integers.
func (q *integers) each(c *conv, o int, f func(in, ky, kx, at int)) {
	inputs := c.in.c / c.Groups
	first, b := o/(c.out.c/c.Groups)*inputs, q.layout.blockOf(o)
	for in := first; in < first+inputs; in++ {
		for ky := range c.Kernel[0] {
			for kx := range c.Kernel[1] {
				f(in, ky, kx, q.layout.row(b, in, ky, kx)+o-b.from)
			}
		}
	}
}

// widenWeights writes the weights w8 as float32s.
func (q *integers) widenWeights(c *conv) {
	q.floats = make([]float32, len(c.weight.Value))
	for o := range c.out.c {
		q.each(c, o, func(in, ky, kx, at int) {
			q.floats[c.weightAt(o, in, ky, kx)] = float32(q.w8[at])
		})
	}
}

// addProducts makes the weights for sums of bytes, for inputs like x, where such sums are possible.
func (q *integers) addProducts(c *conv, x *activation) {
	for o := range c.out.c {
		sum := 0
		q.each(c, o, func(_, _, _, at int) { sum += max(int(q.w8[at]), -int(q.w8[at])) })
		q.reach = max(q.reach, sum)
	}
	if !c.takesBytes() {
		return
	}
	q.products = map[int]*products{1: productsOf(c, q, 1)}
	if x.folding != nil {
		k := x.folding.k
		q.products[k] = productsOf(c, q, k)
	}
}

// widen turns the integer sums of a part into its outputs.
func (q *integers) widen(t *part, sums []int16) {
	kernel.Widen(t.y, sums, q.scale[t.o.from:][:t.o.width])
}

// addIntegers computes the outputs of a part in integers, by lists. An image of the part has size
// outputs.
func (c *listing) addIntegers(t *part, th *thread, size int) {
	q := c.integers
	th.sums = grow(th.sums, len(t.y))
	sums := th.sums
	clear(sums)
	o := q.layout.blockOf(t.o.from)
	for b := o.first; b < o.first+o.count; b++ {
		for ky := range c.Kernel[0] {
			at := q.layout.row(o, b*q.layout.block, ky, 0)
			for i := range c.split.bands.Across.Segments(q.layout.block) {
				if q.w8 != nil {
					addSegment(c, t, sums, size, q.w8[at:], b, ky, i)
				} else {
					addSegment(c, t, sums, size, q.w16[at:], b, ky, i)
				}
			}
		}
	}
	q.widen(t, sums)
}

// addSegment adds to sums the weights w of segment i of row ky of the kernel, for one block of
// input channels, over the active inputs of the images of a part.
func addSegment[W kernel.Integer](c *listing, t *part, sums []int16, size int, w []W,
	block, ky, i int) {

	w, ahead := segment(&c.integers.layout, w, t.o.width, i)
	kernel.Fetch(w)
	for n := range t.count {
		if p := c.windows(t, n, block, ky, i, kernel.Bytes(ahead)); c.x.spikes != nil {
			kernel.SpikeConv16(p, sums[n*size:], w)
		} else {
			kernel.CountConv16(p, sums[n*size:], w)
		}
	}
}
