package snn

import "ssnn/internal/kernel"

// The input gradient is a dense convolution of the padded output gradient with the weights turned
// by 180 degrees: a product of matrices for each row of pixels and row of the kernel.
const (
	panel      = 32 // input channels that one product of matrices computes
	rowsAtOnce = 64 // pixels of a task of a 1x1 convolution, whose images are one long row
)

// panelWidth is the number of input channels of panel i.
func (c *convBackward) panelWidth(i int) int { return min(panel, kernel.Pad(c.in.c)-i*panel) }

// prepareInput turns the weights and makes room for the gradient of the input,
// [images][H][W][C padded].
func (c *convBackward) prepareInput(p pass) []float32 {
	at := p.start()
	inputs := kernel.Pad(c.in.c)
	c.ws.turned = grow(c.ws.turned, inputs*c.taps()*c.outputs)
	c.ws.pool.Run((inputs+panel-1)/panel, c.tasks.turn)
	if c.tiles != nil {
		c.tiles.prepare()
	}
	p.stop(at, c.weight.Name, "turned weights", 0, 2*len(c.weight.Value), 0)
	c.dx = c.ws.take(c.images * c.in.pixels() * inputs)
	return c.dx
}

// inputGradients writes the input gradients of the images of the group.
func (c *convBackward) inputGradients() {
	switch {
	case c.tiles != nil:
		c.tiles.inputGradients()
	case c.isPointwise():
		rows := c.group.count * c.in.pixels()
		c.ws.pool.Run((rows+rowsAtOnce-1)/rowsAtOnce, c.tasks.inputs)
	default:
		c.ws.pool.Run(c.group.count, c.tasks.inputs)
	}
}

// turn writes one panel of the weights for the input gradient, with the taps in reverse:
// [panel][ky][out block][kx][channel of the block][width].
func (c *convBackward) turn(_, i int) {
	width := c.panelWidth(i)
	first := i * panel
	count := min(width, c.in.c-first)
	turned := c.ws.turned[first*c.taps()*c.outputs:]
	for ky := c.Kernel[0] - 1; ky >= 0; ky-- {
		for _, o := range c.layout.outs {
			from, to := c.layout.inputs(o)
			for kx := c.Kernel[1] - 1; kx >= 0; kx-- {
				for in := range width {
					if in >= count || first+in < from || first+in >= to {
						for j := range o.width {
							turned[j*width+in] = 0
						}
						continue
					}
					row := c.weight.Value[c.layout.row(o, first+in, ky, kx):][:o.width]
					for j, w := range row {
						turned[j*width+in] = w
					}
				}
				turned = turned[o.width*width:]
			}
		}
	}
}

// turnedAt is the element at which the turned weights of panel i begin, for row ky of the kernel
// and a block of output channels.
func (c *convBackward) turnedAt(i, ky int, o outBlock) int {
	return (i*panel*c.outputs*c.Kernel[0] + (ky*c.outputs+o.from)*c.panelWidth(i)) * c.Kernel[1]
}

// inputGradient writes the input gradient of one image of the group or, if windows are one pixel,
// of a run of the group's pixels.
func (c *convBackward) inputGradient(_, item int) {
	if c.isPointwise() {
		c.pointGradient(item)
		return
	}
	inputs := kernel.Pad(c.in.c)
	at := c.group.first + item
	dx := c.dx[c.group.images.at(at)*c.in.pixels()*inputs:][:c.in.pixels()*inputs]
	for i := 0; i*panel < inputs; i++ {
		fresh := true
		for _, o := range c.layout.outs {
			if !c.meets(i, o) {
				continue
			}
			for ky := range c.Kernel[0] {
				c.rowGradient(dx[i*panel:], i, o, at, ky, fresh)
				fresh = false
			}
		}
	}
}

// rowGradient adds to dx, panel i of the input gradient of image n, the products of row ky of the
// turned kernel with the output gradient of block o. With fresh it overwrites dx instead.
func (c *convBackward) rowGradient(dx []float32, i int, o outBlock, n, ky int, fresh bool) {
	inputs, pw, g := kernel.Pad(c.in.c), c.panelWidth(i), c.group.block(o, n)
	top, left := max(0, c.Padding[0]-c.reach(0)), max(0, c.Padding[1]-c.reach(1))
	// The taps of a row lie side by side in the padded gradient. With a dilation they do not, and
	// are taken one by one.
	runs, k := 1, c.Kernel[1]*o.width
	if c.Dilation[1] > 1 {
		runs, k = c.Kernel[1], o.width
	}
	for run := range runs {
		b := c.ws.turned[c.turnedAt(i, ky, o)+run*k*pw:][:k*pw]
		for y := range c.in.h {
			at := (y+top+ky*c.Dilation[0])*c.group.width + left + run*c.Dilation[1]
			a, dst := g[at*o.width:], dx[y*c.in.w*inputs:]
			kernel.Gemm(dst, inputs, a, o.width, b, c.in.w, k, pw, fresh && run == 0)
		}
	}
}

// pointGradient writes the input gradient of a run of pixels of the group.
func (c *convBackward) pointGradient(item int) {
	inputs := kernel.Pad(c.in.c)
	pixels, images := c.in.pixels(), c.group.images
	first := item * rowsAtOnce
	last := min(first+rowsAtOnce, c.group.count*pixels)
	for first < last { // in runs of pixels that lie side by side in dx
		at := c.group.first + first/pixels
		count := min(last-first, images.together(at)*pixels-first%pixels)
		c.pointRows(c.dx[(images.at(at)*pixels+first%pixels)*inputs:], first, count)
		first += count
	}
}

// pointRows is pointGradient for pixels that lie side by side.
func (c *convBackward) pointRows(dx []float32, first, count int) {
	inputs := kernel.Pad(c.in.c)
	for i := 0; i*panel < inputs; i++ {
		fresh := true
		for _, o := range c.layout.outs {
			if !c.meets(i, o) {
				continue
			}
			pw := c.panelWidth(i)
			b := c.ws.turned[c.turnedAt(i, 0, o):][:o.width*pw]
			a := c.group.block(o, c.group.first)[first*o.width:]
			kernel.Gemm(dx[i*panel:], inputs, a, o.width, b, count, o.width, pw, fresh)
			fresh = false
		}
	}
}

// meets says whether a block of outputs has weights for input channels of panel i.
func (c *convBackward) meets(i int, o outBlock) bool {
	from, to := c.layout.inputs(o)
	return from < i*panel+panel && to > i*panel
}
