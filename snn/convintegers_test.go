package snn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Integer convolutions of spikes, pooled spikes and sums over timesteps are the float ones, to the
// rounding of their weights: of 9 times as many weights as there are inputs, each off by half a
// step, a sum is off by less than a hundredth of its spread.
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
				c.normed("bn", Norm{Eps: 1e-5, Momentum: 1, Scale: 1})
				y := append([]float32(nil), c.forward(pass{}, x, nil)...)
				c.after.forward(learning, y, 2, 3) // the statistics
				got := c.forward(pass{bits: bits}, x, nil)
				if !c.fore.counted {
					t.Fatalf("%s: not of integers", name)
				}
				for j := range y {
					o := j % c.outputs
					if o >= s.out {
						continue
					}
					deviation := math.Sqrt(float64(c.after.variance.Value[o]))
					if off := math.Abs(float64(got[j] - y[j])); off >
						0.02*deviation*float64(16/bits)+1e-5 {

						t.Fatalf("%s", fmt.Sprintf("%+v of %s, %d bits, output %d: %v, want %v, "+
							"deviation %v", s, name, bits, o, got[j], y[j], deviation))
					}
				}
			}
		}
	}
}

// What a pooling says of its outputs, that they are whole multiples of a unit, holds for all of
// them, also behind a temporal transformer.
func TestPoolsKnowTheirUnit(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(8, 8))}
	ws := newWorkspace(2)
	defer ws.pool.Close()
	in := shape{17, 6, 4}
	for _, it := range []Item{AvgPool(2), AvgPool(3), MaxPool(2), GlobalPool(),
		PoolOf(PoolSum, Windows(2, 1, 0)), PoolOf(PoolMean, Windows(3, 2, 1))} {

		x := g.spikes(in, 4, 3)
		x.unit, x.most = 1, 1
		scores := newScores(ws, &Config{}, boundary{name: "tt"}, 4, 2)
		total := newTransformer(ws, "tt", 4, 2, scores, true)
		for name, a := range map[string]*activation{"spikes": x, "sums": total.forward(pass{}, x)} {
			input := *a
			input.scale, input.T = nil, input.images()/input.B
			out := poolOf(ws, it, in).forward(pass{}, &input)
			if out.spikes != nil {
				continue
			}
			for i, v := range out.reals[:out.images()*out.size()] {
				n := float64(v / out.unit)
				if out.unit == 0 || math.Abs(n-math.Round(n)) > 1e-3 || n > float64(out.most) {
					t.Fatalf("%v of %s, element %d: %v is %v of %v, want a whole number to %d", it,
						name, i, v, n, out.unit, out.most)
				}
			}
		}
	}
}
