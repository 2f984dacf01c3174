package snn

// residual is a layer whose result is added to what came in, after the neurons or without any:
//
//	body(x) + shortcut(x)
//
// The shortcut is x itself, or a layer of its own where the body changes the shape. What comes out are reals: of spikes added to
// spikes, small whole numbers.
type residual struct {
	ws       *workspace
	body     []layer
	shortcut layer // nil: x itself

	x, past, through *activation // of the last forward: input, shortcut(x), body(x)
	out              activation
	g, dx            []float32
	tasks            struct{ sum, copy, gradient func(worker, item int) }
}

func newResidual(ws *workspace, shortcut layer, body ...layer) *residual {
	r := &residual{ws: ws, body: body, shortcut: shortcut}
	r.tasks.sum, r.tasks.copy, r.tasks.gradient = r.sumImage, r.copyImage, r.gradientImage
	return r
}

// newSEW is the spike-element-wise block with ADD (Fang et al., NeurIPS 2021; fangwei123456/Spike-Element-Wise-ResNet):
//
//	LIF2(BN2(conv2(LIF1(BN1(conv1(x)))))) + shortcut(x)
//
// conv1 has the stride; the shortcut is x itself, or LIF(BN(conv 1x1 of that stride)) where the stride is not 1 or the channels
// change. With multi-level neurons it is the dormant-suppressed block of DS-ResNet (Feng et al., IJCAI 2022; langfengQ/MLF-DSResNet).
func newSEW(ws *workspace, name string, in shape, out, stride int, cfg *Config) *residual {
	first := newUnit(ws, name+".%s1", in, geometry{out, 3, stride}, cfg)
	second := newUnit(ws, name+".%s2", first.conv.out, geometry{out, 3, 1}, cfg)
	var down layer
	if stride != 1 || in.c != out {
		down = newUnit(ws, name+".down_%s", in, geometry{out, 1, stride}, cfg)
	}
	return newResidual(ws, down, first, second)
}

// newMS is the block with a membrane shortcut (Hu et al., arXiv 2112.08954; Ariande1/MS-ResNet):
//
//	BN2(conv2(LIF1(BN1(conv1(LIF(x)))))) + shortcut(x)
//
// conv1 has the stride; the shortcut is x itself, or BN(conv 1x1 of that stride) where the stride is not 1 or the channels change. So x and
// what comes out are currents, and no neuron stands between the first block and the last.
func newMS(ws *workspace, name string, in shape, out, stride int, cfg *Config) *residual {
	first := newUnit(ws, name+".%s1", in, geometry{out, 3, stride}, cfg)
	second := newCurrent(ws, name+".%s2", first.conv.out, geometry{out, 3, 1}, cfg)
	var down layer
	if stride != 1 || in.c != out {
		down = newCurrent(ws, name+".down_%s", in, geometry{out, 1, stride}, cfg)
	}
	return newResidual(ws, down, newFiring(ws, name+".lif", in, cfg), first, second)
}

// newPosition is the relative position embedding of Spikformer: x + LIF(BN(conv(x))).
func newPosition(ws *workspace, name string, in shape, cfg *Config) *residual {
	return newResidual(ws, nil, newUnit(ws, name+".%s", in, geometry{in.c, 3, 1}, cfg))
}

// newMLP is the perceptron of each pixel in a Spikformer: x + LIF2(BN2(conv2(LIF1(BN1(conv1(x)))))), both 1x1, conv1 to ratio times the
// channels.
func newMLP(ws *workspace, name string, in shape, ratio int, cfg *Config) *residual {
	first := newUnit(ws, name+".%s1", in, geometry{ratio * in.c, 1, 1}, cfg)
	return newResidual(ws, nil, first, newUnit(ws, name+".%s2", first.conv.out, geometry{in.c, 1, 1}, cfg))
}

func (r *residual) forward(x *activation, training bool) *activation {
	r.x, r.past, r.through = x, x, x
	for _, l := range r.body {
		r.through = l.forward(r.through, training)
	}
	if r.shortcut != nil {
		r.past = r.shortcut.forward(x, training)
	}
	r.out.setReals(r.through.shape, x.T, x.B)
	r.out.unit, r.out.most = 0, 0
	if unit := r.past.unit; unit == r.through.unit && r.past.scale == nil {
		r.out.unit, r.out.most = unit, r.past.most+r.through.most
	}
	r.ws.pool.Run(x.T*x.B, r.tasks.sum)
	return &r.out
}

func (r *residual) sumImage(_, n int) {
	dst := r.out.realImage(n)
	clear(dst)
	r.past.addTo(dst, n, 1)
	r.through.addTo(dst, n, 1)
}

func (r *residual) backward(g []float32, wantInput bool) []float32 {
	past := r.ws.take(len(g)) // the body takes over g
	r.g, r.dx = g, past
	r.ws.pool.Run(r.out.images(), r.tasks.copy)
	for i := len(r.body) - 1; i >= 0; i-- {
		g = r.body[i].backward(g, wantInput || i > 0)
	}
	if r.shortcut != nil {
		past = r.shortcut.backward(past, wantInput)
	}
	if wantInput && r.shortcut != nil {
		r.ws.add(g, past)
	} else if wantInput {
		r.g, r.dx = past, g
		r.ws.pool.Run(r.x.images(), r.tasks.gradient)
	}
	if past != nil {
		r.ws.give(past)
	}
	return g
}

func (r *residual) copyImage(_, n int) {
	size := r.out.size()
	copy(r.dx[n*size:(n+1)*size], r.g[n*size:(n+1)*size])
}

// gradientImage adds the gradient of the shortcut to that of image n of x.
func (r *residual) gradientImage(_, n int) {
	size := r.out.size()
	r.x.addGradient(r.dx[n*size:(n+1)*size], r.g, n, 1)
}

// each calls f for the layers of the block in PyTorch's order.
func (r *residual) each(f func(layer)) {
	for _, l := range r.body {
		f(l)
	}
	if r.shortcut != nil {
		f(r.shortcut)
	}
}

func (r *residual) parameters(yield func(*Parameter)) { r.each(func(l layer) { l.parameters(yield) }) }
func (r *residual) statistics(yield func(*Parameter)) { r.each(func(l layer) { l.statistics(yield) }) }
func (r *residual) neurons(yield func(*neurons))      { r.each(func(l layer) { l.neurons(yield) }) }
func (r *residual) synaptic(yield func(synaptic))     { r.each(func(l layer) { l.synaptic(yield) }) }
