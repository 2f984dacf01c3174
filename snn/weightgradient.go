package snn

import "ssnn/internal/kernel"

// The gradient of a weight is the sum of the output gradients at the positions where its input channel is active. The images are
// taken a few at a time, so that one block of their output gradients stays in the second-level cache for all channels.
const gradientRoom = 1 << 16 // elements of that block

// addWeightGradients adds the gradients of all weights over the images of the group.
func (c *conv) addWeightGradients() {
	height, width := c.paddedSize()
	atOnce := max(1, gradientRoom/(height*width*c.layout.outs[0].width))
	groups := c.groups()
	for done := 0; done < c.group.count; done += c.some.count {
		c.some = run{c.group.first + done, min(atOnce, c.group.count-done)}
		c.ws.channels.Reset(c.in.c, c.some.count*c.in.pixels())
		c.ws.pool.Run(groups, c.tasks.channelLists)
		if c.dense() {
			c.ws.pool.Run(groups, c.tasks.written)
			c.ws.pool.Run(groups*len(c.layout.outs), c.tasks.denseWeights)
		} else {
			c.ws.pool.Run(groups*len(c.layout.outs), c.tasks.weights)
		}
	}
}

// groupChannels is the number of input channels of a task: a word of spikes, or fewer where that would leave threads without
// work.
func (c *conv) groupChannels() int {
	switch in := c.in.c; {
	case in >= 64:
		return 16
	case in >= 32:
		return 8
	case in >= 16:
		return 4
	default:
		return (in + 3) / 4
	}
}

func (c *conv) groups() int {
	g := c.groupChannels()
	return (c.in.c + g - 1) / g
}

// channels is the range of input channels of a group.
func (c *conv) channels(group int) (first, last int) {
	first = group * c.groupChannels()
	return first, min(first+c.groupChannels(), c.in.c)
}

// listChannels lists where the input channels of one group are active in the images of the pass.
func (c *conv) listChannels(_, group int) {
	first, last := c.channels(group)
	height, width := c.paddedSize()
	for i := range c.some.count {
		g := kernel.Grid{Base: i * height * width, Row: width}
		if x := c.x; x.spikes != nil {
			c.ws.channels.Spikes(x.spikeImage(c.some.first+i), c.in.h, c.in.w, x.words(), first, last, g)
		} else {
			c.ws.channels.Reals(x.realImage(c.some.first+i), c.in.h, c.in.w, x.stride, first, last, g)
		}
	}
}

// seen is the range of input channels of a group that a block of outputs has weights for.
func (c *conv) seen(o outBlock, group int) (first, last int) {
	first, last = c.channels(group)
	from, to := c.layout.inputs(o)
	return max(first, from), min(last, to)
}

// shift is how much further than an input pixel, counted in the padded gradient, the output lies that it has met tap (ky, kx) for. The
// output at (y+padding-ky, x+padding-kx), of a dilation times as far, lies by what is before the outputs further there.
func (c *conv) shift(ky, kx int) int {
	_, width := c.paddedSize()
	return (c.Padding[0]-ky*c.Dilation[0]+c.before(0))*width + c.Padding[1] - kx*c.Dilation[1] + c.before(1)
}

// weightGradients adds the gradients of the weights between one group of input channels and one block of output channels over
// the images of the pass.
func (c *conv) weightGradients(_, item int) {
	o := c.layout.outs[item/c.groups()]
	first, last := c.seen(o, item%c.groups())
	g := c.gradientBlock(o, c.some.first)
	for channel := first; channel < last; channel++ {
		positions, values := c.ws.channels.Channel(channel)
		if len(positions) == 0 {
			continue
		}
		for ky := range c.Kernel[0] {
			for kx := range c.Kernel[1] {
				at := c.layout.row(o, channel, ky, kx)
				acc, rows := c.weight.Gradient[at:at+o.width], g[c.shift(ky, kx)*o.width:]
				if c.x.spikes != nil {
					kernel.SumRows(acc, rows, positions)
				} else {
					kernel.SumScaledRows(acc, rows, positions, values)
				}
			}
		}
	}
}
