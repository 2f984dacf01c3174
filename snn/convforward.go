package snn

import "ssnn/internal/kernel"

const (
	listRoom  = 1 << 21 // most entries of the lists of the samples that are taken at a time
	blockRoom = 1 << 17 // most outputs of a task, 512 KiB: they stay in the second-level cache
)

// convForward is the forward of a convolution. It takes some samples at a time, and prepares for
// them one way to compute the sums. Then each task computes a block of output channels of a band of
// rows, for some samples and all timesteps together. A task goes through the blocks of weights one
// after the other, so that each is read once for all its images.
type convForward struct {
	*conv
	way     way
	ways    struct{ listing, scattering, lookingUp way }
	bytes   *multiplying
	counted bool // sums are sums of integers
	rounded bool // weights are whole numbers in float32s, for frames, see integers.floats
	split   split

	tasks struct { // method values, made once because making one allocates
		part, spread          func(worker, item int)
		lists, windows, dense func(worker, item int)
		bytes                 func(worker, item int)
	}
}

// way is a way to compute the sums of a convolution: listing, see convlists.go, scattering, see
// convscatter.go, looking up, see convtables.go, or multiplying, see convproducts.go. All ways give
// the same bits, except where a sum of integers leaves its range before it is complete.
type way interface {
	// prepare makes the data that all parts of the split share. It returns false if this way cannot
	// compute the sums of these samples.
	prepare(p pass) bool
	// room returns the number of sums of a row of a part, the most sums that a part should have,
	// and whether a part may have several samples.
	room() (row, most int, several bool)
	// part computes the outputs of a part and hands them on.
	part(t part, th *thread)
}

func newConvForward(of *conv) *convForward {
	c := &convForward{conv: of}
	l, s, m := &listing{c}, &scattering{c}, &multiplying{convForward: c}
	c.bytes, c.tasks.bytes = m, m.makeBytes
	c.ways.listing, c.ways.scattering, c.ways.lookingUp = l, s, &lookingUp{l}
	c.tasks.part, c.tasks.spread = c.part, c.spreadImage
	c.tasks.lists, c.tasks.windows, c.tasks.dense = l.listReals, l.sortWindows, s.padDense
	return c
}

func (c *convForward) wayOf(p pass, x *activation) way {
	switch {
	case c.scatters(x) && !c.lists(p, x):
		return c.ways.scattering
	case c.counted && c.looksUp(x):
		return c.ways.lookingUp
	}
	return c.ways.listing
}

// forward returns the convolution of x, [T][B][H][W][outputs]. With a sink, which must be ready,
// see neurons.prepare, the outputs go to the sink as soon as they are made, and forward keeps and
// returns none.
func (c *conv) forward(p pass, x *activation, sink *neurons) []float32 {
	c.x = x
	c.images = x.images()
	c.free()
	if sink == nil {
		c.makeRoom(x)
	}
	c.fore.run(p, x, sink)
	p.count(c)
	return c.y
}

func (c *convForward) run(p pass, x *activation, sink *neurons) {
	if x.B == 0 {
		return
	}
	c.counted, c.rounded = c.countable(x, p.bits)
	if c.way = c.bytes; !c.counted && !c.rounded || !c.bytes.takes(p, x) {
		x.settle()
		c.way = c.wayOf(p, x)
	}
	s := &c.split
	s.steps, s.sink = c.images/x.B, sink
	for s.first = 0; s.first < x.B; s.first += s.count {
		s.count = min(c.atOnce(x), x.B-s.first)
		c.cut()
		if !c.way.prepare(p) {
			x.settle()
			c.way = c.wayOf(p, x)
			c.cut()
			c.way.prepare(p)
		}
		at := p.start()
		c.ws.pool.Run(s.count/s.samples*s.bands.Count()*len(c.layout.outs), c.tasks.part)
		images := s.count * s.steps
		reals, words := c.inputSize(images)
		elements := reals + len(c.weight.Value) + images*c.out.pixels()*c.outputs
		p.stop(at, c.weight.Name, "convolution", images*c.macs(), elements, words)
	}
	if x.scale != nil && sink == nil {
		c.ws.pool.Run(x.T*x.B, c.tasks.spread)
	}
}

// atOnce is the number of samples that are taken at a time.
func (c *convForward) atOnce(x *activation) int {
	return max(1, listRoom/(c.images/x.B*c.in.pixels()*c.in.c))
}

// split is the division of the work on some samples into tasks.
type split struct {
	steps        int // images of a sample: its timesteps, or 1 of a factored input
	first, count int // the samples first to first+count-1
	samples      int // samples of a task, a divisor of count
	bands        kernel.Bands
	sink         *neurons
}

