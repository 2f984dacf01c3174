package snn

import "ssnn/internal/kernel"

// The forward pass of a convolution takes some images at a time: first it lists their active inputs, then it makes each block
// of output channels of a few images, one block of weights after the other, which so are read once for all of them.
const (
	listRoom  = 1 << 21 // entries of the lists of the images of a pass
	blockRoom = 1 << 16 // outputs of a task, 256 KiB: with a block of weights they stay in the second-level cache
)

// forward returns the convolution of x, [T][B][H][W][outputs].
func (c *conv) forward(x *activation) []float32 {
	c.x = x
	c.images = x.images()
	size := c.out.pixels() * c.outputs
	c.y = grow(c.y, x.T*x.B*size)
	if x.scale == nil {
		c.z = c.y
	} else {
		c.z = grow(c.z, x.B*size)
	}
	atOnce := min(c.images, max(1, listRoom/(c.in.pixels()*c.in.c)))
	for len(c.ws.rows) < atOnce {
		c.ws.rows = append(c.ws.rows, kernel.RowLists{})
	}
	for c.first = 0; c.first < c.images; c.first += c.count {
		c.count = min(atOnce, c.images-c.first)
		c.ws.pool.Run(c.count, c.tasks.lists)
		c.group = max(1, min(blockRoom/(c.out.pixels()*c.outBlocks[0].width), c.count*len(c.outBlocks)/(4*len(c.ws.threads))))
		c.ws.pool.Run((c.count+c.group-1)/c.group*len(c.outBlocks), c.tasks.forward)
	}
	if x.scale != nil {
		c.ws.pool.Run(x.T*x.B, c.tasks.spread)
	}
	return c.y
}

// listImage lists the active inputs of image i of the pass.
func (c *conv) listImage(_, i int) {
	x, lists := c.x, &c.ws.rows[i]
	lists.Border = c.border()
	if x.spikes != nil {
		lists.Spikes(x.spikeImage(c.first+i), c.in.h, c.in.w, c.in.c)
	} else {
		lists.Reals(x.realImage(c.first+i), c.in.h, c.in.w, c.in.c, x.stride)
	}
}

// forwardBlock makes one block of output channels of a group of images.
func (c *conv) forwardBlock(worker, item int) {
	o := c.outBlocks[item%len(c.outBlocks)]
	first := item / len(c.outBlocks) * c.group
	last := min(first+c.group, c.count)
	size := c.out.pixels() * o.width
	var y []float32 // [images][H][W][width]
	if len(c.outBlocks) == 1 {
		y = c.z[(c.first+first)*size : (c.first+last)*size]
	} else {
		th := &c.ws.threads[worker]
		th.scratch = grow(th.scratch, (last-first)*size)
		y = th.scratch
	}
	clear(y)
	for b := range c.inBlocks() {
		for ky := range c.k {
			at := c.weightRow(o, b*c.block, ky, 0)
			w := c.weight.Value[at : at+c.k*c.block*o.width]
			for n := first; n < last; n++ {
				c.forwardRows(y[(n-first)*size:(n-first+1)*size], w, &c.ws.rows[n], o, b, ky)
			}
		}
	}
	if len(c.outBlocks) > 1 || c.bias != nil && c.x.scale == nil {
		c.store(y, o, c.first+first)
	}
}

// forwardRows adds what one row of the kernel with weights w makes of one block of input channels to one block of output channels
// of an image.
func (c *conv) forwardRows(y, w []float32, lists *kernel.RowLists, o outBlock, block, ky int) {
	r := kernel.Row{
		Pixels: c.out.w, Pitch: o.width, Width: o.width,
		Taps: c.k, Step: c.stride, Block: lists.Block,
	}
	for row := range c.out.h {
		iy := row*c.stride + ky - c.border()
		if iy < 0 || iy >= c.in.h {
			continue
		}
		dst := y[row*c.out.w*o.width : (row+1)*c.out.w*o.width]
		starts := lists.Row(block, iy)
		if c.x.spikes != nil {
			kernel.SpikeConvRow(r, dst, w, lists.Index, starts)
		} else {
			kernel.RealConvRow(r, dst, w, lists.Index, lists.Value, starts)
		}
	}
}

// store writes a block of the output of some images to its place, with its bias.
func (c *conv) store(y []float32, o outBlock, first int) {
	z := c.z[first*c.out.pixels()*c.outputs+o.from:]
	for p := range len(y) / o.width {
		dst, src := z[p*c.outputs:][:o.width], y[p*o.width:][:o.width]
		if c.bias == nil || c.x.scale != nil {
			copy(dst, src)
			continue
		}
		for i, b := range c.bias.Value[o.from:][:o.width] {
			dst[i] = src[i] + b
		}
	}
}

// spreadImage writes image n of y, which is that of z at the strength of its timestep, and the bias.
func (c *conv) spreadImage(_, n int) {
	size := c.out.pixels() * c.outputs
	y, z, scale := c.y[n*size:(n+1)*size], c.z[n%c.x.B*size:][:size], c.x.scale[n]
	if c.bias == nil {
		kernel.ScaleTo(y, z, scale)
		return
	}
	for i := 0; i < len(z); i += c.outputs {
		for o, b := range c.bias.Value {
			y[i+o] = float32(scale*z[i+o]) + b
		}
	}
}
