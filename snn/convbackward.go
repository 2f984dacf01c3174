package snn

import "ssnn/internal/kernel"

// groupRoom is how many elements the output gradient of a group of images has at most: 16 MiB.
const groupRoom = 1 << 22

// convBackward is the way back through a convolution. It takes a group of images at a time: their
// output gradient is written, and while it is in the cache the gradients of the weights, see
// convweightgradient.go, and of the input, see convinputgradient.go, are made from it.
type convBackward struct {
	*conv
	from  outputGradient
	group gradientGroup
	some  run       // of its images, those that the weight gradient takes at a time
	dx    []float32 // gradient of the input
	tiles *tiles    // makes it where that pays, else nil

	tasks struct { // bound once, as binding allocates
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
	c.tasks.gradient = func(worker, i int) {
		c.from.writeGradient(&c.group, worker, c.group.first+i)
	}
	c.tasks.channelLists, c.tasks.weights = c.listChannels, c.weightGradients
	c.tasks.written, c.tasks.denseWeights = c.writeChannels, c.denseGradients
	c.tasks.turn, c.tasks.inputs = c.turn, c.inputGradient
	return c
}

// backward makes the gradient of the weights from that of the output, and returns that of the
// input, [images][H][W][C padded], or nil when it is not wanted. The bias is left to those whose
// bias no norm cancels.
func (c *conv) backward(p pass, from outputGradient, wantInput bool) (dx []float32) {
	return c.back.run(p, from, wantInput)
}

func (c *convBackward) run(p pass, from outputGradient, wantInput bool) (dx []float32) {
	c.from = from
	clear(c.weight.Gradient)
	if wantInput {
		dx = c.prepareInput(p)
	}
	g := &c.group
	atOnce := min(c.images, max(1, c.ws.group/(g.pixels()*c.outputs)))
	g.values = c.ws.take(atOnce * g.pixels() * c.outputs)
	for first := 0; first < c.images; first += g.count {
		g.run = run{first, min(atOnce, c.images-first)}
		c.backwardGroup(p, wantInput)
	}
	c.layout.clearBetweenGroups(c.weight.Gradient)
	c.ws.give(g.values)
	g.values, c.dx, c.from = nil, nil, nil
	return dx
}

func (c *convBackward) backwardGroup(p pass, wantInput bool) {
	n, name := c.group.count, c.weight.Name
	padded := n * c.group.pixels() * c.outputs
	at := p.start()
	c.ws.pool.Run(n, c.tasks.gradient)
	p.stop(at, name, "output gradient", 0, 2*n*c.out.pixels()*c.outputs+padded, 0)
	at = p.start()
	c.addWeightGradients()
	reals, words := c.inputSize(n)
	p.stop(at, name, "weight gradient", n*c.macs(), reals+padded+len(c.weight.Value), words)
	if wantInput {
		at = p.start()
		c.inputGradients()
		elements := n*c.in.pixels()*kernel.Pad(c.in.c) + padded + len(c.weight.Value)
		p.stop(at, name, "input gradient", n*c.macs(), elements, 0)
	}
}
