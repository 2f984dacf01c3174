package snn

import "ssnn/internal/kernel"

// linear is a fully connected layer from a whole image to one pixel, at every timestep, without
// norm and neurons. Its input is never factored.
type linear struct {
	stateless
	ws   *workspace
	conv *conv
	flat activation // the input as an image of one pixel
	out  activation
	g    []float32 // gradient of out
	bias func(shard samples)
}

func newLinear(ws *workspace, n *Node) *linear {
	in := n.From.own()
	conv := newFullyConnected(ws, n.Name, in, kernel.Pad(in.c), n.Out.Channels, n.Bias)
	l := &linear{ws: ws, conv: conv}
	l.bias = l.biasGradient
	return l
}

// newFullyConnected makes a fully connected layer for images of shape in, whose pixels lie stride
// apart. It is a 1x1 convolution of an image of one pixel whose channels are all the features.
func newFullyConnected(ws *workspace, name string, in shape, stride, outputs int, bias bool) *conv {
	c := newConv(ws, name, shape{in.pixels() * stride, 1, 1}, outputs, Windows(1, 1, 0), bias)
	w := c.weight
	if len(w.Shape) == 2 {
		return c // a frozen network shares the parameter, which is complete
	}
	w.Shape = []int{outputs, in.c * in.pixels()}
	w.at = func(i int) int { // features in files are [C][H][W]
		f := i % w.Shape[1]
		return c.weightAt(i/w.Shape[1], f%in.pixels()*stride+f/in.pixels(), 0, 0)
	}
	return c
}

// flattened is the activation as images of one pixel, whose channels are all elements of an image.
func (a *activation) flattened() activation {
	flat := *a
	flat.shape, flat.stride = shape{a.size(), 1, 1}, a.size()
	return flat
}

func (l *linear) forward(p pass, x *activation) *activation {
	l.flat = x.flattened()
	y := l.conv.forward(p, &l.flat, nil)
	l.out = activation{shape: l.conv.out, T: x.T, B: x.B, stride: l.conv.outputs, reals: y}
	return &l.out
}

func (l *linear) backward(p pass, g []float32, wantInput bool) []float32 {
	l.g = g
	if bias := l.conv.bias; bias != nil {
		l.ws.sumGradients(l.out.B, l.bias, bias)
	}
	dx := l.conv.backward(p, l, wantInput)
	l.conv.release(p)
	l.ws.give(g)
	return dx
}

// gradient is the gradient of the output for image n.
func (l *linear) gradient(n int) []float32 { return l.g[n*l.conv.outputs : (n+1)*l.conv.outputs] }

func (l *linear) biasGradient(shard samples) {
	g := l.conv.bias.Gradient
	clear(g)
	images := picked{shard, l.out.T, l.out.B}
	for i := range images.len() {
		kernel.AddScaled(g, l.gradient(images.at(i)), 1)
	}
}

func (l *linear) writeGradient(to *gradientGroup, _, i int) {
	for _, o := range l.conv.layout.outs {
		copy(to.block(o, i)[:o.width], l.gradient(to.images.at(i))[o.from:])
	}
}

func (l *linear) parameters(yield func(*Parameter)) { l.conv.parameters(yield) }

func (l *linear) synaptic(yield func(synaptic)) { yield(l.conv) }
