package snn

// unit is a convolution, a norm and neurons.
type unit struct {
	ws   *workspace
	conv *conv
	norm *norm
	lif  *neurons
}

func newUnit(ws *workspace, conv, norm, lif *Node, cfg *Config) *unit {
	u := &unit{ws: ws, conv: newConvolution(ws, conv)}
	u.norm = u.conv.normed(norm.Name, cfg.Norm)
	u.lif = newNeurons(ws, lif, u.norm)
	return u
}

func (u *unit) forward(p pass, x *activation) *activation {
	if p.mode == inference && !p.keep {
		u.norm.useRunning()
		u.lif.prepare(p, x.T, x.B)
		u.conv.forward(p, x, u.lif)
		return &u.lif.out
	}
	y := u.conv.forward(p, x, nil)
	u.norm.forward(p, y, x.T, x.B)
	out := u.lif.forward(p, y, nil, x.T, x.B)
	if u.conv.cheap() {
		u.conv.release(p)
	}
	return out
}

func (u *unit) backward(p pass, g []float32, wantInput bool) []float32 {
	if u.conv.y == nil {
		y := u.conv.forward(p, u.conv.x, nil)
		u.norm.x, u.lif.x = y, y
	}
	u.lif.backward(p, g)
	dx := u.norm.backward(p, g, u.conv, wantInput)
	u.conv.release(p)
	u.ws.give(g)
	return dx
}

func (u *unit) parameters(yield func(*Parameter)) {
	u.conv.parameters(yield)
	u.norm.parameters(yield)
	u.lif.parameters(yield)
}

func (u *unit) statistics(yield func(*Parameter)) { u.norm.statistics(yield) }

func (u *unit) neurons(yield func(*neurons)) { yield(u.lif) }

func (u *unit) synaptic(yield func(synaptic)) { yield(u.conv) }
