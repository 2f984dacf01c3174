package snn

import (
	"math"

	"ssnn/internal/kernel"
)

// Convolutions of few channels with weights of 8 bits can multiply all inputs, as bytes, whether
// they are zero or not, see internal/kernel. With few channels, lists and their windows cost more
// than the products that they save. Frames can be bytes if all of their values are whole numbers
// from 0 to 255, such as counts of events.
//
// Behind a fold, the images that it would join are read as planes of the input, and never joined.

const (
	productsMost = 128 // most input channels for which products are considered

	// productsDensity is the density of spikes above which products are faster. Pooled spikes are
	// that dense.
	productsDensity     = 1. / 8
	wideProductsDensity = 1. / 5 // the same for more than 32 channels, where lists do better
)

// takesBytes says whether the convolution can multiply its weights by inputs as bytes.
func (c *conv) takesBytes() bool {
	return c.Groups == 1 && c.Dilation[1] == 1 && c.in.c <= productsMost
}

// products are weights of 8 bits for sums of bytes.
type products struct {
	planes int    // planes of the input, each with the same number of its channels
	groups int    // groups of DotGroup inputs of a row of the kernel in a plane
	w      []int8 // [out block][planes][kernel rows][groups][outputs][DotGroup]
}

// productsOf rearranges integer weights for an input of some planes.
func productsOf(c *conv, q *integers, planes int) *products {
	channels := c.in.c / planes
	inputs := c.Kernel[1] * channels
	p := &products{planes: planes, groups: (inputs + kernel.DotGroup - 1) / kernel.DotGroup}
	p.w = make([]int8, p.taps(c)*p.groups*kernel.DotGroup*c.outputs)
	for _, o := range q.layout.outs {
		w := p.of(c, o)
		for tap := range p.taps(c) {
			plane, ky := tap/c.Kernel[0], tap%c.Kernel[0]
			for at := range inputs {
				row := q.layout.row(o, plane*channels+at%channels, ky, at/channels)
				group := (tap*p.groups + at/kernel.DotGroup) * o.width
				for i, v := range q.w8[row:][:o.width] {
					w[(group+i)*kernel.DotGroup+at%kernel.DotGroup] = v
				}
			}
		}
	}
	return p
}

// taps is the number of rows of the kernel over all planes.
func (p *products) taps(c *conv) int { return p.planes * c.Kernel[0] }

// of returns the weights of a block of outputs.
func (p *products) of(c *conv, o outBlock) []int8 {
	size := p.taps(c) * p.groups * kernel.DotGroup
	return p.w[size*o.from:][:size*o.width]
}

// multiplying computes sums over all inputs, as bytes.
type multiplying struct {
	*convForward
	source   *activation // that the planes are read from: the input, or the input of its fold
	products *products
}

// takes says whether to compute the sums for x by multiplying, and if so sets source and products.
// In a walk the answer must not depend on the values of x where scattering is the other way,
// because scattering keeps membranes in another order.
func (c *multiplying) takes(p pass, x *activation) bool {
	q := c.integers
	if q == nil || q.w8 == nil || kernel.DotsReach() == 0 || p.walk != 0 && c.scatters(x) {
		return false
	}
	planes := 1
	if c.source = x; x.folding != nil {
		c.source, planes = x.folding.x, x.folding.k
	}
	if c.products = q.products[planes]; c.products == nil {
		return false
	}
	if c.ws.frozen { // room for a later pass that multiplies
		c.ws.bytes = grow(c.ws.bytes, min(x.B, c.atOnce(x))*c.images/x.B*planes*c.plane())
	}
	switch {
	case x.raw:
		return c.source.stride == c.source.c && !(c.products.planes == 1 && c.scatters(x))
	case x.most*q.reach > math.MaxInt16:
		return false // sums could leave the 16 bits of lists, which would then give other sums
	}
	least := productsDensity
	switch {
	case c.in.c > kernel.BlockIn:
		least = wideProductsDensity
	case !c.scatters(x):
		least = productsDensity / 2 // lists of few channels are slower than scattering
	}
	return x.spikes == nil || c.ws.reserving || c.source.sampledDensity() > least
}

func (c *multiplying) room() (row, most int, several bool) {
	return c.split.steps * c.out.w * c.layout.outs[0].width, scatterRoom, true
}

// line is the size of a row in bytes; plane is the size of a plane in bytes, with its border and
// the room behind it that the kernel needs.
func (c *multiplying) line() int { return (c.in.w + 2*c.Padding[1]) * c.source.c }
func (c *multiplying) plane() int {
	return (c.in.h+2*c.Padding[0])*c.line() + kernel.ByteRoom
}

func (c *multiplying) prepare(p pass) bool {
	at := p.start()
	images := c.split.count * c.split.steps
	planes := images * c.products.planes
	c.ws.bytes = grow(c.ws.bytes, planes*c.plane())
	for i := range c.ws.threads {
		c.ws.threads[i].largest = 0
	}
	c.ws.pool.Run(planes, c.tasks.bytes)
	reals, words := c.inputSize(images)
	p.stop(at, c.weight.Name, "lists", 0, reals, words)
	return !c.x.raw || c.reaches()
}

// reaches says whether the sums of raw inputs stay within the range of this CPU's kernel. It uses
// the largest inputs that makeBytes noted for each thread.
func (c *multiplying) reaches() bool {
	largest := 0
	for i := range c.ws.threads {
		largest = max(largest, c.ws.threads[i].largest)
	}
	return largest*c.integers.reach <= kernel.DotsReach()
}

// makeBytes writes plane i of the split as bytes, with zeros around it.
func (c *multiplying) makeBytes(worker, i int) {
	x, C := c.source, c.source.c
	image, plane := i/c.products.planes, i%c.products.planes
	step, sample := image/c.split.count, image%c.split.count
	n := (step*c.products.planes+plane)*x.B + c.split.first + sample
	dst := c.ws.bytes[i*c.plane():][:c.plane()]
	line := c.line()
	first := c.Padding[0]*line + c.Padding[1]*C
	clear(dst)
	if c.x.raw {
		largest := kernel.WholeBytes(dst[first:], x.realImage(n), c.in.h, line)
		if largest < 0 {
			largest = math.MaxInt32
		}
		th := &c.ws.threads[worker]
		th.largest = max(th.largest, largest)
		return
	}
	for y := range c.in.h {
		row := dst[first+y*line:]
		if x.spikes != nil {
			words := x.words()
			kernel.SpikeBytes(row, x.spikeImage(n)[y*c.in.w*words:][:c.in.w*words], words, C)
		} else {
			reals := x.realImage(n)[y*c.in.w*x.stride:][:c.in.w*x.stride]
			kernel.CountBytes(row, reals, 1/c.integers.unit, c.in.w, C)
		}
	}
}

func (c *multiplying) part(t part, th *thread) {
	size := c.outputsOf(&t, th)
	line, q, p := c.line(), c.integers, c.products
	d := kernel.Dots{
		Rows: t.bottom - t.top, Width: c.out.w,
		Planes: p.planes, Taps: c.Kernel[0], Groups: p.groups,
		Pixel: c.Stride[1] * c.source.c, Row: c.Stride[0] * line,
		Line: c.Dilation[0] * line, Plane: c.plane(),
	}
	w, scale := p.of(c.conv, t.o), q.scale[t.o.from:][:t.o.width]
	for i := range c.split.steps * t.count {
		planes := c.ws.bytes[c.split.image(&t, i)*p.planes*c.plane():]
		d.Run(t.y[i*size:(i+1)*size], planes[t.top*d.Row:], w, scale)
	}
	c.finish(&t, th)
}
