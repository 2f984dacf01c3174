package snn

import "ssnn/internal/kernel"

// pool is average, max or global pooling. The mean of spikes is a real with few values; their maximum is a spike.
type pool struct {
	stateless
	ws     *workspace
	name   string // "stages.0.2.pool"
	kind   string
	window kernel.Window
	in     shape
	x      *activation
	out    activation
	g, dx  []float32
	tasks  struct{ forward, backward func(worker, item int) }
}

func newPool(ws *workspace, name string, it Item, in shape) *pool {
	p := &pool{ws: ws, name: name + ".pool", kind: it.Kind, in: in}
	p.window = kernel.Window{Height: in.h, Width: in.w, C: kernel.Pad(in.c)}
	if it.Kind != "globalpool" {
		p.window.K, p.window.Stride, p.window.Padding = window(it.args)
	}
	p.out.shape, _ = it.out(in)
	p.tasks.forward, p.tasks.backward = p.forwardImage, p.backwardImage
	return p
}

func (p *pool) forward(x *activation, _ bool) *activation {
	p.x = x
	if p.kind == "maxpool" && x.spikes != nil {
		p.out.setSpikes(p.out.shape, x.T, x.B)
	} else {
		p.out.setReals(p.out.shape, x.T, x.B)
		n := p.averaged()
		p.out.unit, p.out.most = x.unit/float32(n), x.most*n
	}
	at := p.ws.start()
	p.ws.pool.Run(x.images(), p.tasks.forward)
	p.ws.stop(at, p.name, "pooling", 0, len(x.reals)+len(p.out.reals), len(x.spikes)+len(p.out.spikes))
	return &p.out
}

// averaged is the number of pixels that an output is the mean of.
func (p *pool) averaged() int {
	switch p.kind {
	case "avgpool":
		return p.window.K * p.window.K
	case "globalpool":
		return p.in.pixels()
	}
	return 1
}

func (p *pool) forwardImage(_, n int) {
	switch spikes := p.x.spikes != nil; {
	case p.kind == "maxpool" && spikes:
		p.window.MaxSpikes(p.out.spikeImage(n), p.x.spikeImage(n))
	case p.kind == "maxpool":
		p.window.MaxReals(p.out.realImage(n), p.x.realImage(n))
	case p.kind == "avgpool" && spikes:
		p.window.AvgSpikes(p.out.realImage(n), p.x.spikeImage(n))
	case p.kind == "avgpool":
		p.window.AvgReals(p.out.realImage(n), p.x.realImage(n))
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
	case p.kind == "maxpool" && p.x.spikes != nil:
		p.window.MaxSpikesBackward(dx, g, p.x.spikeImage(n))
	case p.kind == "maxpool":
		p.window.MaxRealsBackward(dx, g, p.x.realImage(n))
	case p.kind == "avgpool":
		p.window.AvgBackward(dx, g)
	default:
		clear(dx)
		for i := range p.in.pixels() {
			kernel.AddScaled(dx[i*len(g):(i+1)*len(g)], g, 1/float32(p.in.pixels()))
		}
	}
}
