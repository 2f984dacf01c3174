package snn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"ssnn/internal/kernel"
)

// The way that newIntegrator chooses does what the row of dynamics does, to the bit: spikes,
// membranes, what is kept, gradients and their sums. Where the reset is attached the row adds up
// the same terms in another order; TestDynamicsCompose compares these with the twin.
func TestWaysAreTheRow(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(9, 10))}
	for i := range 96 {
		d := Dynamics{Levels: 1, LIF: DefaultLIF()}
		d.Tau, d.Threshold, d.Surrogate = g.Float64(), 0.5+g.Float64(), Surrogate(i%4)
		if i/4%2 == 1 {
			d.Synapse = g.Float64()
		}
		if i/8%3 > 0 {
			d.Reset = Soft
		}
		if i/8%3 == 2 {
			d.ResetAmount = 0.2 + g.Float64()
		}
		v := float32(d.Threshold)
		what := fmt.Sprintf("%+v", d)
		const T, C, stride = 7, 3 * kernel.Lanes, blockNeurons + 10*kernel.Lanes
		N := C * (1 + g.IntN(stride/C))
		var in currents
		in.Current = kernel.Current{
			X: g.vector(T * stride), Scale: g.vector(C), Shift: g.vector(C), T: T, Stride: stride,
			N: N,
		}
		if g.IntN(2) == 0 {
			in.Add = g.vector(T * stride)
		}
		up, mean, begin := g.vector(T*stride), g.vector(C), g.vector(2*N)
		run := func(n integrator) (spikes []uint16, reals []float32) {
			th := &thread{}
			spikes = make([]uint16, T*stride/kernel.Lanes)
			n.forward(th, spikes, in)
			kept, from := slices.Clone(begin), in
			from.kept, from.between = kept, N
			more := make([]uint16, len(spikes))
			n.forward(th, more, from)
			u, grad := make([]float32, T*stride), slices.Clone(up)
			n.membranes(u, in)
			sum, dot := make([]float32, C), make([]float32, C)
			n.backward(th, grad, in, sum, dot, mean)
			return append(spikes, more...), slices.Concat(kept, u, grad, sum, dot)
		}
		spikes, reals := run(newIntegrator(d, v))
		wantSpikes, want := run(d.composed(v))
		if !slices.Equal(spikes, wantSpikes) {
			t.Errorf("%s: other spikes than the row", what)
		}
		for at, x := range reals {
			if x != want[at] {
				t.Fatalf("%s: number %d of %d is %v, want %v", what, at, len(want), x, want[at])
			}
		}
	}
}
