package snn

import "ssnn/internal/kernel"

// mixture leads from a stage of t1 timesteps to one of t2. Each timestep of the output is a
// weighted sum over the timesteps of x. For each sample
//
//	y[j] = sum over t of m[t][j] * x[t]          t < t1, j < t2
//
// In the linear transition m[t][j] is weight[j][t], the same for all samples.
//
// # The causal temporal transformer
//
// The temporal transformer divides every x[t] in the same way, y[j] = sum over t of d[j]*x[t]. Its
// shares d are known only when the last x[t] has come. The causal one divides each x[t] when it
// comes. Its shares depend on the x that have come until then, and divide x[t] among the steps that
// are still to be made. Step j of the next stage stands for a part of the recording, and is made
// when that part is over, which is after
//
//	n[j] = ceil((j+1)*t1/t2)
//
// timesteps of x. So x[t] can reach the steps with n[j] > t, which are j >= first[t], and
//
//	avg[t]  = mean of x[t] over channels and pixels
//	s[t][j] = sum over r <= t of weight[j][r]*avg[r], + bias[j]
//	m[t]    = softmax of s[t] over j >= first[t], 0 before
//
// As in the temporal transformer the shares of each x[t] add up to 1, so the sum of y is the sum of
// x. With first[t] = 0, and with all of avg in each s[t], it would be the temporal transformer.
// y[j] depends only on x[0] to x[n[j]-1], and the sums y can be added up as the x[t] come. This
// variant is ours.
//
// # The windowed transition
//
// Here t2 divides t1. Step j stands for the window of the k = t1/t2 timesteps from t = j*k on, and
// receives only these:
//
//	s[t]    = weight[t]*avg[t] + bias[t]
//	m[t][j] = k * softmax of s over the window
//
// With equal scores this is the sum over the window, as in the merge transition.
type mixture struct {
	ws          *workspace
	name        string
	t1, t2      int
	kind        Transition // Linear, Causal or Windowed
	first, past []int      // [t1]: x[t] can reach the steps first[t] to past[t]-1
	scores

	from, to int // timesteps of x that are new in this call: from to to-1
	made     int // timesteps of the output that earlier calls have made

	x       *activation
	out     activation
	avg     []float64 // [B][t1]
	soft    []float64 // [B][t1]: softmax of a windowed transition
	m       []float64 // [B][t1][t2]
	gradM   []float64 // [B][t1][t2]: gradient of m, then of the scores, summed from t on if causal
	gradAvg []float64 // [B][t1]
	g, dx   []float32
	tasks   struct {
		share, mix, collect, spread func(worker, item int)
		sum                         func(shard samples)
	}
}

func newMixture(ws *workspace, name string, t1, t2 int, kind Transition, sc scores) *mixture {
	mx := &mixture{ws: ws, name: name, t1: t1, t2: t2, kind: kind, scores: sc}
	for t := range t1 {
		first, past := 0, t2
		switch kind {
		case Causal:
			first = stepsReady(t, t1, t2)
		case Windowed:
			first = t / (t1 / t2)
			past = first + 1
		}
		mx.first, mx.past = append(mx.first, first), append(mx.past, past)
	}
	mx.tasks.share, mx.tasks.mix = mx.share, mx.mix
	mx.tasks.collect, mx.tasks.spread = mx.collect, mx.spread
	mx.tasks.sum = mx.sumScores
	return mx
}

// shares returns m of a causal transformer, [B][t1][t2], or the softmax of a windowed transition,
// [B][t1], see Network.TransformerWeights.
func (mx *mixture) shares() []float64 {
	switch mx.kind {
	case Causal:
		return mx.m
	case Windowed:
		return mx.soft
	}
	return nil
}

// window is the number of timesteps of a window.
func (mx *mixture) window() int { return mx.t1 / mx.t2 }

// of is the part of v, [B][t1][t2], that belongs to timestep t of sample b.
func (mx *mixture) of(v []float64, b, t int) []float64 {
	return v[(b*mx.t1+t)*mx.t2:][:mx.t2]
}

func (mx *mixture) ready(t int) int {
	if mx.kind == Linear {
		return atTheEnd(t, mx.t1, mx.t2)
	}
	return stepsReady(t, mx.t1, mx.t2)
}

func (mx *mixture) forward(p pass, x *activation) *activation { return mx.extend(p, x, 0, mx.t1) }

