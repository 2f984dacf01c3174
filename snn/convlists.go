package snn

import "ssnn/internal/kernel"

// listing computes sums by lists: it lists the active inputs of each output and adds up their
// weights. Images of reals that are too dense for lists are multiplied, see convdense.go.
type listing struct{ *convForward }

func (c *listing) room() (row, most int, several bool) {
	return c.split.steps * c.out.w * c.layout.outs[0].width, blockRoom, true
}

// prepare lists the active inputs of the images of the split and orders the windows of each block
// of input channels.
func (c *listing) prepare(p pass) bool {
	at := p.start()
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
	reals, words := c.inputSize(s.count * s.steps)
	p.stop(at, c.weight.Name, "lists", 0, reals, words)
	return true
}

// listBlocks is the number of blocks of input channels that the lists are divided into.
func (c *listing) listBlocks() int {
	if c.counted {
		return c.integers.layout.blocks
	}
	return c.layout.blocks
}

// listReals lists the active inputs of image i of the split, or pads the image if it is too dense
// for lists.
func (c *listing) listReals(_, i int) {
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
		*dense = grow(*dense, c.paddedInput())[:0] // room for a later pass in which it is dense
	}
	if float64(l.Entries(image)) > crossover*float64(c.in.pixels()*c.in.c) {
		*dense = grow(*dense, c.paddedInput())
		c.padImage(*dense, x.realImage(n), x.stride)
		l.Clear(image)
	}
}

// sortWindows orders the windows of a sample and block of input channels. It also lists the inputs
// that are spikes, which are never taken for dense.
func (c *listing) sortWindows(worker, i int) {
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

// windows are the windows of sample i of a part, for a block of input channels and a segment of row
// ky of the kernel. With the last sample the kernel prefetches the weights ahead.
func (c *listing) windows(t *part, i, block, ky, segment int, ahead []byte) kernel.Pass {
	sample := t.first + i
	if i < t.count-1 {
		ahead = nil
	}
	return kernel.Pass{
		Lists: &c.ws.lists[sample], Windows: &c.ws.windows[sample*c.listBlocks()+block],
		Band: t.band, Ky: ky, Segment: segment, Width: t.o.width, Ahead: ahead,
	}
}

// part computes a part by lists.
func (c *listing) part(t part, th *thread) {
	if size := c.outputsOf(&t, th); c.counted {
		c.addIntegers(&t, th, size)
	} else {
		c.addFloats(&t, size)
		c.scaleRounded(&t, t.y)
	}
	c.finish(&t, th)
}

// addFloats computes the outputs of a part in float32s. An image of the part has size outputs.
func (c *listing) addFloats(t *part, size int) {
	clear(t.y)
	l, weights := &c.layout, c.weights()
	for b := t.o.first; b < t.o.first+t.o.count; b++ {
		for ky := range c.Kernel[0] {
			w := weights[l.row(t.o, b*l.block, ky, 0):]
			for i := range c.split.steps * t.count {
				if image := c.ws.dense[c.split.image(t, i)]; len(image) > 0 {
					y := t.y[i*size : (i+1)*size]
					c.forwardDense(y, c.out.w*t.o.width, w, image, t, t.o.width, b, ky)
				}
			}
			for i := range c.split.bands.Across.Segments(l.block) {
				c.addSegment(t, size, w, b, ky, i)
			}
		}
	}
}

// addSegment adds to the outputs of a part the weights w of segment i of row ky of the kernel, for
// one block of input channels, over the active inputs.
func (c *listing) addSegment(t *part, size int, w []float32, block, ky, i int) {
	w, ahead := segment(&c.layout, w, t.o.width, i)
	kernel.Fetch(w)
	for n := range t.count {
		if p := c.windows(t, n, block, ky, i, kernel.Bytes(ahead)); c.x.spikes != nil {
			kernel.SpikeConv(p, t.y[n*size:], w)
		} else {
			kernel.RealConv(p, t.y[n*size:], w)
		}
	}
}
