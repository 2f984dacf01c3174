package snn

import "ssnn/internal/kernel"

// The gradient of a weight is the sum of the output gradients at the positions where its input
// channel is active. The images are taken a few at a time, so that one block of their output
// gradients stays in the second-level cache for all channels.
const gradientRoom = 1 << 16 // most elements of that block, 256 KiB

// addWeightGradients adds the gradients of all weights over the images of the group.
func (c *convBackward) addWeightGradients() {
	atOnce := max(1, gradientRoom/(c.group.pixels()*c.layout.outs[0].width))
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

// groupChannels is the number of input channels of a task: the 16 of a word of spikes, or fewer if
// that would leave threads without work.
func (c *convBackward) groupChannels() int {
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

func (c *convBackward) groups() int {
	g := c.groupChannels()
	return (c.in.c + g - 1) / g
}

// channels is the range of input channels of a group, first to last-1.
func (c *convBackward) channels(group int) (first, last int) {
	first = group * c.groupChannels()
	return first, min(first+c.groupChannels(), c.in.c)
}

// listChannels lists the positions at which the input channels of one group are active, in the
// images c.some.
func (c *convBackward) listChannels(_, group int) {
	first, last := c.channels(group)
	for i := range c.some.count {
		g := kernel.Grid{Base: i * c.group.pixels(), Row: c.group.width}
		if x := c.x; x.spikes != nil {
			image := x.spikeImage(c.group.images.at(c.some.first + i))
			c.ws.channels.Spikes(image, c.in.h, c.in.w, x.words(), first, last, g)
		} else {
			image := x.realImage(c.group.images.at(c.some.first + i))
			c.ws.channels.Reals(image, c.in.h, c.in.w, x.stride, first, last, g)
		}
	}
}

// seen is the range of input channels of a group that a block of outputs has weights for.
func (c *convBackward) seen(o outBlock, group int) (first, last int) {
	first, last = c.channels(group)
	from, to := c.layout.inputs(o)
	return max(first, from), min(last, to)
}

// shift is the distance, in pixels of the padded gradient, from the position (y, x) of an input
// pixel to the output that reads it through tap (ky, kx). That output is (y+padding-ky*dilation,
// x+padding-kx*dilation), and the zeros before the outputs move it by (top, left).
func (c *convBackward) shift(ky, kx int) int {
	down := c.Padding[0] - ky*c.Dilation[0] + c.group.top
	return down*c.group.width + c.Padding[1] - kx*c.Dilation[1] + c.group.left
}

// weightGradients adds the gradients of the weights between one group of input channels and one
// block of output channels, over the images c.some.
func (c *convBackward) weightGradients(_, item int) {
	o := c.layout.outs[item/c.groups()]
	first, last := c.seen(o, item%c.groups())
	g := c.group.block(o, c.some.first)
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

// dense says whether the input channels of the images c.some are too dense for lists, and if so
// makes room to write them out, [channel][position in the padded gradient].
func (c *convBackward) dense() bool {
	lists := &c.ws.channels
	inputs := c.in.c * c.some.count * c.in.pixels()
	if c.x.spikes != nil || float64(lists.Entries()) <= crossover*float64(inputs) {
		return false
	}
	c.ws.written = grow(c.ws.written, c.in.c*c.positions())
	return true
}

// positions is the number of positions that an input pixel can have in the padded gradient.
func (c *convBackward) positions() int {
	return c.some.count*c.group.pixels() - c.shift(0, 0)
}

// writeChannels writes out one group of input channels.
func (c *convBackward) writeChannels(_, group int) {
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

// denseGradients does what weightGradients does, for channels that are written out.
func (c *convBackward) denseGradients(_, item int) {
	o := c.layout.outs[item/c.groups()]
	first, last := c.seen(o, item%c.groups())
	if first >= last {
		return
	}
	n := c.positions()
	g := c.group.block(o, c.some.first)
	for ky := range c.Kernel[0] {
		for kx := range c.Kernel[1] {
			at := c.layout.row(o, first, ky, kx)
			w, shifted := c.weight.Gradient[at:], g[c.shift(ky, kx)*o.width:]
			x := c.ws.written[first*n:]
			kernel.Gemm(w, o.width, x, n, shifted, last-first, n, o.width, false)
		}
	}
}
