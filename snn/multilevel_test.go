package snn

import (
	"slices"
	"testing"
)

// Levels that are counted at once fire what they fire one after the other.
func TestLevelsAtOnce(t *testing.T) {
	c := Default()
	c.Height, c.Width, c.Classes, c.InChannels = 9, 8, 3, 2
	c.Neuron, c.Transition, c.T = MultiLevel, Fold, []int{4, 1}
	c.Stages = [][]Item{{AvgPool(1)}, {Conv(5), ConvOf(80, Windows(3, 2, 1)), Conv(20)}}
	n := trained(t, c, 2)
	defer n.Close()
	frames := randomFrames(c, 3, 9)
	for _, bits := range []int{32, 16, 8} {
		one, err := n.Freeze(bits)
		if err != nil {
			t.Fatal(err)
		}
		two, err := n.Freeze(bits)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range two.stages {
			s.neurons(func(l *neurons) { l.thresholds = nil })
		}
		want := slices.Clone(two.Forward(frames, 3, false).Logits)
		if got := one.Forward(frames, 3, false).Logits; !slices.Equal(got, want) {
			t.Errorf("%d bits: %v, want %v", bits, got, want)
		}
		one.Close()
		two.Close()
	}
}
