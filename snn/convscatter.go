package snn

import "ssnn/internal/kernel"

// Convolutions of few channels are scattered: the weights of each active input are added to the
// outputs that see it, instead of each output gathering its active inputs, see internal/kernel.
// With few channels, lists for windows and their order would cost more than they save.
//
// A part is computed one timestep after the other. So its sums, its weights and, with neurons
// behind it, their membranes stay in the first-level cache for any number of timesteps.

const scatterRoom = 1 << 13 // most sums of a part, 32 KiB

// scatters says whether the convolution of x can be scattered.
func (c *conv) scatters(x *activation) bool {
	return x.scale == nil && c.Geometry == Windows(3, 1, 1) &&
		(c.ofFrames(x) || c.in.c <= kernel.BlockIn && c.layout.outs[0].width <= 32)
}

// scatterDensity is the density of spikes above which lists are faster, because their sums stay in
// registers.
const scatterDensity = 1. / 5

// lists says whether x is listed although it could be scattered. In a walk it never is, because the
// two ways keep membranes in different orders.
func (c *conv) lists(p pass, x *activation) bool {
	if p.walk != 0 || x.spikes == nil {
		return false
	}
	return c.ws.reserving || x.sampledDensity() > scatterDensity
}

// ofFrames says whether x is frames of events of one or two channels. Nine of ten of their inputs
// are zero, so most windows have one active input or none.
func (c *conv) ofFrames(x *activation) bool {
	return x.spikes == nil && x.stride == c.in.c && c.in.c <= 2
}

// scattering computes sums by scattering: each active input adds its weights to the outputs that
// see it.
type scattering struct{ *convForward }

func (c *scattering) room() (row, most int, several bool) {
	row = c.sheetPitch() * c.layout.outs[0].width
	if c.narrow() {
		row /= 2
	}
	return row, scatterRoom, false
}

// prepare finds the images of the split that are too dense for a list, and pads them. Spikes and
// frames are never taken for dense, nor are inputs whose sums are integers.
func (c *scattering) prepare(p pass) bool {
	ws, images := c.ws, c.split.count*c.split.steps
	for len(ws.dense) < images {
		ws.dense = append(ws.dense, nil)
	}
	if c.x.spikes == nil && !c.counted && !c.ofFrames(c.x) {
		at := p.start()
		ws.pool.Run(images, c.tasks.dense)
		reals, words := c.inputSize(images)
		p.stop(at, c.weight.Name, "lists", 0, reals, words)
		return true
	}
	for i := range images {
		ws.dense[i] = ws.dense[i][:0]
	}
	return true
}

// padDense pads image i of the split if it is too dense for a list.
func (c *scattering) padDense(worker, i int) {
	th, n := &c.ws.threads[worker], i/c.split.count*c.x.B+c.split.first+i%c.split.count
	s := kernel.Scatter{Width: c.in.w, Pitch: c.sheetPitch()}
	image := c.x.realImage(n)
	s.AddReals(&th.active, image, c.in.h, c.in.c, c.x.stride)
	dense := &c.ws.dense[i]
	*dense = (*dense)[:0]
	if c.ws.frozen {
		*dense = grow(*dense, c.paddedInput())[:0] // room for a later pass in which it is dense
	}
	if float64(len(th.active.Entries)) > crossover*float64(c.in.pixels()*c.in.c) {
		*dense = grow(*dense, c.paddedInput())
		c.padImage(*dense, image, c.x.stride)
	}
}

// sheet is the order in memory of the sums of one image of a part, with some around them that
// belong to no output.
type sheet struct {
	kernel.Scatter
	rows int // rows of the part
}

// sheet is the sheet of a part. With at most 8 output channels, two pixels of float32s share a
// vector.
func (c *scattering) sheet(t *part) sheet {
	s := sheet{rows: t.bottom - t.top}
	s.Scatter = kernel.Scatter{
		Width: c.in.w, Pitch: c.sheetPitch(), Out: t.o.width, Channels: c.layout.block,
	}
	if c.counted {
		s.Channels = c.integers.layout.block
	} else if c.narrow() {
		s.Out = kernel.Lanes / 2
	}
	return s
}

// narrow says whether the float32 sums of a pixel fill half a vector. Neurons then take two pixels
// at a time, so rows have an even number of pixels.
func (c *scattering) narrow() bool {
	few := c.out.c <= kernel.Lanes/2
	return few && !c.counted && (c.x.spikes != nil || c.ofFrames(c.x))
}

// sheetPitch is the distance of two rows of a sheet in pixels, an even number.
func (c *scattering) sheetPitch() int { return (c.out.w + 2) &^ 1 }

// line is the number of sums of a row. begin is the element at which the first row of the part
// begins, behind two rows that take the sums of inputs above the part. size is the number of sums.
func (s *sheet) line() int  { return s.Pitch * s.Out }
func (s *sheet) begin() int { return 2*s.line() + kernel.Lanes*max(1, s.Out/kernel.Lanes) }
func (s *sheet) size() int  { return s.begin() + (s.rows+2)*s.line() + s.Out }

// sheetSums returns the sums of the part's rows.
func sheetSums[S any](s *sheet, all []S) []S { return all[s.begin():][:s.rows*s.line()] }

