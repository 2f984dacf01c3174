package snn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ssnn/internal/kernel"
)

// Sums of bytes are to the bit those of lists, of spikes, counts and frames, whole or not, small
// or large.
func TestProductsAreLists(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(12, 12))}
	ws := newWorkspace(2)
	defer ws.pool.Close()
	multiplied := map[string]int{}
	for i, s := range convShapes {
		for name, x := range wholeInputs(g, s.in) {
			c := randomConv(g, ws, i)
			c.normed("bn", Norm{Eps: 1e-5, Momentum: 1, Scale: 1})
			c.after.forward(learning, slices.Clone(c.forward(pass{}, x, nil)), x.T, x.B)
			got := slices.Clone(c.forward(pass{bits: 8}, x, nil))
			if c.integers == nil {
				t.Fatalf("%s: not of integers", name)
			}
			if c.fore.way == way(c.fore.bytes) {
				multiplied[name]++
			}
			c.integers.products = nil
			if want := c.forward(pass{bits: 8}, x, nil); !slices.Equal(got, want) {
				t.Fatalf("%+v of %s: %v, want %v", s, name, got, want)
			}
		}
	}
	if kernel.DotsReach() == 0 {
		return
	}
	for _, name := range []string{"spikes", "counts", "small frames"} {
		if multiplied[name] < 5 {
			t.Errorf("of %s %d convolutions were multiplied", name, multiplied[name])
		}
	}
	if multiplied["frames of halves"] > 0 {
		t.Errorf("frames of halves were multiplied")
	}
}

// wholeInputs are inputs of a shape that convolutions of integers are for.
func wholeInputs(g maker, s shape) map[string]*activation {
	frames := func(largest int, unit float32) *activation {
		a := g.frames(s, 2, 3)
		a.raw = true
		for i := range a.reals {
			a.reals[i] = float32(max(0, g.IntN(3*largest)-2*largest)) * unit
		}
		a.reals[g.IntN(len(a.reals))] = float32(largest) * unit
		return a
	}
	counts := g.reals(s, 2, 3)
	for j, v := range counts.reals {
		counts.reals[j] = 0.25 * float32(math.Round(min(4, 2*math.Abs(float64(v)))))
	}
	counts.unit, counts.most = 0.25, 4
	return map[string]*activation{
		"spikes": g.spikes(s, 2, 3), "counts": counts, "small frames": frames(5, 1),
		"large frames": frames(255, 1), "larger frames": frames(300, 1),
		"frames of halves": frames(7, 0.5), "negative frames": frames(3, -1),
	}
}

// A network that multiplies bytes has the logits of one that does not, to the bit, behind folds
// too, at once and step by step.
func TestProductsOfNetworks(t *testing.T) {
	for name, stages := range map[string][][]Item{
		"of frames": {{Conv(9), AvgPool(2)}, {Conv(20), MaxPool(2), Conv(17)}},
		"of folded frames": {{AvgPool(1)},
			{ConvOf(12, Windows(3, 2, 1)), ConvOf(33, Windows(3, 2, 1)), GlobalPool()}},
		"of no convolution": {{AvgPool(2)}, {Conv(5)}},
	} {
		for _, T := range [][]int{{6, 2}, {4, 1}, {3, 3}} {
			c := Default()
			c.Height, c.Width, c.Classes, c.InChannels = 12, 11, 3, 2
			c.Transition, c.T, c.Stages = Fold, T, stages
			n := trained(t, c, 2)
			defer n.Close()
			for _, factor := range []float32{1, 100, 0.5} {
				frames := randomFrames(c, 2, 9)
				for i := range frames {
					frames[i] *= factor
				}
				one, two := frozen(t, n), frozen(t, n)
				two.convolutions(func(c *conv, _ int) {
					if c.integers != nil {
						c.integers.products = nil
					}
				})
				want := slices.Clone(two.Forward(frames, 2, false).Logits)
				if got := one.Forward(frames, 2, false).Logits; !slices.Equal(got, want) {
					t.Errorf("%s, T %v, frames times %v: %v, want %v", name, T, factor, got, want)
				}
				for stepwise := range len(T) + 1 {
					one.walkAll(frames[:len(frames)/2], stepwise)
					two.walkAll(frames[:len(frames)/2], stepwise)
					got, want := one.Classify(len(T)-1), two.Classify(len(T)-1)
					if !slices.Equal(got, want) {
						t.Errorf("%s, T %v, from stage %d in steps: %v, want %v", name, T, stepwise,
							got, want)
					}
				}
			}
		}
	}
}

// frozen is the network with weights of 8 bits.
func frozen(t *testing.T, n *Network) *Network {
	t.Helper()
	f, err := n.Freeze(8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}
