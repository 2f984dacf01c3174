package snn

import "ssnn/internal/kernel"

// firing is a layer of neurons without a convolution and a norm before them. It integrates its
// input, which is never factored.
type firing struct {
	stateless
	ws    *workspace
	lif   *neurons
	x     *activation
	reals []float32 // x as reals, if x is spikes
	g     []float32
	tasks struct{ write, scale func(worker, item int) }
}

func newFiring(ws *workspace, n *Node) *firing {
	f := &firing{ws: ws, lif: newNeurons(ws, n, passing(ws, n.Name, n.From.own()))}
	f.tasks.write, f.tasks.scale = f.writeImage, f.scaleImage
	return f
}

// passing is a norm that changes nothing and has no parameters to learn.
func passing(ws *workspace, name string, in shape) *norm {
	n := newNorm(ws, name, in.c, Norm{})
	n.pixels, n.passes = in.pixels(), true
	for c := range n.c {
		n.scale[c], n.inverse[c] = 1, 1
	}
	return n
}

func (f *firing) forward(p pass, x *activation) *activation {
	f.x = x
	reals := x.reals
	if x.spikes != nil {
		f.reals = grow(f.reals, x.images()*x.size())
		reals = f.reals
		f.ws.pool.Run(x.images(), f.tasks.write)
	}
	return f.lif.forward(p, reals, nil, x.T, x.B)
}

func (f *firing) writeImage(_, n int) {
	dst := f.image(f.reals, n)
	clear(dst)
	f.x.addTo(dst, n, 1)
}

// image is image n of x, [images][H][W][C padded].
func (f *firing) image(x []float32, n int) []float32 {
	size := f.x.size()
	return x[n*size : (n+1)*size]
}

func (f *firing) backward(p pass, g []float32, wantInput bool) []float32 {
	f.lif.backward(p, g)
	if !wantInput {
		f.ws.give(g)
		return nil
	}
	if f.lif.scale != 1 {
		f.g = g
		f.ws.pool.Run(f.x.images(), f.tasks.scale)
	}
	return g
}

func (f *firing) scaleImage(_, n int) {
	g := f.image(f.g, n)
	kernel.ScaleTo(g, g, f.lif.scale)
}

func (f *firing) parameters(yield func(*Parameter)) { f.lif.parameters(yield) }

func (f *firing) neurons(yield func(*neurons)) { yield(f.lif) }
