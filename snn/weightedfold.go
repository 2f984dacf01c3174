package snn

import (
	"fmt"

	"ssnn/internal/kernel"
)

// weightedFold is a fold in which all timesteps of a window share the weights of one convolution,
// times a factor for each timestep of the window and each input channel. Because the convolution is
// linear, the factors are applied to its input:
//
//	y[j][c] = sum over i < k of weight[i][c] * x[j*k + i][c]          k = t1/t2, j < t2
type weightedFold struct {
	ws        *workspace
	name      string
	t1, t2, k int
	scores    // weight [k][channels padded]

	made  int // timesteps of the output that earlier calls have made
	x     *activation
	out   activation
	zeros []float32 // [channels padded]
	sums  []float32 // [t2][B][2][k][channels padded]: gradient of weight by image, then scratch
	g, dx []float32
	tasks struct {
		sum, collect, spread func(worker, item int)
		add                  func(shard samples)
	}
}

func newWeightedFold(ws *workspace, name string, t1, t2 int, sc scores) *weightedFold {
	f := &weightedFold{ws: ws, name: name, t1: t1, t2: t2, k: t1 / t2, scores: sc}
	f.zeros = make([]float32, len(sc.weight.Value)/f.k)
	f.tasks.sum, f.tasks.collect, f.tasks.spread = f.sum, f.collect, f.spread
	f.tasks.add = f.add
	return f
}

// row is the part of v, [k][channels padded], that belongs to timestep i of a window.
func (f *weightedFold) row(v []float32, i int) []float32 {
	return v[i*len(f.zeros):][:len(f.zeros)]
}

func (f *weightedFold) ready(t int) int { return t / f.k }

func (f *weightedFold) forward(p pass, x *activation) *activation { return f.extend(p, x, 0, f.t1) }

func (f *weightedFold) extend(p pass, x *activation, from, to int) *activation {
	at := p.start()
	f.x, f.made = x, f.ready(from)
	f.out.setReals(x.shape, f.t2, x.B)
	f.ws.pool.Run((f.ready(to)-f.made)*x.B, f.tasks.sum)
	p.stop(at, f.name, "transition", 0, len(x.reals)+len(f.out.reals), len(x.spikes))
	return &f.out
}

// reals is image n of x as reals. Spikes are written out to the thread's memory.
func (f *weightedFold) reals(th *thread, n int) []float32 {
	if f.x.spikes == nil {
		return f.x.realImage(n)
	}
	th.currents = grow(th.currents, f.x.size())
	clear(th.currents)
	kernel.AddSpikes(th.currents, f.x.spikeImage(n), 1)
	return th.currents
}

// sum writes image n of the output, counted from the first one that was not made before.
func (f *weightedFold) sum(worker, n int) {
	n += f.made * f.x.B
	b, j := n%f.x.B, n/f.x.B
	th := &f.ws.threads[worker]
	th.scratch = grow(th.scratch, f.x.size())
	dst := f.out.realImage(n)
	clear(dst)
	for i := range f.k {
		x := f.reals(th, (j*f.k+i)*f.x.B+b)
		kernel.Affine(th.scratch, x, f.row(f.weight.Value, i), f.zeros, f.x.pixels())
		kernel.AddScaled(dst, th.scratch, 1)
	}
}

func (f *weightedFold) backward(p pass, g []float32) []float32 {
	at := p.start()
	images, size := f.t2*f.x.B, 2*len(f.weight.Value)
	f.sums = grow(f.sums, images*size)
	f.g, f.dx = g, f.ws.take(f.t1*f.x.B*f.x.size())
	f.ws.pool.Run(images, f.tasks.collect)
	f.ws.sumGradients(f.x.B, f.tasks.add, f.weight)
	f.ws.pool.Run(f.t1*f.x.B, f.tasks.spread)
	reals := 2*len(g) + len(f.dx) + len(f.x.reals)
	p.stop(at, f.name, "transition backward", 0, reals, len(f.x.spikes))
	f.ws.give(g)
	return f.dx
}

