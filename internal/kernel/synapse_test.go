package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// tangent is how the spikes of a neuron move with its currents, by the slope of the surrogate: the
// derivative forward in time, which Backward is the adjoint of.
func tangent(n Neuron, I, dI []float64) (ds []float64) {
	var c, w, dc, dw float64
	amount := float64(n.Threshold)
	if n.Amount != 0 {
		amount = float64(n.Amount)
	}
	for t := range I {
		c, dc = float64(n.Synapse)*c+I[t], float64(n.Synapse)*dc+dI[t]
		u, du := float64(n.Tau)*w+c, float64(n.Tau)*dw+dc
		s, h := 0.0, float64(n.Surrogate.Slope(float32(u)-n.Threshold, n.Alpha))
		if u >= float64(n.Threshold) {
			s = 1
		}
		move := h * du
		ds = append(ds, move)
		if !n.Attached {
			move = 0
		}
		if n.Soft {
			w, dw = u-amount*s, du-amount*move
		} else {
			w, dw = u*(1-s), (1-s)*du-u*move
		}
	}
	return ds
}

// Backward of neurons with synaptic currents and reset amounts of their own is the adjoint of their
// derivative forward in time, and Forward in pieces is Forward at once.
func TestSynapses(t *testing.T) {
	g := &source{rand.New(rand.NewPCG(3, 4)), nil}
	const T = 9
	for i := range 200 {
		n := Neuron{
			Tau: g.Float32(), Threshold: 0.5 + g.Float32(), Soft: g.IntN(2) == 0, Attached: g.IntN(2) == 0,
			Surrogate: []Surrogate{Rectangle, Triangle, Sigmoid, Arctan}[g.IntN(4)], Alpha: 1 + g.Float32(),
		}
		if g.IntN(4) > 0 {
			n.Synapse = g.Float32()
		}
		if n.Soft && g.IntN(4) > 0 {
			n.Amount = 0.2 + g.Float32()
		}
		in := Current{X: g.floats(T * Lanes), Scale: g.floats(Lanes), Shift: g.floats(Lanes), T: T, Stride: Lanes, N: Lanes}
		up := g.floats(T * Lanes)
		grad := g.copied(up)
		sum, dot := g.floats(Lanes), g.floats(Lanes)
		clear(sum)
		n.Backward(grad, in, g.floats(T*Lanes), sum, dot, g.floats(Lanes))
		for l := range Lanes {
			I, dI := make([]float64, T), make([]float64, T)
			total := 0.0
			for t := range T {
				I[t] = float64(float32(in.Scale[l]*in.X[t*Lanes+l]) + in.Shift[l])
				dI[t] = g.NormFloat64()
				total += float64(grad[t*Lanes+l])
			}
			var forward, backward float64
			for t, ds := range tangent(n, I, dI) {
				forward += float64(up[t*Lanes+l]) * ds
				backward += float64(grad[t*Lanes+l]) * dI[t]
			}
			if math.Abs(forward-backward) > 1e-3*(1+math.Abs(forward)) {
				t.Fatalf("%d, %+v, lane %d: %v forward, %v backward", i, n, l, forward, backward)
			}
			if math.Abs(total-float64(sum[l])) > 1e-3*(1+math.Abs(total)) {
				t.Fatalf("%d, %+v, lane %d: sum %v, want %v", i, n, l, sum[l], total)
			}
		}
		whole, parts := make([]uint16, T), make([]uint16, T)
		n.Forward(whole, in)
		in.W, in.C = make([]float32, Lanes), make([]float32, Lanes)
		for from := 0; from < T; from += 2 {
			part := in
			part.X, part.T = in.X[from*Lanes:], min(2, T-from)
			n.Forward(parts[from:], part)
		}
		if fmt.Sprint(whole) != fmt.Sprint(parts) {
			t.Fatalf("%d, %+v: spikes %v at once, %v in pieces", i, n, whole, parts)
		}
	}
}
