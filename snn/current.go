package snn

import "ssnn/internal/kernel"

// current is a convolution and a norm. Its outputs are currents that no neuron has integrated yet.
type current struct {
	ws   *workspace
	conv *conv
	norm *norm
	out  activation
	task func(worker, item int)
}

func newCurrent(ws *workspace, conv, norm *Node, cfg *Config) *current {
	c := &current{ws: ws, conv: newConvolution(ws, conv)}
	c.norm = c.conv.normed(norm.Name, cfg.Norm)
	c.task = c.normImage
	return c
}

func (c *current) forward(p pass, x *activation) *activation {
	c.norm.forward(p, c.conv.forward(p, x, nil), x.T, x.B)
	c.out.setReals(c.conv.out, x.T, x.B)
	c.ws.pool.Run(x.T*x.B, c.task)
	return &c.out
}

func (c *current) normImage(_, n int) {
	size := c.out.size()
	kernel.Affine(c.out.realImage(n), c.conv.y[n*size:(n+1)*size], c.norm.scale, c.norm.shift,
		c.out.pixels())
}

func (c *current) backward(p pass, g []float32, wantInput bool) []float32 {
	c.norm.sumGradients(g, c.out.T, c.out.B, 1)
	dx := c.norm.backward(p, g, c.conv, wantInput)
	c.conv.release(p)
	c.ws.give(g)
	return dx
}

func (c *current) parameters(yield func(*Parameter)) {
	c.conv.parameters(yield)
	c.norm.parameters(yield)
}

func (c *current) statistics(yield func(*Parameter)) { c.norm.statistics(yield) }

func (c *current) neurons(func(*neurons)) {}

func (c *current) synaptic(yield func(synaptic)) { yield(c.conv) }
