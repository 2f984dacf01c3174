package snn

import (
	"fmt"
	"slices"
	"testing"
)

// Frames that a fold takes as they lie give what padded ones give, to the bit, whatever comes
// behind the fold or in its place: two poolings of single pixels, the reference, want them padded.
func TestFramesThatAFoldTakes(t *testing.T) {
	for name, items := range map[string][]Item{
		"convolution": {Conv(5)}, "mean": {AvgPool(2), Conv(4)}, "maximum": {MaxPool(2), Conv(4)},
		"single pixels": {AvgPool(1), Conv(4)}, "block": {Block(20, 1)},
		"linear":    {FullyConnected(6)},
		"depthwise": {Depthwise(Windows(3, 1, 1)), Conv(4)}, "nothing": nil,
	} {
		for _, T := range [][]int{{6, 2}, {6, 6}, {4, 1}} {
			for channels := 1; channels <= 3; channels++ {
				for _, first := range []Item{AvgPool(1), MaxPool(1)} {
					c := Default()
					c.Height, c.Width, c.Classes, c.InChannels = 8, 7, 3, channels
					c.Transition, c.T, c.Stages = Fold, T, [][]Item{{first}, items}
					if items == nil {
						c.T, c.Stages = T[:1], c.Stages[:1]
					} else if T[1] < T[0] && !items[0].isPlainConvolution() {
						continue // is refused: nothing would weigh what the fold joins
					}
					padded := c
					padded.Stages = slices.Clone(c.Stages)
					padded.Stages[0] = []Item{first, first}
					sameAnswers(t, fmt.Sprint(first, " then ", name, T, channels), c, padded)
				}
			}
		}
	}
}

// sameAnswers says whether two networks have the same logits to the bit, with weights of any bits.
func sameAnswers(t *testing.T, name string, a, b Config) {
	t.Helper()
	one, two := trained(t, a, 2), trained(t, b, 2)
	defer one.Close()
	defer two.Close()
	const B = 2
	frames := randomFrames(a, B, 9)
	for _, bits := range []int{32, 16, 8} {
		for _, n := range []*Network{one, two} {
			if err := n.Quantise(bits); err != nil {
				t.Fatal(err)
			}
		}
		got, want := one.Forward(frames, B, false).Logits, two.Forward(frames, B, false).Logits
		if !slices.Equal(got, want) {
			t.Errorf("%s, %d bits: logits %v, want %v", name, bits, got, want)
		}
	}
}
