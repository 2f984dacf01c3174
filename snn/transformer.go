package snn

import (
	"math"

	"ssnn/internal/kernel"
)

// transformer is the temporal transformer from a stage of t1 timesteps to one of t2. For each
// sample
//
//	avg[t]   = mean of x[t] over channels and pixels           t < t1
//	d        = softmax(weight*avg + bias)                      [t2]
//	total    = sum over t of x[t]
//	y[t]     = d[t] * total                                    t < t2
//
// Without a weight, d[t] is 1/t1, and so y is the mean of x at every timestep. y is a factored
// activation if the next layer can read one, and is otherwise written out.
type transformer struct {
	ws       *workspace
	name     string
	t1, t2   int
	scores   // without a weight, y is the mean of x
	factored bool

	x       *activation
	sums    []float64  // [B][chunks][t1]
	avg     []float64  // [B][t1]
	out     activation // y, factored
	whole   activation // y, written out
	d64     []float64  // [B][t2]
	gradD   []float64  // [B][t2]: gradient of weight*avg + bias
	gradAvg []float64  // [B][t1]
	g, dx   []float32
	tasks   struct {
		total, expand, collect, spread func(worker, item int)
		sum                            func(shard samples)
	}
}

func newTransformer(ws *workspace, name string, t1, t2 int, sc scores, factored bool) *transformer {
	tt := &transformer{ws: ws, name: name, t1: t1, t2: t2, scores: sc, factored: factored}
	tt.tasks.total, tt.tasks.expand = tt.totalOf, tt.expandImage
	tt.tasks.collect, tt.tasks.spread = tt.collectGradient, tt.spreadGradient
	tt.tasks.sum = tt.sumScores
	return tt
}

func (tt *transformer) shares() []float64 {
	if tt.weight == nil {
		return nil
	}
	return tt.d64
}

// ready is 0 before the end, because the softmax needs all timesteps.
func (tt *transformer) ready(t int) int { return atTheEnd(t, tt.t1, tt.t2) }

func (tt *transformer) extend(p pass, x *activation, _, to int) *activation {
	if to < tt.t1 {
		return nil
	}
	return tt.forward(p, x)
}

// atTheEnd is ready for a transition that needs all t1 timesteps for any of its t2 timesteps.
func atTheEnd(t, t1, t2 int) int {
	if t < t1 {
		return 0
	}
	return t2
}

func (tt *transformer) forward(p pass, x *activation) *activation {
	tt.x = x
	tt.out.setReals(x.shape, 1, x.B)
	tt.out.T = tt.t2
	tt.out.unit, tt.out.most = x.unit, x.most*tt.t1
	tt.out.scale = grow(tt.out.scale, tt.t2*x.B)
	tt.out.scaleGrad = grow(tt.out.scaleGrad, tt.t2*x.B)
	clear(tt.out.scaleGrad)
	tt.avg = grow(tt.avg, x.B*tt.t1)
	tt.d64 = grow(tt.d64, x.B*tt.t2)
	at := p.start()
	tt.sums = grow(tt.sums, x.B*tt.chunks()*tt.t1)
	tt.ws.pool.Run(x.B*tt.chunks(), tt.tasks.total)
	for b := range x.B {
		tt.share(b)
	}
	p.stop(at, tt.name, "transition", 0, len(x.reals)+len(tt.out.reals), len(x.spikes))
	if tt.factored {
		return &tt.out
	}
	tt.whole.setReals(x.shape, tt.t2, x.B)
	tt.ws.pool.Run(tt.t2*x.B, tt.tasks.expand)
	return &tt.whole
}

// chunkSize is the number of elements of total that one task computes. They stay in the first-level
// cache for all timesteps.
const chunkSize = 1 << 12

// chunks is the number of tasks that an image of total is cut into.
func (tt *transformer) chunks() int { return (tt.x.size() + chunkSize - 1) / chunkSize }

// totalOf computes a chunk of the total of a sample, and the sum over the chunk at each timestep.
func (tt *transformer) totalOf(worker, item int) {
	x := tt.x
	b, chunk := item/tt.chunks(), item%tt.chunks()
	from, to := chunk*chunkSize, min((chunk+1)*chunkSize, x.size())
	total := tt.out.realImage(b)[from:to]
	clear(total)
	for t := range tt.t1 {
		var sum float64
		if n := t*x.B + b; x.spikes != nil {
			s := x.spikeImage(n)[from/kernel.Lanes : to/kernel.Lanes]
			kernel.AddSpikes(total, s, 1)
			sum = float64(kernel.CountSpikes(s))
		} else {
			image := x.realImage(n)[from:to]
			kernel.AddScaled(total, image, 1)
			sum = tt.ws.threads[worker].sumOf(image)
		}
		tt.sums[item*tt.t1+t] = sum
	}
}

