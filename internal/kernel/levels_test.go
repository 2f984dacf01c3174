package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestCountLevels(t *testing.T) {
	fast(t, 200, func(t *testing.T, v variant, g *source) {
		in, n := g.current(), g.neuron()
		in.Add = nil
		c := len(in.Scale)
		pitch := c + g.IntN(40)
		apart := in.N/c*pitch + g.IntN(9)
		thresholds := g.floats(1 + g.IntN(5))
		in.Shift[0], in.X[0], thresholds[0] = 0.5, 0, 0.5 // is reached
		dst := g.floats((in.T-1)*apart + (in.N/c-1)*pitch + c)
		want := g.copied(dst)
		v.countLevels(n, dst, pitch, apart, in, thresholds, make([]float32, 5*Lanes))
		countLevelsGeneric(n, want, pitch, apart, in, thresholds, nil)
		if !slices.Equal(dst, want) {
			t.Fatalf("%d timesteps, %d pixels of %d, pitch %d: %v, want %v", in.T, in.N/c, c, pitch,
				dst, want)
		}
	})
}

// Each level is a neuron.
func TestCountLevelsOfNeurons(t *testing.T) {
	g := &source{rand.New(rand.NewPCG(5, 5)), nil}
	for range 50 {
		in, n := g.current(), g.neuron()
		in.Add, n.Soft = nil, false
		thresholds := g.floats(3)
		c := len(in.Scale)
		got, want := make([]float32, in.T*in.N), make([]float32, in.T*in.N)
		countLevelsGeneric(n, got, c, in.N, in, thresholds, nil)
		spikes := make([]uint16, len(in.X)/Lanes+1)
		for _, n.Threshold = range thresholds {
			lifForwardGeneric(n, spikes, in)
			for t := range in.T {
				s := spikes[t*in.Stride/Lanes:][:in.N/Lanes]
				addSpikesGeneric(want[t*in.N:][:in.N], s, 1)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	}
}
