package snn

import "ssnn/internal/kernel"

// The input gradient is a dense convolution of the padded output gradient with the weights turned by 180 degrees: a
// product of matrices for each row of pixels and row of the kernel.
const (
	panel      = 32 // input channels that are made together
	rowsAtOnce = 64 // pixels of a task of a 1x1 convolution, whose images are one long row
)

// panelWidth is the width of panel number i.
func (c *conv) panelWidth(i int) int { return min(panel, kernel.Pad(c.in.c)-i*panel) }

// prepareInput turns the weights and makes room for the gradient of the input, [images][H][W][C padded].
func (c *conv) prepareInput() []float32 {
	at := c.ws.start()
	inputs := kernel.Pad(c.in.c)
	c.ws.turned = grow(c.ws.turned, inputs*c.k*c.k*c.outputs)
	c.ws.pool.Run((inputs+panel-1)/panel, c.tasks.turn)
	if c.tiles != nil {
		c.tiles.prepare()
	}
	c.ws.stop(at, c.weight.Name, "turned weights", 0, 2*len(c.weight.Value), 0)
	c.dx = c.ws.take(c.images * c.in.pixels() * inputs)
	return c.dx
}

// inputGradients makes the gradients of the inputs of the group.
func (c *conv) inputGradients() {
	switch {
	case c.tiles != nil:
		c.tiles.inputGradients()
	case c.border() == 0:
		c.ws.pool.Run((c.group.count*c.in.pixels()+rowsAtOnce-1)/rowsAtOnce, c.tasks.inputs)
	default:
		c.ws.pool.Run(c.group.count, c.tasks.inputs)
	}
}

// turn writes one panel of the weights for the input gradient, [panel][ky][out block][kx][channel of the block][width], taps in
// reverse.
func (c *conv) turn(_, i int) {
	width := c.panelWidth(i)
	first := i * panel
	count := min(width, c.in.c-first)
	turned := c.ws.turned[first*c.k*c.k*c.outputs:]
	for ky := c.k - 1; ky >= 0; ky-- {
		for _, o := range c.outBlocks {
			for kx := c.k - 1; kx >= 0; kx-- {
				for in := range count {
					row := c.weight.Value[c.weightRow(o, first+in, ky, kx):][:o.width]
					for j, w := range row {
						turned[j*width+in] = w
					}
				}
				for in := count; in < width; in++ {
					for j := range o.width {
						turned[j*width+in] = 0
					}
				}
				turned = turned[o.width*width:]
			}
		}
	}
}

// turnedAt is where the turned weights of panel i for row ky of the kernel and a block of output channels begin.
func (c *conv) turnedAt(i, ky int, o outBlock) int {
	return (i*panel*c.outputs*c.k + (ky*c.outputs+o.from)*c.panelWidth(i)) * c.k
}

// inputGradient makes the input gradient of image item of the group, or, without padding, of that run of its pixels.
func (c *conv) inputGradient(_, item int) {
	inputs := kernel.Pad(c.in.c)
	n := c.group.first + item
	if c.border() == 0 {
		first := item * rowsAtOnce
		count := min(rowsAtOnce, c.group.count*c.in.pixels()-first)
		dx := c.dx[(c.group.first*c.in.pixels()+first)*inputs:]
		for i := 0; i*panel < inputs; i++ {
			for _, o := range c.outBlocks {
				pw := c.panelWidth(i)
				b := c.ws.turned[c.turnedAt(i, 0, o):][:o.width*pw]
				kernel.Gemm(dx[i*panel:], inputs, c.gradientBlock(o, c.group.first)[first*o.width:], o.width, b, count, o.width, pw, o.from == 0)
			}
		}
		return
	}
	_, width := c.paddedSize()
	dx := c.dx[n*c.in.pixels()*inputs : (n+1)*c.in.pixels()*inputs]
	for i := 0; i*panel < inputs; i++ {
		pw := c.panelWidth(i)
		for _, o := range c.outBlocks {
			g := c.gradientBlock(o, n)
			k := c.k * o.width
			for ky := range c.k {
				b := c.ws.turned[c.turnedAt(i, ky, o):][:k*pw]
				for y := range c.in.h {
					kernel.Gemm(dx[y*c.in.w*inputs+i*panel:], inputs, g[(y+ky)*width*o.width:], o.width, b, c.in.w, k, pw, o.from == 0 && ky == 0)
				}
			}
		}
	}
}
