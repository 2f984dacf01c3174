package snn

import "ssnn/internal/kernel"

// The gradient of a weight is the sum of the output gradients at the positions where its input channel is active. The images are
// taken a few at a time, so that one block of their output gradients stays in the second-level cache for all channels.
const gradientRoom = 1 << 16 // elements of that block

// addWeightGradients adds the gradients of all weights over the images of the group.
func (c *conv) addWeightGradients() {
	height, width := c.paddedSize()
	atOnce := max(1, gradientRoom/(height*width*c.outBlocks[0].width))
	groups := c.groups()
	for done := 0; done < c.group.count; done += c.some.count {
		c.some = run{c.group.first + done, min(atOnce, c.group.count-done)}
		c.ws.channels.Reset(c.in.c, c.some.count*c.in.pixels())
		c.ws.pool.Run(groups, c.tasks.channelLists)
		if c.dense() {
			c.ws.pool.Run(groups, c.tasks.written)
			c.ws.pool.Run(groups*len(c.outBlocks), c.tasks.denseWeights)
		} else {
			c.ws.pool.Run(groups*len(c.outBlocks), c.tasks.weights)
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

// shift is how much further than an input pixel, counted in the padded gradient, the output lies that it has met tap (ky, kx) for: pixel
// (y, x) has for the output at (y+border-ky, x+border-kx), which lies another border further there.
func (c *conv) shift(ky, kx int) int {
	_, width := c.paddedSize()
	return (c.k-1-ky)*width + c.k - 1 - kx
}

// weightGradients adds the gradients of the weights between one group of input channels and one block of output channels over
// the images of the pass.
func (c *conv) weightGradients(_, item int) {
	o := c.outBlocks[item/c.groups()]
	first, last := c.channels(item % c.groups())
	g := c.gradientBlock(o, c.some.first)
	for channel := first; channel < last; channel++ {
		positions, values := c.ws.channels.Channel(channel)
		if len(positions) == 0 {
			continue
		}
		for ky := range c.k {
			for kx := range c.k {
				at := c.weightRow(o, channel, ky, kx)
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
