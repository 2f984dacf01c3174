package snn

import "ssnn/internal/kernel"

// pool is mean, sum, maximum or global pooling. The mean or sum of spikes is a real with few values; their maximum is a spike.
type pool struct {
	stateless
	ws     *workspace
	name   string // "stages.0.2.pool"
	kind   Pooling
	global bool    // the mean of the whole image
	factor float32 // of sums: they become means
	window kernel.Window
	in     shape
	x      *activation
	out    activation
	g, dx  []float32
	tasks  struct{ forward, backward func(worker, item int) }
}

func newPool(ws *workspace, n *Node) *pool {
	p := &pool{ws: ws, name: n.Name, kind: n.Pooling, in: n.From.own()}
	p.window = kernel.Window{
		Down: n.axis(0), Across: n.axis(1),
		Height: p.in.h, Width: p.in.w, C: kernel.Pad(p.in.c),
	}
	p.factor = 1
	if p.kind == PoolMean {
		p.factor = 1 / float32(p.window.Taps())
	}
	p.global = p.kind == PoolMean && n.Kernel == Pair{p.in.h, p.in.w}
	p.out.shape = n.Out.own()
	p.tasks.forward, p.tasks.backward = p.forwardImage, p.backwardImage
	return p
}

func (p *pool) forward(x *activation, _ bool) *activation {
	p.x = x
	if p.passes() && x.spikes == nil && x.scale == nil {
		return p.pass(x)
	}
	if p.kind == PoolMax && x.spikes != nil {
		p.out.setSpikes(p.out.shape, x.T, x.B)
	} else {
		p.out.setReals(p.out.shape, x.T, x.B)
		p.out.unit, p.out.most = x.unit, x.most
		if p.kind != PoolMax {
			p.out.most *= p.window.Taps()
		}
		if p.kind == PoolMean {
			p.out.unit /= float32(p.window.Taps())
		}
	}
	at := p.ws.start()
	p.ws.pool.Run(x.images(), p.tasks.forward)
	p.ws.stop(at, p.name, "pooling", 0, len(x.reals)+len(p.out.reals), len(x.spikes)+len(p.out.spikes))
	return &p.out
}

// passes says that the pooling changes nothing: its windows are single pixels.
func (p *pool) passes() bool {
	down, across := p.window.Down, p.window.Across
	return !p.global && p.window.Taps() == 1 && down.Step == 1 && across.Step == 1 &&
		down.Before == 0 && across.Before == 0
}

// pass hands on reals as they lie, padded or not.
func (p *pool) pass(x *activation) *activation {
	at := p.ws.start()
	p.out.setReals(p.out.shape, x.T, x.B)
	p.out.stride, p.out.unit, p.out.most = x.stride, x.unit, x.most
	p.out.reals = p.out.reals[:x.T*x.B*x.size()]
	copy(p.out.reals, x.reals)
	p.ws.stop(at, p.name, "pooling", 0, 2*len(p.out.reals), 0)
	return &p.out
}

func (p *pool) forwardImage(_, n int) {
	switch spikes := p.x.spikes != nil; {
	case p.kind == PoolMax && spikes:
		p.window.MaxSpikes(p.out.spikeImage(n), p.x.spikeImage(n))
	case p.kind == PoolMax:
		p.window.MaxReals(p.out.realImage(n), p.x.realImage(n))
	case !p.global && spikes:
		p.window.SumSpikes(p.out.realImage(n), p.x.spikeImage(n), p.factor)
	case !p.global:
		p.window.SumReals(p.out.realImage(n), p.x.realImage(n), p.factor)
	default:
		p.globalMean(n)
	}
}

func (p *pool) globalMean(n int) {
	out := p.out.realImage(n)
	clear(out)
	share := 1 / float32(p.in.pixels())
	if p.x.spikes != nil {
		s, words := p.x.spikeImage(n), p.x.words()
		for i := range p.in.pixels() {
			kernel.AddSpikes(out, s[i*words:(i+1)*words], 1)
		}
	} else {
		x := p.x.realImage(n)
		for i := range p.in.pixels() {
			kernel.AddScaled(out, x[i*len(out):(i+1)*len(out)], 1)
		}
	}
	for c := range out {
		out[c] *= share
	}
}

func (p *pool) backward(g []float32, wantInput bool) []float32 {
	defer p.ws.give(g)
	if !wantInput {
		return nil
	}
	p.g, p.dx = g, p.ws.take(p.x.images()*p.window.C*p.in.pixels())
	at := p.ws.start()
	p.ws.pool.Run(p.x.images(), p.tasks.backward)
	p.ws.stop(at, p.name, "pooling backward", 0, len(g)+len(p.dx), 0)
	return p.dx
}

func (p *pool) backwardImage(_, n int) {
	in, out := p.window.C*p.in.pixels(), p.window.C*p.out.pixels()
	dx, g := p.dx[n*in:(n+1)*in], p.g[n*out:(n+1)*out]
	switch {
	case p.kind == PoolMax && p.x.spikes != nil:
		p.window.MaxSpikesBackward(dx, g, p.x.spikeImage(n))
	case p.kind == PoolMax:
		p.window.MaxRealsBackward(dx, g, p.x.realImage(n))
	case !p.global:
		p.window.SumBackward(dx, g, p.factor)
	default:
		clear(dx)
		for i := range p.in.pixels() {
			kernel.AddScaled(dx[i*len(g):(i+1)*len(g)], g, 1/float32(p.in.pixels()))
		}
	}
}
