package snn

import (
	"fmt"
	"math"

	"ssnn/internal/kernel"
)

// integers is a convolution's weights as whole numbers of 8 or 16 bits, for inference. Their sums
// are whole numbers of 16 bits then: scale[o] * sum is what the convolution makes of output o. The
// running statistics of the norm behind it say how large these sums become; the few that are larger
// stay at the end of the range, where a neuron spikes, or does not, all the same.
type integers struct {
	layout layout  // of the weights
	unit   float32 // inputs are whole multiples of it
	w8     []int8  // or w16
	w16    []int16
	tables []int16   // of these, see convtables.go; nil where sums are not looked up
	scale  []float32 // [outputs]
}

const (
	integerBlock = 64 // with 3 taps and 64 output channels 24 KiB of 16 bits
	deviations   = 6  // of a sum from its mean that the range has room for
)

// Quantise makes the inference passes that follow use weights of 8 or 16 bits in the convolutions
// whose inputs are spikes or whole multiples of one number, as means of spikes and their sums over
// timesteps are. 32 goes back to float32. Weights that change need another Quantise.
func (n *Network) Quantise(bits int) error {
	if bits != 8 && bits != 16 && bits != 32 {
		return fmt.Errorf("weights of %d bits, want 8, 16, or 32 for float32", bits)
	}
	n.bits = bits
	n.convolutions(func(c *conv, _ int) { c.integers = nil })
	return nil
}

// countable says whether the convolution of x can be one of integers of so many bits, 0 being none,
// and makes its weights when it is asked for the first time.
func (c *conv) countable(x *activation, bits int) bool {
	if bits == 0 || c.after == nil || x.unit == 0 || x.most > math.MaxInt16 {
		return false
	}
	if c.integers == nil {
		c.integers = c.quantised(x, bits)
	}
	return true
}

// quantised rounds the weights for inputs like x.
func (c *conv) quantised(x *activation, bits int) *integers {
	q := &integers{
		layout: newLayout(c.Geometry, c.in.c, c.out.c, integerBlock),
		unit:   x.unit, scale: make([]float32, c.outputs),
	}
	if bits == 8 {
		q.w8 = make([]int8, q.layout.size)
	} else {
		q.w16 = make([]int16, q.layout.size)
	}
	spread := float64(1) // of a factored input is convolved what the timesteps share
	if x.scale != nil {
		spread = float64(x.T)
	}
	for o := range c.out.c {
		mean := float64(c.after.mean.Value[o])
		deviation := math.Sqrt(float64(c.after.variance.Value[o]))
		q.round(c, o, spread*(math.Abs(mean)+deviations*deviation), float64(x.most), bits)
	}
	switch { // where blocks of weights lie as those of the floats
	case !c.looksUp(x):
	case bits == 8:
		q.tables = tabulate(c, q.w8)
	default:
		q.tables = tabulate(c, q.w16)
	}
	return q
}

// round rounds the weights of output o, whose sums reach so far, for inputs of at most so many
// units.
func (q *integers) round(c *conv, o int, reach, most float64, bits int) {
	largest := 0.0
	each := func(f func(in, ky, kx int, w float64)) {
		inputs := c.in.c / c.Groups
		first, b := o/(c.out.c/c.Groups)*inputs, c.layout.blockOf(o)
		for in := first; in < first+inputs; in++ {
			for ky := range c.Kernel[0] {
				for kx := range c.Kernel[1] {
					at := c.layout.row(b, in, ky, kx) + o - b.from
					f(in, ky, kx, float64(q.unit*c.weight.Value[at]))
				}
			}
		}
	}
	each(func(_, _, _ int, w float64) { largest = max(largest, math.Abs(w)) })
	end := float64(int(1)<<(bits-1) - 1)
	scale := max(largest/end, largest*most/math.MaxInt16, reach/math.MaxInt16)
	if !(largest > 0) {
		return
	}
	q.scale[o] = float32(scale)
	b := q.layout.blockOf(o)
	each(func(in, ky, kx int, w float64) {
		at := q.layout.row(b, in, ky, kx) + o - b.from
		if w = math.Round(w / scale); bits == 8 {
			q.w8[at] = int8(w)
		} else {
			q.w16[at] = int16(w)
		}
	})
}

// widen makes the outputs of a part of its sums.
func (q *integers) widen(t *part, sums []int16) {
	kernel.Widen(t.y, sums, q.scale[t.o.from:][:t.o.width])
}

// addIntegers makes the outputs of a part, of so many elements an image, of integers, by lists.
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

// addSegment adds what segment i of a row of the kernel, whose weights are w, makes of one block of
// input channels of the images of a part.
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
