package snn

import "slices"

// residual is a list of layers, the body, whose output is added to the body's input:
//
//	body(x) + shortcut(x)
//
// No neurons follow the sum. These are residual layers:
//
//   - the spike-element-wise block with ADD (Fang et al., NeurIPS 2021;
//     fangwei123456/Spike-Element-Wise-ResNet), whose body is two units. With multi-level neurons
//     it is the dormant-suppressed block of DS-ResNet (Feng et al., IJCAI 2022;
//     langfengQ/MLF-DSResNet);
//   - the block with a membrane shortcut (Hu et al., arXiv 2112.08954; Ariande1/MS-ResNet), whose
//     body begins with neurons and ends in a norm;
//   - the position embedding, the attention and the perceptron of a Spikformer.
//
// The shortcut is x itself, or a layer of its own if the body changes the shape. The outputs are
// reals; if spikes are added to spikes, they are small whole numbers.
type residual struct {
	ws       *workspace
	body     []layer
	shortcut []layer // empty: the shortcut is x itself

	x, past, through *activation // x, shortcut(x) and body(x) of the last forward
	out              activation
	g, dx            []float32
	tasks            struct{ sum, copy, gradient func(worker, item int) }
}

func newResidual(ws *workspace, shortcut []layer, body ...layer) *residual {
	r := &residual{ws: ws, body: body, shortcut: shortcut}
	r.tasks.sum, r.tasks.copy, r.tasks.gradient = r.sumImage, r.copyImage, r.gradientImage
	return r
}

func (r *residual) forward(p pass, x *activation) *activation {
	r.x, r.past, r.through = x, x, x
	for _, l := range r.body {
		r.through = l.forward(p, r.through)
	}
	for _, l := range r.shortcut {
		r.past = l.forward(p, r.past)
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

func (r *residual) backward(p pass, g []float32, wantInput bool) []float32 {
	past := r.ws.take(len(g)) // the body takes over g
	r.g, r.dx = g, past
	r.ws.pool.Run(r.out.images(), r.tasks.copy)
	for i := len(r.body) - 1; i >= 0; i-- {
		g = r.body[i].backward(p, g, wantInput || i > 0)
	}
	for i := len(r.shortcut) - 1; i >= 0; i-- {
		past = r.shortcut[i].backward(p, past, wantInput || i > 0)
	}
	if wantInput && len(r.shortcut) > 0 {
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

// gradientImage adds the gradient that comes through the shortcut to the gradient of image n of x,
// where the shortcut is x itself.
func (r *residual) gradientImage(_, n int) {
	size := r.out.size()
	r.x.addGradient(r.dx[n*size:(n+1)*size], r.g, n, 1)
}

// each calls f for the layers of the block in PyTorch's order.
func (r *residual) each(f func(layer)) {
	for _, l := range slices.Concat(r.body, r.shortcut) {
		f(l)
	}
}

func (r *residual) parameters(yield func(*Parameter)) {
	r.each(func(l layer) { l.parameters(yield) })
}
func (r *residual) statistics(yield func(*Parameter)) {
	r.each(func(l layer) { l.statistics(yield) })
}
func (r *residual) neurons(yield func(*neurons)) { r.each(func(l layer) { l.neurons(yield) }) }
func (r *residual) synaptic(yield func(synaptic)) {
	r.each(func(l layer) { l.synaptic(yield) })
}
