package snn

import "ssnn/internal/kernel"

// pool is mean, sum, maximum or global pooling. The mean or sum of spikes is a real with few
// values; the maximum of spikes is a spike.
type pool struct {
	stateless
	ws     *workspace
	name   string // "stages.0.2.pool"
	kind   Pooling
	global bool    // the mean of the whole image
	factor float32 // factor of the sums: 1, or for a mean 1/taps
	window kernel.Window
	in     shape
	x      *activation
	out    activation
	g, dx  []float32
	tasks  struct{ forward, backward func(worker, item int) }
}

func newPool(ws *workspace, n *Node) *pool {
	l := &pool{ws: ws, name: n.Name, kind: n.Pooling, in: n.From.own()}
	l.window = kernel.Window{
		Down: n.axis(0), Across: n.axis(1),
		Height: l.in.h, Width: l.in.w, C: kernel.Pad(l.in.c),
	}
	l.factor = 1
	if l.kind == PoolMean {
		l.factor = 1 / float32(l.window.Taps())
	}
	l.global = l.kind == PoolMean && n.Kernel == Pair{l.in.h, l.in.w}
	l.out.shape = n.Out.own()
	l.tasks.forward, l.tasks.backward = l.forwardImage, l.backwardImage
	return l
}

func (l *pool) forward(p pass, x *activation) *activation {
	l.x = x
	if l.passes() && x.spikes == nil && x.scale == nil {
		return l.handOn(x)
	}
	if l.kind == PoolMax && x.spikes != nil {
		l.out.setSpikes(l.out.shape, x.T, x.B)
	} else {
		l.out.setReals(l.out.shape, x.T, x.B)
		l.out.unit, l.out.most = x.unit, x.most
		if l.kind != PoolMax {
			l.out.most *= l.window.Taps()
		}
		if l.kind == PoolMean {
			l.out.unit /= float32(l.window.Taps())
		}
	}
	at := p.start()
	l.ws.pool.Run(x.images(), l.tasks.forward)
	p.stop(at, l.name, "pooling", 0, len(x.reals)+len(l.out.reals), len(x.spikes)+len(l.out.spikes))
	return &l.out
}

// passes says whether the pooling changes nothing, because its windows are single pixels.
func (l *pool) passes() bool {
	down, across := l.window.Down, l.window.Across
	return !l.global && l.window.Taps() == 1 && down.Step == 1 && across.Step == 1 &&
		down.Before == 0 && across.Before == 0
}

// handOn returns the reals of x as the output, in their own layout, and does not copy them.
func (l *pool) handOn(x *activation) *activation {
	shape := l.out.shape
	l.out = *x
	l.out.shape = shape
	return &l.out
}

func (l *pool) forwardImage(_, n int) {
	switch spikes := l.x.spikes != nil; {
	case l.kind == PoolMax && spikes:
		l.window.MaxSpikes(l.out.spikeImage(n), l.x.spikeImage(n))
	case l.kind == PoolMax:
		l.window.MaxReals(l.out.realImage(n), l.x.realImage(n))
	case !l.global && spikes:
		l.window.SumSpikes(l.out.realImage(n), l.x.spikeImage(n), l.factor)
	case !l.global:
		l.window.SumReals(l.out.realImage(n), l.x.realImage(n), l.factor)
	default:
		l.globalMean(n)
	}
}

func (l *pool) globalMean(n int) {
	out := l.out.realImage(n)
	clear(out)
	share := 1 / float32(l.in.pixels())
	if l.x.spikes != nil {
		s, words := l.x.spikeImage(n), l.x.words()
		for i := range l.in.pixels() {
			kernel.AddSpikes(out, s[i*words:(i+1)*words], 1)
		}
	} else {
		x := l.x.realImage(n)
		for i := range l.in.pixels() {
			kernel.AddScaled(out, x[i*len(out):(i+1)*len(out)], 1)
		}
	}
	for c := range out {
		out[c] *= share
	}
}

func (l *pool) backward(p pass, g []float32, wantInput bool) []float32 {
	defer l.ws.give(g)
	if !wantInput {
		return nil
	}
	l.g, l.dx = g, l.ws.take(l.x.images()*l.window.C*l.in.pixels())
	at := p.start()
	l.ws.pool.Run(l.x.images(), l.tasks.backward)
	p.stop(at, l.name, "pooling backward", 0, len(g)+len(l.dx), 0)
	return l.dx
}

func (l *pool) backwardImage(_, n int) {
	in, out := l.window.C*l.in.pixels(), l.window.C*l.out.pixels()
	dx, g := l.dx[n*in:(n+1)*in], l.g[n*out:(n+1)*out]
	switch {
	case l.kind == PoolMax && l.x.spikes != nil:
		l.window.MaxSpikesBackward(dx, g, l.x.spikeImage(n))
	case l.kind == PoolMax:
		l.window.MaxRealsBackward(dx, g, l.x.realImage(n))
	case !l.global:
		l.window.SumBackward(dx, g, l.factor)
	default:
		clear(dx)
		for i := range l.in.pixels() {
			kernel.AddScaled(dx[i*len(g):(i+1)*len(g)], g, 1/float32(l.in.pixels()))
		}
	}
}
