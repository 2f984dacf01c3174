package snn

import "ssnn/internal/kernel"

// The forward pass of a convolution takes some samples at a time: first it lists the active inputs of their images and orders what
// meets each output pixel, see convlists.go, unless there are few channels, see convscatter.go and convtables.go; then each task
// makes a block of output channels of a band of rows, for some samples and all timesteps together, one block of weights after the
// other, which so are read once for all of them.
const (
	listRoom  = 1 << 21 // entries of the lists of a pass
	blockRoom = 1 << 17 // outputs of a task, 512 KiB: they stay in the second-level cache
)

// way is how the sums of a convolution are made. All make the same bits, but where sums of integers leave their range on the way.
type way int

const (
	listing    way = iota // the active inputs of each output are listed, and their weights added up
	scattering            // each active input adds its weights to the outputs that see it
	lookingUp             // four inputs at a time choose a sum
)

func (c *conv) wayOf(x *activation) way {
	switch {
	case c.scatters(x):
		return scattering
	case c.counted && c.looksUp(x):
		return lookingUp
	}
	return listing
}

// split is how a pass over some samples is shared out in tasks.
type split struct {
	steps        int // images of a sample: its timesteps, or 1 of a factored input
	first, count int // samples of the pass
	samples      int // of a task, a divisor of count
	bands        kernel.Bands
	sink         *neurons
}

// forward returns the convolution of x, [T][B][H][W][outputs]. With a sink, which must be ready, see neurons.prepare, that
// takes the outputs as soon as they are made, and they are not kept.
func (c *conv) forward(p pass, x *activation, sink *neurons) []float32 {
	c.x = x
	c.images = x.images()
	c.counted = c.countable(x, p.bits)
	c.way = c.wayOf(x)
	s := &c.split
	s.steps, s.sink = c.images/x.B, sink
	c.free()
	if sink == nil {
		c.makeRoom(x)
	}
	atOnce := max(1, listRoom/(s.steps*c.in.pixels()*c.in.c))
	for s.first = 0; s.first < x.B; s.first += s.count {
		s.count = min(atOnce, x.B-s.first)
		c.cut()
		reals, words := c.inputSize(s.count * s.steps)
		at := p.start()
		if c.way == listing {
			c.list()
			p.stop(at, c.weight.Name, "lists", 0, reals, words)
			at = p.start()
		} else {
			c.findDense()
		}
		c.ws.pool.Run(s.count/s.samples*s.bands.Count()*len(c.layout.outs), c.tasks.forward)
		images := s.count * s.steps
		elements := reals + len(c.weight.Value) + images*c.out.pixels()*c.outputs
		p.stop(at, c.weight.Name, "convolution", images*c.macs(), elements, words)
	}
	if x.scale != nil && sink == nil {
		c.ws.pool.Run(x.T*x.B, c.tasks.spread)
	}
	p.count(c)
	return c.y
}

// makeRoom makes y and z for the input x. A frozen network's have memory of their own: nothing gives it back before the next pass, and what there is in the arena
// would depend on the passes before.
func (c *conv) makeRoom(x *activation) {
	size := c.out.pixels() * c.outputs
	take := func(own *[]float32, n int) []float32 {
		if !c.ws.frozen {
			return c.ws.take(n)
		}
		*own = grow(*own, n)
		return *own
	}
	c.y = take(&c.own.y, x.T*x.B*size)
	if c.z = c.y; x.scale != nil {
		c.z = take(&c.own.z, x.B*size)
	}
}

// cheap says that making the output again, for the backward pass, costs less than the memory to keep it: the first convolution
// has few inputs and, as images are largest there, many outputs.
func (c *conv) cheap() bool { return c.in.c*c.taps() <= 32 }

// macs is the number of multiply-accumulates of an image as if all inputs were active and none beyond the border.
func (c *conv) macs() int { return c.out.pixels() * c.out.c * c.in.c / c.Groups * c.taps() }

// inputSize is the size of some images of the input, in elements if they are real and in words if they are spikes.
func (c *conv) inputSize(images int) (reals, words int) {
	if c.x.spikes != nil {
		return 0, images * c.in.pixels() * c.x.words()
	}
	return images * c.x.size(), 0
}

// release gives the memory of the output, which nobody needs any more, to whoever takes it next, unless membranes are to be looked at.
func (c *conv) release(p pass) {
	if !p.keep {
		c.free()
	}
}

func (c *conv) free() {
	if c.y == nil {
		return
	}
	if !c.ws.frozen {
		c.ws.give(c.y)
		if &c.z[0] != &c.y[0] {
			c.ws.give(c.z)
		}
	}
	c.y, c.z = nil, nil
}

