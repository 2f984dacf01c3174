package snn

import "ssnn/internal/kernel"

// list lists the active inputs of the images of the pass and orders the windows of each block of input channels.
func (c *conv) list() {
	s, ws := &c.split, c.ws
	for len(ws.lists) < s.count {
		ws.lists = append(ws.lists, kernel.RowLists{})
	}
	for len(ws.dense) < s.count*s.steps {
		ws.dense = append(ws.dense, nil)
	}
	for i := range s.count {
		l := &ws.lists[i]
		l.Border, l.Most, l.Reals, l.Unit = c.Padding[1], c.layout.block, c.x.spikes == nil, 0
		if c.counted {
			l.Most = c.integers.layout.block
			if l.Reals {
				l.Unit = c.integers.unit
			}
		}
		l.Reset(s.steps, c.in.h, c.in.w, c.in.c)
	}
	for len(ws.windows) < s.count*c.listBlocks() {
		ws.windows = append(ws.windows, kernel.Windows{})
	}
	for i := range ws.threads {
		ws.threads[i].sorting.Reserve(&ws.lists[0], s.bands)
	}
	if c.x.spikes == nil {
		ws.pool.Run(s.count*s.steps, c.tasks.lists)
	}
	ws.pool.Run(s.count*c.listBlocks(), c.tasks.windows)
}

// listBlocks is the number of blocks of input channels of the lists.
func (c *conv) listBlocks() int {
	if c.counted {
		return c.integers.layout.blocks
	}
	return c.layout.blocks
}

// listReals lists the active inputs of image i of the pass, or takes it as a dense one.
func (c *conv) listReals(_, i int) {
	x, l, image := c.x, &c.ws.lists[i%c.split.count], i/c.split.count
	n := image*x.B + c.split.first + i%c.split.count
	for block := range c.listBlocks() {
		l.AddReals(image, block, x.realImage(n), x.stride)
	}
	dense := &c.ws.dense[i]
	*dense = (*dense)[:0]
	if c.counted {
		return
	}
	if c.ws.frozen {
		*dense = grow(*dense, c.paddedInput())[:0] // room for when it will be dense
	}
	if float64(l.Entries(image)) > crossover*float64(c.in.pixels()*c.in.c) {
		*dense = grow(*dense, c.paddedInput())
		c.padImage(*dense, x.realImage(n), x.stride)
		l.Clear(image)
	}
}

// sortWindows orders the windows of a sample and block of input channels. Spikes, which are never dense, are listed here.
func (c *conv) sortWindows(worker, i int) {
	sample, block := i/c.listBlocks(), i%c.listBlocks()
	l := &c.ws.lists[sample]
	if x := c.x; x.spikes != nil {
		for image := range c.split.steps {
			l.AddSpikes(image, block, x.spikeImage(image*x.B+c.split.first+sample))
			if block == 0 {
				n := image*c.split.count + sample
				c.ws.dense[n] = c.ws.dense[n][:0]
			}
		}
	}
	c.ws.windows[i].Sort(l, block, c.split.bands, &c.ws.threads[worker].sorting)
}

// windows are those of a block of input channels and a segment of a row of the kernel in sample i of a part. The last sample's pass asks for the weights ahead.
func (c *conv) windows(t *part, i, block, ky, segment int, ahead []byte) kernel.Pass {
	sample := t.first + i
	if i < t.count-1 {
		ahead = nil
	}
	return kernel.Pass{
		Lists: &c.ws.lists[sample], Windows: &c.ws.windows[sample*c.listBlocks()+block],
		Band: t.band, Ky: ky, Segment: segment, Width: t.o.width, Ahead: ahead,
	}
}
