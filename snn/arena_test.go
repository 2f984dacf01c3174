package snn

import (
	"math/rand/v2"
	"testing"
)

// Pieces that are in use at the same time never overlap, in whatever order they were taken, and the
// whole block is free again at the end.
func TestArena(t *testing.T) {
	g := rand.New(rand.NewPCG(1, 1))
	var a arena
	a.reserve(64 * grain)
	var taken [][]float32
	for i := range 5000 {
		if len(taken) > 0 && g.IntN(2) == 0 {
			j := g.IntN(len(taken))
			for _, v := range taken[j] {
				if v != taken[j][0] {
					t.Fatal("a piece was written by another")
				}
			}
			a.give(taken[j])
			taken = append(taken[:j], taken[j+1:]...)
			continue
		}
		x := a.take(1 + g.IntN(12*grain))
		for k := range x {
			x[k] = float32(i)
		}
		taken = append(taken, x)
	}
	for _, x := range taken {
		a.give(x)
	}
	if len(a.free) != 1 || a.free[0] != (span{0, 64 * grain}) {
		t.Errorf("free is %v", a.free)
	}
}
