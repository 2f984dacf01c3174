package kernel

import (
	"math"
	"slices"
	"testing"
)

// pixelWords are random words with guards behind them.
func (g *source) pixelWords(n int) []uint16 {
	s := make([]uint16, n+guards)
	for i := range s {
		s[i] = uint16(g.Uint32())
	}
	return s
}

func TestSplitPixels(t *testing.T) {
	fast(t, 200, func(t *testing.T, v variant, g *source) {
		n := g.IntN(100)
		pairs, got := g.pixelWords((n+1)/2), g.pixelWords(n)
		want := slices.Clone(got)
		v.splitPixels(got[:n], pairs)
		splitPixelsGeneric(want[:n], pairs)
		if !slices.Equal(got, want) {
			t.Fatalf("%d pixels: got %v, want %v", n, got, want)
		}
	})
}

func TestJoinPixels(t *testing.T) {
	fast(t, 200, func(t *testing.T, v variant, g *source) {
		n, shift, first := g.IntN(100), g.IntN(Lanes+1), g.IntN(2) == 0
		s, got := g.pixelWords(n)[:n], g.pixelWords(2*n)
		want := slices.Clone(got)
		v.joinPixels(got[:2*n], s, shift, first)
		joinPixelsGeneric(want[:2*n], s, shift, first)
		if !slices.Equal(got, want) {
			t.Fatalf("%d pixels, up by %d: got %v, want %v", n, shift, got, want)
		}
	})
}

func TestFinite(t *testing.T) {
	fast(t, 200, func(t *testing.T, v variant, g *source) {
		x := g.floats(1 + g.IntN(100))
		if !v.finite(x) {
			t.Fatalf("%v are finite", x)
		}
		x[g.IntN(len(x))] = []float32{float32(math.NaN()), float32(math.Inf(1)),
			float32(math.Inf(-1))}[g.IntN(3)]
		if v.finite(x) || finiteGeneric(x) {
			t.Fatalf("%v are not finite", x)
		}
	})
}
