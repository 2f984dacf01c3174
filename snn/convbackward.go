package snn

import "ssnn/internal/kernel"

// groupRoom is the most elements of the output gradient of a group of images: 16 MiB.
const groupRoom = 1 << 22

// convBackward is the backward of a convolution. It takes a group of images at a time. It writes
// their output gradient, and while that is in the cache it computes from it the gradients of the
// weights, see convweightgradient.go, and of the input, see convinputgradient.go.
type convBackward struct {
	*conv
	from  outputGradient
	pass  pass // pass that runs now
	group gradientGroup
	some  run       // images of the group that the weight gradient takes at a time
	dx    []float32 // gradient of the input; nil: it is not wanted
	tiles *tiles    // computes dx by tiles where that is faster, see convtiles.go, else nil

	tasks struct { // method values, made once because making one allocates
		shard                                        func(shard samples)
		gradient                                     func(worker, item int)
		channelLists, weights, written, denseWeights func(worker, item int)
		turn, inputs                                 func(worker, item int)
	}
}

// run is the images first to first+count-1.
type run struct{ first, count int }

func newConvBackward(of *conv) *convBackward {
	c := &convBackward{conv: of}
	if of.tilesPay() {
		c.tiles = newTiles(c)
	}
	c.group = newGradientGroup(of, c.tiles)
	c.tasks.shard = c.backwardShard
	c.tasks.gradient = func(worker, i int) {
		c.from.writeGradient(&c.group, worker, c.group.first+i)
	}
	c.tasks.channelLists, c.tasks.weights = c.listChannels, c.weightGradients
	c.tasks.written, c.tasks.denseWeights = c.writeChannels, c.denseGradients
	c.tasks.turn, c.tasks.inputs = c.turn, c.inputGradient
	return c
}

// backward computes the gradient of the weights from the gradient of the output, and returns the
// gradient of the input, [images][H][W][C padded], or nil if it is not wanted. It leaves out the
// bias: callers whose bias no norm cancels compute its gradient themselves.
func (c *conv) backward(p pass, from outputGradient, wantInput bool) (dx []float32) {
	return c.back.run(p, from, wantInput)
}

func (c *convBackward) run(p pass, from outputGradient, wantInput bool) (dx []float32) {
	c.from, c.pass = from, p
	if wantInput {
		dx = c.prepareInput(p)
	}
	c.ws.sumGradients(c.x.B, c.tasks.shard, c.weight)
	c.dx, c.from = nil, nil
	return dx
}

// backwardShard computes the gradients of the samples of a shard.
func (c *convBackward) backwardShard(shard samples) {
	g := &c.group
	g.images = picked{shard, c.images / max(1, c.x.B), c.x.B}
	clear(c.weight.Gradient)
	atOnce := min(g.images.len(), max(1, c.ws.group/(g.pixels()*c.outputs)))
	g.values = c.ws.take(atOnce * g.pixels() * c.outputs)
	for first := 0; first < g.images.len(); first += g.count {
		g.run = run{first, min(atOnce, g.images.len()-first)}
		c.backwardGroup()
	}
	c.layout.clearBetweenGroups(c.weight.Gradient)
	c.ws.give(g.values)
	g.values = nil
}

func (c *convBackward) backwardGroup() {
	p, n, name := c.pass, c.group.count, c.weight.Name
	padded := n * c.group.pixels() * c.outputs
	at := p.start()
	c.ws.pool.Run(n, c.tasks.gradient)
	p.stop(at, name, "output gradient", 0, 2*n*c.out.pixels()*c.outputs+padded, 0)
	at = p.start()
	c.addWeightGradients()
	reals, words := c.inputSize(n)
	p.stop(at, name, "weight gradient", n*c.macs(), reals+padded+len(c.weight.Value), words)
	if c.dx != nil {
		at = p.start()
		c.inputGradients()
		elements := n*c.in.pixels()*kernel.Pad(c.in.c) + padded + len(c.weight.Value)
		p.stop(at, name, "input gradient", n*c.macs(), elements, 0)
	}
}
