package snn

import "ssnn/internal/kernel"

// crossover is the density of real inputs above which the product of matrices is faster than lists. Where it lies, see
// docs/performance.md. A temporal transformer's output is that dense in a network that was not trained yet.
const crossover = 0.5

// padImage writes an image of real inputs with a border of zeros, [H+2*border][W+2*border][C padded].
func (c *conv) padImage(dst, x []float32, stride int) {
	width, C := c.in.w+2*c.border(), kernel.Pad(c.in.c)
	clear(dst)
	for y := range c.in.h {
		for p := range c.in.w {
			at := ((y+c.border())*width + p + c.border()) * C
			copy(dst[at:at+c.in.c], x[(y*c.in.w+p)*stride:])
		}
	}
}

// paddedInput is the number of elements of such an image.
func (c *conv) paddedInput() int {
	return (c.in.h + 2*c.border()) * (c.in.w + 2*c.border()) * kernel.Pad(c.in.c)
}

// forwardDense is forwardRows for a padded image.
func (c *conv) forwardDense(y, w, image []float32, t *part, block, ky int) {
	width, C := c.in.w+2*c.border(), kernel.Pad(c.in.c)
	k := min(c.block, c.in.c-block*c.block)
	for row := t.top; row < t.bottom; row++ {
		dst := y[(row-t.top)*c.out.w*t.o.width:]
		for kx := range c.k {
			a := image[((row*c.stride+ky)*width+kx)*C+block*c.block:]
			kernel.Gemm(dst, t.o.width, a, c.stride*C, w[kx*c.block*t.o.width:], c.out.w, k, t.o.width, false)
		}
	}
}

// dense says whether the input channels of the pass of the weight gradient are, and if so writes them out, [channel][position in the
// padded gradient].
func (c *conv) dense() bool {
	lists := &c.ws.channels
	if c.x.spikes != nil || float64(lists.Entries()) <= crossover*float64(c.in.c*c.some.count*c.in.pixels()) {
		return false
	}
	c.ws.written = grow(c.ws.written, c.in.c*c.positions())
	return true
}

// positions is the number of positions in the padded gradient that an input pixel of the pass can have.
func (c *conv) positions() int {
	height, width := c.paddedSize()
	return c.some.count*height*width - c.shift(0, 0)
}

// writeChannels writes out one group of input channels.
func (c *conv) writeChannels(_, group int) {
	n := c.positions()
	first, last := c.channels(group)
	clear(c.ws.written[first*n : last*n])
	for channel := first; channel < last; channel++ {
		positions, values := c.ws.channels.Channel(channel)
		row := c.ws.written[channel*n : (channel+1)*n]
		for i, p := range positions {
			row[p] = values[i]
		}
	}
}

// denseGradients is weightGradients for channels that are written out.
func (c *conv) denseGradients(_, item int) {
	o := c.outBlocks[item/c.groups()]
	first, last := c.channels(item % c.groups())
	n := c.positions()
	g := c.gradientBlock(o, c.some.first)
	for ky := range c.k {
		for kx := range c.k {
			at := c.weightRow(o, first, ky, kx)
			kernel.Gemm(c.weight.Gradient[at:], o.width, c.ws.written[first*n:], n, g[c.shift(ky, kx)*o.width:], last-first, n, o.width, false)
		}
	}
}
