package dataset

import (
	"fmt"
	"slices"
	"testing"
)

// Both parts together are the set; the share is that of each class; the draw is the seed's.
func TestHoldOut(t *testing.T) {
	s := &Set{Classes: []string{"a", "b", "c"}}
	for class, n := range []int{20, 1, 3} {
		for i := range n {
			s.Samples = append(s.Samples, Sample{Path: fmt.Sprint(class, i), Label: class})
		}
	}
	rest, held := s.HoldOut(0.25, 1)
	var counts [3]int
	for _, sample := range held.Samples {
		counts[sample.Label]++
		if slices.Contains(rest.Samples, sample) {
			t.Errorf("%s is in both parts", sample.Path)
		}
	}
	if counts != [3]int{5, 0, 1} || len(rest.Samples)+len(held.Samples) != len(s.Samples) {
		t.Errorf("held out %v of 20, 1, 3, and kept %d, want 5, 0, 1 and all others", counts,
			len(rest.Samples))
	}
	if _, again := s.HoldOut(0.25, 1); !slices.Equal(again.Samples, held.Samples) {
		t.Error("the same seed drew others")
	}
	if _, other := s.HoldOut(0.25, 2); slices.Equal(other.Samples, held.Samples) {
		t.Error("another seed drew the same")
	}
	if rest, held := s.HoldOut(0, 1); len(held.Samples) != 0 ||
		!slices.Equal(rest.Samples, s.Samples) {

		t.Error("a share of 0 holds out some")
	}
}
