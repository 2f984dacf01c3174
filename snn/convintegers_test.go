package snn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Integer convolutions of spikes, pooled spikes and sums over timesteps are the float ones, to the rounding of their weights: of 9 times
// as many weights as there are inputs, each off by half a step, a sum is off by less than a hundredth of its spread.
func TestIntegerConvolution(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(7, 7))}
	ws := newWorkspace(2)
	defer ws.pool.Close()
	for i, s := range convShapes {
		if s.in.c == 1 {
			continue
		}
		counts := g.reals(s.in, 2, 3)
		for j, v := range counts.reals {
			counts.reals[j] = 0.25 * float32(math.Round(2*math.Abs(float64(v))))
		}
		counts.unit, counts.most = 0.25, 40
		spikes := g.spikes(s.in, 2, 3)
		spikes.unit, spikes.most = 1, 1
		for name, x := range map[string]*activation{"counts": counts, "spikes": spikes} {
			for _, bits := range []int{8, 16} {
				c := randomConv(g, ws, i)
				c.after = newNorm(ws, "bn", s.out, Norm{Eps: 1e-5, Momentum: 1, Scale: 1})
				y := append([]float32(nil), c.forward(x, nil)...)
				c.after.forward(y, 6, true) // the statistics
				ws.bits = bits
				got := c.forward(x, nil)
				ws.bits = 32
				if !c.counted {
					t.Fatalf("%s: not of integers", name)
				}
				for j := range y {
					o := j % c.outputs
					if o >= s.out {
						continue
					}
					deviation := math.Sqrt(float64(c.after.variance.Value[o]))
					if off := math.Abs(float64(got[j] - y[j])); off > 0.02*deviation*float64(16/bits)+1e-5 {
						t.Fatalf("%s", fmt.Sprintf("%+v of %s, %d bits, output %d: %v, want %v, deviation %v", s, name, bits, o, got[j], y[j], deviation))
					}
				}
			}
		}
	}
}
