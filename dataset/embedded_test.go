package dataset_test

import (
	"slices"
	"testing"

	"ssnn/dataset"
	"ssnn/dataset/nmnist1k"
)

// The set that comes with the program is detected, and its samples are in the order of earlier
// runs.
func TestOpenTheEmbeddedSet(t *testing.T) {
	for split, want := range map[string]int{dataset.Train: 800, dataset.Test: 100} {
		s, err := dataset.Open(nmnist1k.FS(), "", split, dataset.SplitOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := dataset.NMNIST(nmnist1k.FS(), split, nil)
		if err != nil {
			t.Fatal(err)
		}
		if s.Layout != "n-mnist" || len(s.Samples) != want ||
			!slices.Equal(s.Samples, plain.Samples) || len(s.Notes) > 0 {

			t.Errorf("%s: layout %s, %d samples, notes %v", split, s.Layout, len(s.Samples),
				s.Notes)
		}
	}
}