// cut chooses the bands and the samples of a task: as many as fit the cache and leave every thread some tasks.
func (c *conv) cut() {
	s := &c.split
	line, room := s.steps*c.out.w*c.layout.outs[0].width, blockRoom
	if c.way == scattering {
		line, room = c.sheetPitch()*c.layout.outs[0].width, scatterRoom
		if c.narrow() {
			line /= 2
		}
	}
	rows := min(c.out.h, max(1, room/line))
	bands, threads := (c.out.h+rows-1)/rows, len(c.ws.threads)
	uneven := func(tasks int) bool { return tasks < 4*threads && tasks%threads != 0 }
	for uneven(bands*s.count*len(c.layout.outs)) && bands < c.out.h {
		bands++ // so that no thread waits for the last task of another
	}
	rows = (c.out.h + bands - 1) / bands
	s.samples = 1
	if bands == 1 && c.way != scattering {
		tasks := s.count * len(c.layout.outs) / (4 * threads)
		s.samples = min(s.count, max(1, min(blockRoom/(line*c.out.h), tasks)))
		for s.count%s.samples != 0 {
			s.samples--
		}
	}
	s.bands = kernel.Bands{
		Down: c.axis(0), Across: c.axis(1),
		Height: c.out.h, Width: c.out.w, Rows: rows, Apart: s.samples,
	}
}

// part is what a task makes: a block of output channels of a band of rows of some samples, all timesteps.
type part struct {
	o            outBlock
	band         int
	top, bottom  int       // its rows
	first, count int       // samples, the first of the pass until its outputs are handed on
	y            []float32 // [steps][count][rows][W][width]
}

// forwardPart is a task of forward.
func (c *conv) forwardPart(worker, item int) {
	s, th := &c.split, &c.ws.threads[worker]
	t := part{o: c.layout.outs[item%len(c.layout.outs)], count: s.samples}
	item /= len(c.layout.outs)
	t.band = item % s.bands.Count()
	t.top, t.bottom = s.bands.Band(t.band)
	t.first = item / s.bands.Count() * s.samples
	if c.way == scattering {
		c.scatterPart(&t, th)
		return
	}
	size := (t.bottom - t.top) * c.out.w * t.o.width
	th.scratch = grow(th.scratch, s.steps*t.count*size)
	t.y = th.scratch
	switch {
	case c.counted:
		c.integerPart(&t, th, size)
	default:
		c.floatPart(&t, size)
	}
	t.first += s.first
	if s.sink != nil {
		c.hand(&t, th)
	} else {
		c.store(&t)
	}
}

// image is the number of image i of a part among those of the pass.
func (s *split) image(t *part, i int) int {
	return i/t.count*s.count + t.first + i%t.count
}

// input is the number of image i of a part among those of the input.
func (c *conv) input(t *part, i int) int {
	return i/t.count*c.x.B + c.split.first + t.first + i%t.count
}

// floatPart makes the outputs of a part, of so many elements an image.
func (c *conv) floatPart(t *part, size int) {
	clear(t.y)
	l := &c.layout
	for b := t.o.first; b < t.o.first+t.o.count; b++ {
		for ky := range c.Kernel[0] {
			w := c.weight.Value[l.row(t.o, b*l.block, ky, 0):]
			for i := range c.split.steps * t.count {
				if image := c.ws.dense[c.split.image(t, i)]; len(image) > 0 {
					c.forwardDense(t.y[i*size:(i+1)*size], c.out.w*t.o.width, w, image, t, t.o.width, b, ky)
				}
			}
			for i := range c.split.bands.Across.Segments(l.block) {
				c.addFloats(t, size, w, b, ky, i)
			}
		}
	}
}

// addFloats adds what segment i of a row of the kernel, whose weights are w, makes of one block of input channels of the images of a part.
func (c *conv) addFloats(t *part, size int, w []float32, block, ky, i int) {
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

// store writes a part to its place in z, with its bias.
func (c *conv) store(t *part) {
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

// hand gives a part to the neurons.
func (c *conv) hand(t *part, th *thread) {
	if scale := c.x.scale; scale != nil {
		size := len(t.y) / t.count
		th.currents = grow(th.currents, c.x.T*len(t.y))
		for i := range c.x.T * t.count {
			kernel.ScaleTo(th.currents[i*size:(i+1)*size], t.y[i%t.count*size:][:size], scale[i/t.count*c.x.B+t.first+i%t.count])
		}
		t.y = th.currents
	}
	c.addBias(t, t.y, t.o.width)
	c.split.sink.take(t, th)
}

// addBias adds the bias to outputs of a part, of so many channels each.
func (c *conv) addBias(t *part, y []float32, width int) {
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