// part computes a part, one image after the other.
func (c *scattering) part(t part, th *thread) {
	s := c.sheet(&t)
	th.scratch = grow(th.scratch, s.size())
	if c.counted {
		th.sums = grow(th.sums, s.size())
		clear(th.sums)
	} else {
		clear(th.scratch)
	}
	w := c.scatterWeights(&t, th)
	sums := sheetSums(&s, th.scratch)
	for sample := range t.count {
		for step := range c.split.steps {
			n := step*c.x.B + c.split.first + t.first + sample
			if c.counted {
				c.scatterIntegers(&t, th, &s, n)
			} else {
				clear(sums)
				c.scatterFloats(&t, th, &s, step*c.split.count+t.first+sample, n, w)
				c.scaleSheet(&t, th, &s, sums)
			}
			c.addBias(&t, sums, s.Out)
			if c.split.sink != nil {
				c.split.sink.takeImage(&t, th, &s, step, t.first+c.split.first+sample, sums)
			} else {
				c.storeImage(&t, &s, n, sums)
			}
		}
	}
}

// scatterFloats computes the sums of image n of the input, which is image i of the split, with the
// weights w.
func (c *scattering) scatterFloats(t *part, th *thread, s *sheet, i, n int, w []float32) {
	dense, size := c.ws.dense[i], c.layout.block*s.Out
	for b := range c.layout.blocks {
		w := w[b*9*size:][:9*size]
		if len(dense) > 0 {
			for ky := range 3 {
				sums := sheetSums(s, th.scratch)
				c.forwardDense(sums, s.line(), w[ky*3*size:], dense, t, s.Out, b, ky)
			}
			continue
		}
		at := c.listActive(t, th, s, n, b*c.layout.block)
		if c.x.spikes != nil {
			s.Spikes(th.scratch, at, w, &th.active)
		} else {
			s.Reals(th.scratch, at, w, &th.active)
		}
	}
}

// scaleSheet does what scaleRounded does, for sums that lie as in a sheet.
func (c *scattering) scaleSheet(t *part, th *thread, s *sheet, sums []float32) {
	if !c.rounded || s.Out == t.o.width {
		c.scaleRounded(t, sums)
		return
	}
	scale := th.lanes[:] // the scales of one pixel, twice
	for i := range scale {
		scale[i] = c.integers.scale[t.o.from+i%s.Out]
	}
	kernel.Affine(sums, sums, scale, noShift[:len(scale)], len(sums)/len(scale))
}

// scatterWeights are the weights of the part's outputs, packed to half vectors if they are narrow.
func (c *scattering) scatterWeights(t *part, th *thread) []float32 {
	at := c.layout.row(t.o, 0, 0, 0)
	w := c.weights()[at : at+c.layout.blocks*9*c.layout.block*t.o.width]
	if !c.narrow() {
		return w
	}
	const half = kernel.Lanes / 2
	th.narrow = grow(th.narrow, len(w)/2)
	for i := 0; i < len(w)/2; i += half {
		copy(th.narrow[i:i+half], w[2*i:])
	}
	return th.narrow
}

// listActive lists the active inputs of image n that the part sees, for the block of channels that
// begins at channel. It returns the place in the sheet of the sums of the first row of inputs.
func (c *scattering) listActive(t *part, th *thread, s *sheet, n, channel int) (at int) {
	first, last := max(0, t.top-1), min(c.in.h, t.bottom+1)
	x, channels := c.x, min(s.Channels, c.in.c-channel)
	if x.spikes != nil {
		words := (channels + kernel.Lanes - 1) / kernel.Lanes
		image := x.spikeImage(n)[first*c.in.w*x.words()+channel/kernel.Lanes:]
		s.AddSpikes(&th.active, image, last-first, words, x.words())
	} else {
		image := x.realImage(n)[first*c.in.w*x.stride+channel:]
		s.AddReals(&th.active, image, last-first, channels, x.stride)
	}
	return s.begin() + (first-t.top)*s.line()
}

// scatterIntegers computes the sums of image n in integers, and then its outputs.
func (c *scattering) scatterIntegers(t *part, th *thread, s *sheet, n int) {
	q := c.integers
	sums := sheetSums(s, th.sums)
	clear(sums)
	for b := range q.layout.blocks {
		at := c.listActive(t, th, s, n, b*q.layout.block)
		if c.x.spikes == nil {
			th.active.Count(q.unit)
		}
		size := 9 * q.layout.block * t.o.width
		from := q.layout.row(q.layout.blockOf(t.o.from), b*q.layout.block, 0, 0)
		if q.w8 != nil {
			scatterIntegers(c.x.spikes != nil, s, th, at, q.w8[from:][:size])
		} else {
			scatterIntegers(c.x.spikes != nil, s, th, at, q.w16[from:][:size])
		}
	}
	kernel.Widen(sheetSums(s, th.scratch), sums, q.scale[t.o.from:][:t.o.width])
}

func scatterIntegers[W kernel.Integer](spikes bool, s *sheet, th *thread, at int, w []W) {
	if spikes {
		kernel.ScatterSpikes16(s.Scatter, th.sums, at, w, &th.active)
	} else {
		kernel.ScatterCounts16(s.Scatter, th.sums, at, w, &th.active)
	}
}

// storeImage writes the outputs of a part to their place in image n of y.
func (c *scattering) storeImage(t *part, s *sheet, n int, sums []float32) {
	for row := range s.rows {
		y := c.y[(n*c.out.pixels()+(t.top+row)*c.out.w)*c.outputs+t.o.from:]
		from := sums[row*s.line():]
		if s.Out == c.outputs {
			copy(y[:c.out.w*s.Out], from)
			continue
		}
		for x := range c.out.w {
			to := y[x*c.outputs:][:t.o.width]
			copy(to, from[x*s.Out:][:s.Out])
			if s.Out < t.o.width {
				clear(to[s.Out:])
			}
		}
	}
}
