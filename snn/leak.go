package snn

import (
	"math"

	"ssnn/internal/kernel"
)

// leak is the learnable one of a layer of neurons, see Parametric.
type leak struct {
	w     *Parameter // scalar
	scale bool       // the current is scaled by k
	parts []float64  // [tasks][2]: sums of du*w[t-1] and du*I, see kernel.Neuron.LeakGradient
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

// learnedLeak is the share of the membrane that leaks away in a timestep where w was learned.
func learnedLeak(w float32) float64 { return 1 / (1 + math.Exp(-float64(w))) }

// LearnedShare is the share of the membrane that survives a timestep where w was learned, see
// Parametric.
func LearnedShare(w float32) float64 { return 1 - learnedLeak(w) }

// LearnedAs is the w for which so much of the membrane survives a timestep.
func LearnedAs(share float64) float32 {
	k := 1 - share
	return float32(math.Log(k / (1 - k)))
}

// part adds up the gradient of one task, whose currents' gradient is g.
func (l *leak) part(task int, n kernel.Neuron, g []float32, in kernel.Current, scratch []float32) {
	l.parts[2*task], l.parts[2*task+1] = n.LeakGradient(g, in, scratch)
}

// gradient makes the gradient of w from the parts: with u[t] = (1-k)*w[t-1] + k*J[t] the derivative by w, through dk/dw = k*(1-k), is
//
//	sum of du[t]*(J[t] - w[t-1]) * k*(1-k) = (sum of du[t]*I[t] - k * sum of du[t]*w[t-1]) * (1-k)
//
// as the kernel's I is k*J; where the current is J itself it has no part in it.
func (l *leak) gradient() {
	var carried, current float64
	for i := 0; i < len(l.parts); i += 2 {
		carried += l.parts[i]
		current += l.parts[i+1]
	}
	if !l.scale {
		current = 0
	}
	k := l.k()
	l.w.Gradient[0] = float32((current - k*carried) * (1 - k))
}
