package snn

import "ssnn/internal/kernel"

// fold turns the k = t1/t2 timesteps of a window into the channels of one timestep:
//
//	y[j][i*C + c] = x[j*k + i][c]          i < k, c < C, j < t2
//
// The convolution behind it has k*C input channels, and separate weights for each timestep of a
// window. It is thus also a convolution over time, of stride k. Spikes stay bits.
type fold struct {
	ws        *workspace
	name      string
	t1, t2, k int

	made  int // timesteps of the output that earlier calls have made
	x     *activation
	out   activation
	g, dx []float32
	tasks struct{ gather, spread func(worker, item int) }
}

func newFold(ws *workspace, name string, t1, t2 int) *fold {
	f := &fold{ws: ws, name: name, t1: t1, t2: t2, k: t1 / t2}
	f.tasks.gather, f.tasks.spread = f.gather, f.spread
	return f
}

// folded is the shape of k images of shape s after they are folded into one.
func (s shape) folded(k int) shape { return shape{k * s.c, s.h, s.w} }

func (f *fold) ready(t int) int { return t / f.k }

func (f *fold) forward(p pass, x *activation) *activation { return f.extend(p, x, 0, f.t1) }

func (f *fold) extend(p pass, x *activation, from, to int) *activation {
	at := p.start()
	f.x, f.made = x, f.ready(from)
	if in := x.shape.folded(f.k); x.spikes != nil {
		f.out.setSpikes(in, f.t2, x.B)
	} else {
		f.out.setReals(in, f.t2, x.B)
		f.out.unit, f.out.most = x.unit, x.most
	}
	f.out.raw = x.raw
	if f.out.folding = nil; p.bits == 8 && f.k > 1 && from == 0 && to == f.t1 {
		f.out.folding = f
	} else {
		f.make(f.ready(to) - f.made)
	}
	reals, words := len(x.reals)+len(f.out.reals), len(x.spikes)+len(f.out.spikes)
	p.stop(at, f.name, "transition", 0, reals, words)
	return &f.out
}

// make writes the next timesteps of the output.
func (f *fold) make(timesteps int) { f.ws.pool.Run(timesteps*f.x.B, f.tasks.gather) }

// gather writes image n of the output, counted from the first one that was not made before.
func (f *fold) gather(_, n int) {
	n += f.made * f.x.B
	b, j := n%f.x.B, n/f.x.B
	if f.x.spikes == nil && f.out.c < f.out.stride {
		clear(f.out.realImage(n))
	}
	for i := range f.k {
		if from := (j*f.k+i)*f.x.B + b; f.x.spikes != nil {
			f.gatherSpikes(f.out.spikeImage(n), f.x.spikeImage(from), i*f.x.c)
		} else {
			f.gatherReals(f.out.realImage(n)[i*f.x.c:], f.x.realImage(from))
		}
	}
}

// gatherReals writes the channels of the image src to those of the output, of which dst is the
// first.
func (f *fold) gatherReals(dst, src []float32) {
	c, pitch, step := f.x.c, f.out.stride, f.x.stride
	switch c { // for the one or two channels of frames, a call of copy costs more than the copy
	case 1:
		for p := range f.x.pixels() {
			dst[p*pitch] = src[p*step]
		}
	case 2:
		for p := range f.x.pixels() {
			*(*[2]float32)(dst[p*pitch:]) = *(*[2]float32)(src[p*step:])
		}
	default:
		for p := range f.x.pixels() {
			copy(dst[p*pitch:], src[p*step:][:c])
		}
	}
}

// gatherSpikes writes the spikes of the image src to those of the output dst, from the given
// channel on. Images come in the order of their channels. The first one that reaches a word
// overwrites it.
func (f *fold) gatherSpikes(dst, src []uint16, channel int) {
	words, all := f.x.words(), f.out.words()
	if all == 2 && words == 1 && channel <= kernel.Lanes {
		kernel.JoinPixels(dst, src, channel, channel == 0)
		return
	}
	for i := range words {
		from := channel + i*kernel.Lanes
		end := min(from+kernel.Lanes, channel+f.x.c)
		word, shift := from/kernel.Lanes, from%kernel.Lanes
		joinWords(dst[word:], all, src[i:], words, shift)
		if end > (word+1)*kernel.Lanes {
			joinWords(dst[word+1:], all, src[i:], words, shift-kernel.Lanes)
		}
	}
}

// joinWords writes the words of src, step apart, to the words of dst, pitch apart. With a shift
// above 0 it shifts them up by that many bits and joins them to the bits of dst. Otherwise it
// shifts them down by -shift bits and overwrites dst.
func joinWords(dst []uint16, pitch int, src []uint16, step, shift int) {
	at := 0
	switch {
	case shift > 0:
		for i := 0; i < len(src); i += step {
			dst[at] |= src[i] << shift
			at += pitch
		}
	default:
		for i := 0; i < len(src); i += step {
			dst[at] = src[i] >> -shift
			at += pitch
		}
	}
}

func (f *fold) backward(p pass, g []float32) []float32 {
	at := p.start()
	f.g, f.dx = g, f.ws.take(f.t1*f.x.B*f.x.size())
	f.ws.pool.Run(f.t1*f.x.B, f.tasks.spread)
	p.stop(at, f.name, "transition backward", 0, len(g)+len(f.dx), 0)
	f.ws.give(g)
	return f.dx
}

// spread writes image n of the gradient of x.
func (f *fold) spread(_, n int) {
	b, t := n%f.x.B, n/f.x.B
	dx := f.dx[n*f.x.size():][:f.x.size()]
	g := f.g[(t/f.k*f.x.B+b)*f.out.size():][:f.out.size()]
	c := f.x.c
	for p := range f.x.pixels() {
		pixel := dx[p*f.x.stride:][:f.x.stride]
		copy(pixel, g[p*f.out.stride+t%f.k*c:][:c])
		clear(pixel[c:])
	}
}

func (f *fold) parameters(func(*Parameter)) {}
func (f *fold) shares() []float64           { return nil }
