package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The sums are those of their definition, from the membranes.
func TestLeakGradientIsItsDefinition(t *testing.T) {
	g := rand.New(rand.NewPCG(1, 2))
	const T, pixels, C = 3, 5, 2 * Lanes
	random := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(g.NormFloat64())
		}
		return x
	}
	for _, soft := range []bool{false, true} {
		for _, add := range [][]float32{nil, random(T * pixels * C)} {
			n := Neuron{Tau: 0.6, Threshold: 0.5, Soft: soft, Amount: 0.4}
			in := Current{X: random(T * pixels * C), Add: add, Scale: random(C), Shift: random(C),
				T: T, Stride: pixels * C, N: pixels * C}
			du, u := random(T*pixels*C), make([]float32, T*pixels*C)
			n.Membranes(u, in)
			var leak, current float64
			for i := range u {
				I := float64(u[i])
				if before := i - in.Stride; before >= 0 {
					w := float64(n.reset(u[before]))
					I -= float64(n.Tau) * w
					leak += float64(du[i]) * w
				}
				current += float64(du[i]) * I
			}
			gotLeak, gotCurrent := n.LeakGradient(du, in, make([]float32, 2*Lanes))
			if math.Abs(gotLeak-leak) > 1e-4 || math.Abs(gotCurrent-current) > 1e-4 {
				t.Errorf("soft %v, add %v: got %v and %v, want %v and %v", soft, add != nil,
					gotLeak, gotCurrent, leak, current)
			}
		}
	}
}