// share computes avg and d of sample b.
func (tt *transformer) share(b int) {
	x := tt.x
	avg := tt.avg[b*tt.t1 : (b+1)*tt.t1]
	clear(avg)
	for chunk := range tt.chunks() {
		for t := range avg {
			avg[t] += tt.sums[(b*tt.chunks()+chunk)*tt.t1+t]
		}
	}
	for t := range avg {
		avg[t] /= float64(x.c * x.pixels())
	}
	d := tt.d64[b*tt.t2 : (b+1)*tt.t2]
	for i := range d {
		d[i] = 1 / float64(tt.t1)
	}
	if tt.weight != nil {
		tt.score(d, avg)
		softmax(d)
	}
	for t, v := range d {
		tt.out.scale[t*x.B+b] = float32(v)
	}
}

// score computes d = weight*avg + bias.
func (tt *transformer) score(d, avg []float64) {
	for i := range d {
		d[i] = 0
		if tt.bias != nil {
			d[i] = float64(tt.bias.Value[i])
		}
		for t, a := range avg {
			d[i] += float64(tt.weight.Value[i*tt.columns+t]) * a
		}
	}
}

// softmax turns x into exp(x)/sum(exp(x)).
func softmax(x []float64) {
	top := math.Inf(-1)
	for _, v := range x {
		top = max(top, v)
	}
	var sum float64
	for i, v := range x {
		x[i] = math.Exp(v - top)
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
}

// expandImage writes image n of the output.
func (tt *transformer) expandImage(_, n int) {
	dst := tt.whole.realImage(n)
	clear(dst)
	tt.out.addTo(dst, n, 1)
}

// backward takes g, the gradient of the output, and returns the gradient of x. For a factored
// output g is the gradient of total.
func (tt *transformer) backward(p pass, g []float32) []float32 {
	at := p.start()
	B := tt.x.B
	if !tt.factored {
		whole := g
		g = tt.ws.take(B * tt.out.size())
		tt.g, tt.dx = whole, g
		tt.ws.pool.Run(B, tt.tasks.collect)
		tt.ws.give(whole)
	}
	tt.linearGradients()
	tt.g, tt.dx = g, tt.ws.take(tt.t1*len(g))
	tt.ws.pool.Run(tt.t1*B, tt.tasks.spread)
	p.stop(at, tt.name, "transition backward", 0, tt.t1*len(g)+len(tt.dx), 0)
	tt.ws.give(g)
	return tt.dx
}

// collectGradient computes the gradients of total and d for sample b from the gradient of an output
// that was written out.
func (tt *transformer) collectGradient(_, b int) {
	size := tt.out.size()
	dst := tt.dx[b*size : (b+1)*size]
	clear(dst)
	for t := range tt.t2 {
		at := t*tt.x.B + b
		g := tt.g[at*size : (at+1)*size]
		kernel.AddScaled(dst, g, tt.out.scale[at])
		tt.out.scaleGrad[at] = kernel.Dot(g, tt.out.realImage(b))
	}
}

// linearGradients goes back from the gradient of d through the softmax and the linear layer. It
// computes the gradients of avg, of the weight and of the bias.
func (tt *transformer) linearGradients() {
	B := tt.x.B
	tt.gradD = grow(tt.gradD, B*tt.t2)
	tt.gradAvg = grow(tt.gradAvg, B*tt.t1)
	clear(tt.gradAvg)
	if tt.weight == nil {
		return
	}
	for b := range B {
		d, g := tt.d64[b*tt.t2:(b+1)*tt.t2], tt.gradD[b*tt.t2:(b+1)*tt.t2]
		var dot float64
		for t := range d {
			dot += d[t] * tt.out.scaleGrad[t*B+b]
		}
		for t := range d {
			g[t] = d[t] * (tt.out.scaleGrad[t*B+b] - dot)
			for s := range tt.t1 {
				tt.gradAvg[b*tt.t1+s] += g[t] * float64(tt.weight.Value[t*tt.columns+s])
			}
		}
	}
	tt.ws.sumGradients(B, tt.tasks.sum, tt.weight, tt.bias)
}

// sumScores computes the gradients of the linear layer, summed over the samples of a shard.
func (tt *transformer) sumScores(shard samples) {
	tt.clearGradients()
	for t := range tt.t2 {
		for s := range tt.t1 {
			var sum float64
			for b := shard.first; b < shard.first+shard.count; b++ {
				sum += tt.gradD[b*tt.t2+t] * tt.avg[b*tt.t1+s]
			}
			tt.weight.Gradient[t*tt.columns+s] = float32(sum)
		}
		if tt.bias != nil {
			var sum float64
			for b := shard.first; b < shard.first+shard.count; b++ {
				sum += tt.gradD[b*tt.t2+t]
			}
			tt.bias.Gradient[t] = float32(sum)
		}
	}
}

// spreadGradient writes image n of the gradient of x: the gradient of total, plus the gradient that
// comes through avg. The gradient of the padding is 0.
func (tt *transformer) spreadGradient(_, n int) {
	b, t := n%tt.x.B, n/tt.x.B
	size := tt.out.size()
	g, dx := tt.g[b*size:(b+1)*size], tt.dx[n*size:(n+1)*size]
	share := float32(tt.gradAvg[b*tt.t1+t] / float64(tt.x.c*tt.x.pixels()))
	for p := 0; p < size; p += tt.x.stride {
		for c := range tt.x.c {
			dx[p+c] = g[p+c] + share
		}
		clear(dx[p+tt.x.c : p+tt.x.stride])
	}
}