// add computes the gradient of weight, summed over the images of a shard.
func (f *weightedFold) add(shard samples) {
	images := picked{shard, f.t2, f.x.B}
	for i := range f.weight.Gradient {
		var sum float64
		for n := range images.len() {
			sum += float64(f.sums[images.at(n)*2*len(f.weight.Value)+i])
		}
		f.weight.Gradient[i] = float32(sum)
	}
}

// collect computes the gradient of weight from image n of the output: for each timestep of the
// window and each channel, the sum of g*x over the pixels.
func (f *weightedFold) collect(worker, n int) {
	b, j := n%f.x.B, n/f.x.B
	size := len(f.weight.Value)
	dots := f.sums[2*n*size:][:2*size]
	clear(dots)
	dots, ignored := dots[:size], dots[size:]
	g := f.g[n*f.x.size():][:f.x.size()]
	for i := range f.k {
		x := f.reals(&f.ws.threads[worker], (j*f.k+i)*f.x.B+b)
		kernel.NormSums(f.row(ignored, i), f.row(dots, i), g, x, f.zeros, f.x.pixels())
	}
}

// spread writes image n of the gradient of x.
func (f *weightedFold) spread(_, n int) {
	b, t := n%f.x.B, n/f.x.B
	size := f.x.size()
	g := f.g[(t/f.k*f.x.B+b)*size:][:size]
	kernel.Affine(f.dx[n*size:][:size], g, f.row(f.weight.Value, t%f.k), f.zeros, f.x.pixels())
}

func (f *weightedFold) shares() []float64 { return nil }

// WithPlainFolds returns a network for inference only, with one thread. It has a plain fold in
// place of each weighted fold, and the weights of the convolution behind it are multiplied by the
// factors of the fold. Its results are the same except for rounding, and the inputs of the
// convolution stay spikes or multiples of one number. All other parameters are those of n and are
// not copied, so n must not be trained while the result is in use. If n has no weighted folds, n
// itself is returned. Close ends the thread of a new network.
func (n *Network) WithPlainFolds() *Network {
	if n.cfg.Transition != WeightedFold {
		return n
	}
	cfg := n.cfg
	cfg.Transition = Fold
	ws := newFrozenWorkspace(1)
	for name, p := range n.ws.parameters {
		shared := *p
		shared.Gradient = nil
		ws.parameters[name] = &shared
	}
	for i := range len(cfg.Stages) - 1 { // build makes anew the weights that the fold changes
		delete(ws.parameters, foldedName(i))
	}
	plain := build(cfg, ws)
	plain.bits = n.bits
	for i := range len(cfg.Stages) - 1 {
		w, m := n.ws.parameters[foldedName(i)], n.ws.parameters[fmt.Sprintf("tt.%d.weight", i)]
		values := unfolded(w.Export(w.Value), w.Shape, m.Export(m.Value))
		if p := ws.parameters[foldedName(i)]; p.Import(p.Value, values) != nil {
			panic("snn: " + p.Name + " is not that of the same configuration")
		}
	}
	return plain
}

// foldedName is the name of the weights of the convolution behind the fold after stage i.
func foldedName(i int) string { return fmt.Sprintf("stages.%d.0.conv.weight", i+1) }

// unfolded returns the weights of the convolution behind a plain fold, [out][k*in][height][width].
// w, [out][in][height][width], are the weights behind the weighted fold, and m, [k][in], its
// factors.
func unfolded(w []float32, shape []int, m []float32) (all []float32) {
	in, taps := shape[1], shape[2]*shape[3]
	for o := range shape[0] {
		for channel, factor := range m {
			for _, v := range w[(o*in+channel%in)*taps:][:taps] {
				all = append(all, factor*v)
			}
		}
	}
	return all
}