// cut chooses the bands and the samples of a task: as large as fits the cache, and small enough to
// leave every thread some tasks.
func (c *convForward) cut() {
	s := &c.split
	row, room, several := c.way.room()
	rows := min(c.out.h, max(1, room/row))
	bands, threads := (c.out.h+rows-1)/rows, len(c.ws.threads)
	uneven := func(tasks int) bool { return tasks < 4*threads && tasks%threads != 0 }
	for uneven(bands*s.count*len(c.layout.outs)) && bands < c.out.h {
		bands++ // so that no thread waits for the last task of another
	}
	rows = (c.out.h + bands - 1) / bands
	s.samples = 1
	if bands == 1 && several {
		tasks := s.count * len(c.layout.outs) / (4 * threads)
		s.samples = min(s.count, max(1, min(room/(row*c.out.h), tasks)))
		for s.count%s.samples != 0 {
			s.samples--
		}
	}
	s.bands = kernel.Bands{
		Down: c.axis(0), Across: c.axis(1),
		Height: c.out.h, Width: c.out.w, Rows: rows, Apart: s.samples,
	}
}

// part is the part of the output that a task computes: a block of output channels of a band of rows
// of some samples, at all timesteps.
type part struct {
	o            outBlock
	band         int
	top, bottom  int       // the rows top to bottom-1
	first, count int       // samples; first counts within the split until finish adds split.first
	y            []float32 // [steps][count][rows][W][width]
}

// part is a task of forward.
func (c *convForward) part(worker, item int) {
	s := &c.split
	t := part{o: c.layout.outs[item%len(c.layout.outs)], count: s.samples}
	item /= len(c.layout.outs)
	t.band = item % s.bands.Count()
	t.top, t.bottom = s.bands.Band(t.band)
	t.first = item / s.bands.Count() * s.samples
	c.way.part(t, &c.ws.threads[worker])
}

// weights are the weights for sums of float32s.
func (c *convForward) weights() []float32 {
	if c.rounded {
		return c.integers.floats
	}
	return c.weight.Value
}

// scaleRounded turns the sums of a part, if they were made with rounded weights, into its outputs.
func (c *convForward) scaleRounded(t *part, sums []float32) {
	if c.rounded {
		scale := c.integers.scale[t.o.from:][:t.o.width]
		kernel.Affine(sums, sums, scale, noShift[:t.o.width], len(sums)/t.o.width)
	}
}

var noShift [4 * kernel.Lanes]float32

// outputsOf makes room for the outputs of a part, and returns their number in one image.
func (c *convForward) outputsOf(t *part, th *thread) (size int) {
	size = (t.bottom - t.top) * c.out.w * t.o.width
	th.scratch = grow(th.scratch, c.split.steps*t.count*size)
	t.y = th.scratch
	return size
}

// image is the number of image i of a part among the images of the split.
func (s *split) image(t *part, i int) int {
	return i/t.count*s.count + t.first + i%t.count
}

// input is the number of image i of a part among the images of the input.
func (c *convForward) input(t *part, i int) int {
	return i/t.count*c.x.B + c.split.first + t.first + i%t.count
}

// finish hands on the outputs of a part, to the neurons or to their place in memory.
func (c *convForward) finish(t *part, th *thread) {
	if t.first += c.split.first; c.split.sink != nil {
		c.hand(t, th)
	} else {
		c.store(t)
	}
}

// store writes a part to its place in z, with its bias.
func (c *convForward) store(t *part) {
	o, from := t.o, 0
	pixels := (t.bottom - t.top) * c.out.w
	for i := range c.split.steps * t.count {
		n := i/t.count*c.x.B + t.first + i%t.count
		z := c.z[(n*c.out.pixels()+t.top*c.out.w)*c.outputs+o.from:]
		for p := range pixels {
			dst, src := z[p*c.outputs:][:o.width], t.y[from:][:o.width]
			from += o.width
			if c.bias == nil || c.x.scale != nil {
				copy(dst, src)
				continue
			}
			for i, b := range c.bias.Value[o.from:][:o.width] {
				dst[i] = src[i] + b
			}
		}
	}
}

// hand gives the outputs of a part, with their bias, to the neurons.
func (c *convForward) hand(t *part, th *thread) {
	if scale := c.x.scale; scale != nil {
		size := len(t.y) / t.count
		th.currents = grow(th.currents, c.x.T*len(t.y))
		for i := range c.x.T * t.count {
			strength := scale[i/t.count*c.x.B+t.first+i%t.count]
			kernel.ScaleTo(th.currents[i*size:(i+1)*size], t.y[i%t.count*size:][:size], strength)
		}
		t.y = th.currents
	}
	c.addBias(t, t.y, t.o.width)
	c.split.sink.take(t, th)
}

// addBias adds the bias to the outputs y of a part, whose pixels have width channels.
func (c *convForward) addBias(t *part, y []float32, width int) {
	if c.bias == nil {
		return
	}
	bias := c.bias.Value[t.o.from:][:width]
	for at := 0; at < len(y); at += width {
		for i, b := range bias {
			y[at+i] += b
		}
	}
}

// spreadImage writes image n of y for a factored input: the image of z times the strength of its
// timestep, plus the bias.
func (c *convForward) spreadImage(_, n int) {
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
