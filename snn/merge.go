package snn

import "ssnn/internal/kernel"

// merge leads from a stage of t1 timesteps to one of t2 <= t1. Timestep j of the output is the sum
// of the timesteps of x over the same part of the recording:
//
//	y[j] = sum over t of o[t][j] * x[t]          t < t1, j < t2
//
// where o[t][j] is the length that [t/t1, (t+1)/t1) and [j/t2, (j+1)/t2) have in common, times t1.
// For each t the shares o[t][j] add up to 1, so the sum of y is the sum of x. If t2 divides t1 the
// shares are 0 or 1, else multiples of gcd(t1, t2)/t2. merge adds up x in whole multiples of that
// number, which is exact, and then scales the sum.
type merge struct {
	ws     *workspace
	name   string
	t1, t2 int
	unit   int // gcd(t1, t2)

	made  int // timesteps of the output that earlier calls have made
	x     *activation
	out   activation
	g, dx []float32
	tasks struct{ sum, spread func(worker, item int) }
}

func newMerge(ws *workspace, name string, t1, t2 int) *merge {
	m := &merge{ws: ws, name: name, t1: t1, t2: t2, unit: gcd(t1, t2)}
	m.tasks.sum, m.tasks.spread = m.sum, m.spread
	return m
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// MergeOverlaps returns the shares o[t][j] by which [Merge] leads from t1 timesteps to t2,
// [t2][t1]. Share o[t][j] is the part of timestep t that lies in timestep j of the next stage.
func MergeOverlaps(t1, t2 int) (all []float32) {
	m := merge{t1: t1, t2: t2, unit: gcd(t1, t2)}
	for j := range t2 {
		for t := range t1 {
			all = append(all, float32(m.overlap(t, j))*m.scale())
		}
	}
	return all
}

// overlap is o[t][j] in multiples of scale().
func (m *merge) overlap(t, j int) int {
	return max(0, min((t+1)*m.t2, (j+1)*m.t1)-max(t*m.t2, j*m.t1)) / m.unit
}

func (m *merge) scale() float32 { return float32(m.unit) / float32(m.t2) }

func (m *merge) ready(t int) int { return stepsReady(t, m.t1, m.t2) }

func (m *merge) forward(p pass, x *activation) *activation { return m.extend(p, x, 0, m.t1) }

func (m *merge) extend(p pass, x *activation, from, to int) *activation {
	at := p.start()
	m.x, m.made = x, m.ready(from)
	m.out.setReals(x.shape, m.t2, x.B)
	m.out.merged = m
	m.out.unit, m.out.most = x.unit*m.scale(), x.most*m.t1/m.unit
	count := m.ready(to) - m.made
	m.ws.pool.Run(count*x.B, m.tasks.sum)
	p.stop(at, m.name, "transition", 0, len(x.reals)+count*x.B*x.size(), len(x.spikes))
	return &m.out
}

// sum writes image n of the output, counted from the first one that was not made before. It writes
// one part after the other, so that a part stays in the first-level cache while the timesteps of
// the window are added up.
func (m *merge) sum(_, n int) {
	n += m.made * m.x.B
	b, j := n%m.x.B, n/m.x.B
	dst := m.out.realImage(n)
	first := j * m.t1 / m.t2
	for from := 0; from < len(dst); from += chunkSize {
		part := dst[from:min(from+chunkSize, len(dst))]
		for t := first; t < timestepsNeeded(j, m.t1, m.t2); t++ {
			m.add(part, t*m.x.B+b, from, float32(m.overlap(t, j)), t == first)
		}
		if m.unit != m.t2 {
			kernel.ScaleTo(part, part, m.scale())
		}
	}
}

// add adds the elements of image n of x from number from on, times a factor, to dst. With first it
// overwrites dst instead.
func (m *merge) add(dst []float32, n, from int, factor float32, first bool) {
	if m.x.spikes != nil {
		if first {
			clear(dst)
		}
		kernel.AddSpikes(dst, m.x.spikeImage(n)[from/kernel.Lanes:][:len(dst)/kernel.Lanes], factor)
		return
	}
	x := m.x.realImage(n)[from:][:len(dst)]
	switch {
	case !first:
		kernel.AddScaled(dst, x, factor)
	case factor == 1:
		copy(dst, x)
	default:
		kernel.ScaleTo(dst, x, factor)
	}
}

// sent is the number of spikes that pixel p of image n of the output sums up. A spike that two
// timesteps of the output share counts in both.
func (m *merge) sent(n, p int) (count int) {
	b, j := n%m.x.B, n/m.x.B
	for t := j * m.t1 / m.t2; t < timestepsNeeded(j, m.t1, m.t2); t++ {
		count += m.x.sent(t*m.x.B+b, p, m.x.unit)
	}
	return count
}

func (m *merge) backward(p pass, g []float32) []float32 {
	at := p.start()
	m.g, m.dx = g, m.ws.take(m.t1*m.x.B*m.x.size())
	m.ws.pool.Run(m.t1*m.x.B, m.tasks.spread)
	p.stop(at, m.name, "transition backward", 0, len(g)+len(m.dx), 0)
	m.ws.give(g)
	return m.dx
}

// spread writes image n of the gradient of x.
func (m *merge) spread(_, n int) {
	b, t := n%m.x.B, n/m.x.B
	size := m.x.size()
	dx := m.dx[n*size : (n+1)*size]
	first, last := t*m.t2/m.t1, timestepsNeeded(t, m.t2, m.t1)
	for j := first; j < last; j++ {
		g, share := m.g[(j*m.x.B+b)*size:][:size], float32(m.overlap(t, j))*m.scale()
		switch {
		case j > first:
			kernel.AddScaled(dx, g, share)
		case share == 1:
			copy(dx, g)
		default:
			kernel.ScaleTo(dx, g, share)
		}
	}
}

func (m *merge) parameters(func(*Parameter)) {}
func (m *merge) shares() []float64           { return nil }