func (mx *mixture) extend(p pass, x *activation, from, to int) *activation {
	at := p.start()
	mx.x, mx.from, mx.to, mx.made = x, from, to, mx.ready(from)
	mx.out.setReals(x.shape, mx.t2, x.B)
	mx.avg = grow(mx.avg, x.B*mx.t1)
	mx.soft = grow(mx.soft, x.B*mx.t1)
	mx.m = grow(mx.m, x.B*mx.t1*mx.t2)
	mx.ws.pool.Run(x.B, mx.tasks.share)
	mx.ws.pool.Run((mx.ready(to)-mx.made)*x.B, mx.tasks.mix)
	p.stop(at, mx.name, "transition", 0, len(x.reals)+len(mx.out.reals), len(x.spikes))
	return &mx.out
}

// share computes m of sample b, for the new timesteps.
func (mx *mixture) share(worker, b int) {
	for t := mx.from; t < mx.to; t++ {
		switch mx.kind {
		case Linear:
			m := mx.of(mx.m, b, t)
			for j := range m {
				m[j] = float64(mx.weight.Value[j*mx.columns+t])
			}
		case Causal:
			mx.average(worker, b, t)
			mx.shareStep(b, t)
		case Windowed:
			mx.average(worker, b, t)
			if k := mx.window(); t%k == k-1 {
				mx.shareWindow(b, t+1-k)
			}
		}
	}
}

func (mx *mixture) average(worker, b, t int) {
	mx.avg[b*mx.t1+t] = mx.x.mean(t*mx.x.B+b, &mx.ws.threads[worker])
}

// shareStep computes m[t] of sample b in a causal transformer.
func (mx *mixture) shareStep(b, t int) {
	m := mx.of(mx.m, b, t)
	clear(m)
	for j := mx.first[t]; j < mx.t2; j++ {
		if mx.bias != nil {
			m[j] = float64(mx.bias.Value[j])
		}
		for r, a := range mx.avg[b*mx.t1:][:t+1] {
			m[j] += float64(mx.weight.Value[j*mx.columns+r]) * a
		}
	}
	softmax(m[mx.first[t]:])
}

// shareWindow computes m of sample b for the window that begins at timestep t.
func (mx *mixture) shareWindow(b, t int) {
	s := mx.soft[b*mx.t1+t:][:mx.window()]
	for i := range s {
		s[i] = float64(mx.weight.Value[t+i])*mx.avg[b*mx.t1+t+i] + float64(mx.bias.Value[t+i])
	}
	softmax(s)
	for i, v := range s {
		m := mx.of(mx.m, b, t+i)
		clear(m)
		m[mx.first[t]] = float64(len(s)) * v
	}
}

// mean is the mean of image n over pixels and channels, without padding.
func (a *activation) mean(n int, th *thread) float64 {
	var sum float64
	if a.spikes != nil {
		sum = float64(kernel.CountSpikes(a.spikeImage(n)))
	} else {
		sum = th.sumOf(a.realImage(n))
	}
	return sum / float64(a.c*a.pixels())
}

// sumOf adds up the values of a whole number of vectors: first each lane by itself, in float32, and
// then the lanes, in float64. Sums of pooled spikes are therefore exact.
func (th *thread) sumOf(x []float32) (sum float64) {
	kernel.SumPixels(th.lanes[:], x, len(x)/kernel.Lanes)
	for _, v := range th.lanes {
		sum += float64(v)
	}
	return sum
}

// mix writes image n of the output, counted from the first one that was not made before.
func (mx *mixture) mix(_, n int) {
	n += mx.made * mx.x.B
	b, j := n%mx.x.B, n/mx.x.B
	dst := mx.out.realImage(n)
	clear(dst)
	for t := 0; t < mx.t1 && mx.first[t] <= j; t++ {
		if j >= mx.past[t] {
			continue
		}
		mx.x.addTo(dst, t*mx.x.B+b, float32(mx.of(mx.m, b, t)[j]))
	}
}

func (mx *mixture) backward(p pass, g []float32) []float32 {
	at := p.start()
	images := mx.t1 * mx.x.B
	mx.gradM = grow(mx.gradM, images*mx.t2)
	mx.gradAvg = grow(mx.gradAvg, images)
	clear(mx.gradAvg)
	mx.g, mx.dx = g, mx.ws.take(images*mx.x.size())
	mx.ws.pool.Run(images, mx.tasks.collect)
	for b := range mx.x.B {
		switch mx.kind {
		case Causal:
			mx.stepGradients(b)
		case Windowed:
			mx.windowGradients(b)
		}
	}
	mx.ws.sumGradients(mx.x.B, mx.tasks.sum, mx.weight, mx.bias)
	mx.ws.pool.Run(images, mx.tasks.spread)
	elements := 2*len(g) + len(mx.dx) + len(mx.x.reals)
	p.stop(at, mx.name, "transition backward", 0, elements, len(mx.x.spikes))
	mx.ws.give(g)
	return mx.dx
}

