package snn

import "ssnn/internal/kernel"

// crossover is the density of real inputs above which the product of matrices is faster than lists. Where it lies, see
// docs/performance.md. A temporal transformer's output is that dense in a network that was not trained yet.
const crossover = 0.5

// padImage writes an image of real inputs with zeros around it, [H+2*padding][W+2*padding][C padded].
func (c *conv) padImage(dst, x []float32, stride int) {
	width, C := c.in.w+2*c.Padding[1], kernel.Pad(c.in.c)
	clear(dst)
	for y := range c.in.h {
		for p := range c.in.w {
			at := ((y+c.Padding[0])*width + p + c.Padding[1]) * C
			copy(dst[at:at+c.in.c], x[(y*c.in.w+p)*stride:])
		}
	}
}

// paddedInput is the number of elements of such an image.
func (c *conv) paddedInput() int {
	return (c.in.h + 2*c.Padding[0]) * (c.in.w + 2*c.Padding[1]) * kernel.Pad(c.in.c)
}

// forwardDense adds to rows of so many outputs, pitch apart, what a row of the kernel makes of a
// padded image.
func (c *conv) forwardDense(y []float32, pitch int, w, image []float32, t *part, width, block, ky int) {
	line, C := c.in.w+2*c.Padding[1], kernel.Pad(c.in.c)
	first := block * c.layout.block
	k := min(c.layout.block, c.in.c-first)
	for row := t.top; row < t.bottom; row++ {
		dst := y[(row-t.top)*pitch:]
		for kx := range c.Kernel[1] {
			a := image[((row*c.Stride[0]+ky*c.Dilation[0])*line+kx*c.Dilation[1])*C+first:]
			kernel.Gemm(dst, width, a, c.Stride[1]*C, w[kx*c.layout.block*width:], c.out.w, k, width, false)
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
	o := c.layout.outs[item/c.groups()]
	first, last := c.seen(o, item%c.groups())
	if first >= last {
		return
	}
	n := c.positions()
	g := c.gradientBlock(o, c.some.first)
	for ky := range c.Kernel[0] {
		for kx := range c.Kernel[1] {
			at := c.layout.row(o, first, ky, kx)
			kernel.Gemm(c.weight.Gradient[at:], o.width, c.ws.written[first*n:], n, g[c.shift(ky, kx)*o.width:], last-first, n, o.width, false)
		}
	}
}
