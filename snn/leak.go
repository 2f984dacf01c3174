package snn

import "math"

// membraneLeak turns the current v[t] into the membrane u[t] = share*w[t-1] + v[t].
type membraneLeak struct {
	share   float32
	learned bool
}

func (k *membraneLeak) forward(m *moment) {
	w := &m.kept[membrane]
	for l := range w {
		m.v[l] = float32(k.share*w[l]) + m.v[l]
	}
}

func (k *membraneLeak) backward(m *moment) {
	if k.learned {
		w := &m.kept[membrane]
		for l := range w {
			m.carried[l] += float32(m.dv[l] * w[l])
		}
	}
	for l := range m.dv {
		m.dkept[membrane][l] = k.share * m.dv[l]
	}
}

// leak is the learned leak of a layer of neurons, see Parametric. The levels share it.
type leak struct {
	w     *Parameter // scalar
	scale bool       // the current is scaled by k
	parts []float64  // [B][tasks][2]: the sums that integrator.backward returns
	tasks int        // tasks of a sample
}

func newLeak(ws *workspace, name string, l LIF) *leak {
	p := ws.parameter(name+".w", []int{}, 1, true)
	if !ws.frozen {
		p.Value[0] = LearnedAs(l.leak())
	}
	return &leak{w: p, scale: l.DecayInput}
}

// k is the share of the membrane that leaks away in a timestep.
func (l *leak) k() float64 { return learnedLeak(l.w.Value[0]) }

// learnedLeak is the share of the membrane that leaks away in a timestep, from the learned w.
func learnedLeak(w float32) float64 { return 1 / (1 + math.Exp(-float64(w))) }

// LearnedShare is the share of the membrane that survives a timestep, from the learned w, see
// Parametric.
func LearnedShare(w float32) float64 { return 1 - learnedLeak(w) }

// LearnedAs is the w for which the given share of the membrane survives a timestep.
func LearnedAs(share float64) float32 {
	k := 1 - share
	return float32(math.Log(k / (1 - k)))
}

// gradient computes the gradient of w from the parts. The membrane is u[t] = (1-k)*w[t-1] + I[t]
// with the current I[t] = k*J[t]. With dk/dw = k*(1-k) the gradient of w is
//
//	sum of (dI[t]*J[t] - du[t]*w[t-1]) * k*(1-k)
//	    = (sum of dI[t]*I[t] - k * sum of du[t]*w[t-1]) * (1-k)
//
// where dI is du, unless a synapse lies between them. Where the current is J itself, not k*J, the
// first sum is left out.
func (l *leak) gradient(shard samples) {
	var carried, current float64
	own := l.parts[shard.first*l.tasks*2:][:shard.count*l.tasks*2]
	for i := 0; i < len(own); i += 2 {
		carried += own[i]
		current += own[i+1]
	}
	if !l.scale {
		current = 0
	}
	k := l.k()
	l.w.Gradient[0] = float32((current - k*carried) * (1 - k))
}
