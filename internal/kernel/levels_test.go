package kernel

import (
	"slices"
	"testing"
)

func TestCountLevels(t *testing.T) {
	fast(t, 200, func(t *testing.T, v variant, g *source) {
		pixels, c := 1+g.IntN(9), Lanes*(1+g.IntN(4))
		pitch := c + g.IntN(40)
		x, scale, shift := g.floats(pixels*c), g.floats(c), g.floats(c)
		thresholds := g.floats(1 + g.IntN(5))
		shift[0], x[0], thresholds[0] = 0.5, 0, 0.5 // is reached
		dst := g.floats((pixels-1)*pitch + c)
		want := g.copied(dst)
		v.countLevels(dst, pitch, x, scale, shift, thresholds)
		countLevelsGeneric(want, pitch, x, scale, shift, thresholds)
		if !slices.Equal(dst, want) {
			t.Fatalf("%d pixels of %d, pitch %d: %v, want %v", pixels, c, pitch, dst, want)
		}
	})
}