// gradientImage is the gradient of the output at step j of sample b.
func (mx *mixture) gradientImage(b, j int) []float32 {
	size := mx.x.size()
	return mx.g[(j*mx.x.B+b)*size:][:size]
}

// collect computes the gradients of the shares of image n of x: gradM[t][j] = <g[j], x[t]>.
func (mx *mixture) collect(_, n int) {
	b, t := n%mx.x.B, n/mx.x.B
	grad := mx.of(mx.gradM, b, t)
	clear(grad)
	for j := mx.first[t]; j < mx.past[t]; j++ {
		if mx.x.spikes != nil {
			grad[j] = kernel.DotSpikes(mx.gradientImage(b, j), mx.x.spikeImage(n))
		} else {
			grad[j] = kernel.Dot(mx.gradientImage(b, j), mx.x.realImage(n))
		}
	}
}

// stepGradients computes, for sample b of a causal transformer, the gradients of the scores and of
// avg from the gradients of the shares. Since weight[j][r] is in all s[t][j] with t >= r, only the
// sums of the scores' gradients from r on are needed; they replace the gradients of the shares.
func (mx *mixture) stepGradients(b int) {
	for t := mx.t1 - 1; t >= 0; t-- {
		m, grad := mx.of(mx.m, b, t), mx.of(mx.gradM, b, t)
		var dot float64
		for j, v := range m {
			dot += v * grad[j]
		}
		for j, v := range m {
			grad[j] = v * (grad[j] - dot)
			if t+1 < mx.t1 {
				grad[j] += mx.of(mx.gradM, b, t+1)[j]
			}
			mx.gradAvg[b*mx.t1+t] += grad[j] * float64(mx.weight.Value[j*mx.columns+t])
		}
	}
}

// windowGradients does what stepGradients does, for a windowed transition. Each timestep has one
// score, whose gradient replaces that of the timestep's one share in gradM.
func (mx *mixture) windowGradients(b int) {
	k := mx.window()
	for j := range mx.t2 {
		var dot float64
		for t := j * k; t < (j+1)*k; t++ {
			dot += mx.soft[b*mx.t1+t] * mx.of(mx.gradM, b, t)[j]
		}
		for t := j * k; t < (j+1)*k; t++ {
			grad := &mx.of(mx.gradM, b, t)[j]
			*grad = float64(k) * mx.soft[b*mx.t1+t] * (*grad - dot)
			mx.gradAvg[b*mx.t1+t] = *grad * float64(mx.weight.Value[t])
		}
	}
}

// sumScores computes the gradients of the weight and the bias, summed over the samples of a shard.
func (mx *mixture) sumScores(shard samples) {
	if mx.kind == Windowed {
		mx.windowParameters(shard)
	} else {
		mx.linearParameters(shard)
	}
}

func (mx *mixture) windowParameters(shard samples) {
	for t, j := range mx.first {
		var weight, bias float64
		for b := shard.first; b < shard.first+shard.count; b++ {
			grad := mx.of(mx.gradM, b, t)[j]
			weight += grad * mx.avg[b*mx.t1+t]
			bias += grad
		}
		mx.weight.Gradient[t], mx.bias.Gradient[t] = float32(weight), float32(bias)
	}
}

func (mx *mixture) linearParameters(shard samples) {
	mx.clearGradients()
	for j := range mx.t2 {
		var bias float64
		for t := range mx.t1 {
			var sum float64
			for b := shard.first; b < shard.first+shard.count; b++ {
				v := mx.of(mx.gradM, b, t)[j]
				if t == 0 {
					bias += v
				}
				if mx.kind == Causal {
					v *= mx.avg[b*mx.t1+t]
				}
				sum += v
			}
			mx.weight.Gradient[j*mx.columns+t] = float32(sum)
		}
		if mx.bias != nil {
			mx.bias.Gradient[j] = float32(bias)
		}
	}
}

// spread writes image n of the gradient of x: the gradients of the outputs times the image's
// shares, plus the gradient that comes through avg.
func (mx *mixture) spread(_, n int) {
	b, t := n%mx.x.B, n/mx.x.B
	size := mx.x.size()
	dx := mx.dx[n*size : (n+1)*size]
	share := float32(mx.gradAvg[b*mx.t1+t] / float64(mx.x.c*mx.x.pixels()))
	pixel := dx[:mx.x.stride]
	clear(pixel[mx.x.c:])
	for c := range mx.x.c {
		pixel[c] = share
	}
	for filled := len(pixel); filled < size; filled *= 2 {
		copy(dx[filled:], dx[:filled])
	}
	for j := mx.first[t]; j < mx.past[t]; j++ {
		kernel.AddScaled(dx, mx.gradientImage(b, j), float32(mx.of(mx.m, b, t)[j]))
	}
}
