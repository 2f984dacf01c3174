package dataset

import (
	"slices"
	"testing"

	"ssnn/dataset/nmnist1k"
	"ssnn/frames"
)

// Samples for many plans are those of each alone, augmented alike, and no others.
func TestIntegrations(t *testing.T) {
	set, err := Open(nmnist1k.FS(), "", Test, SplitOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	set.Samples = set.Samples[:5]
	var all Integrations
	for _, T := range []int{4, 2} {
		f, err := set.Integrate(frames.Config{T: T, Sensor: set.Sensor}, 2)
		if err != nil {
			t.Fatal(err)
		}
		f.Augment = Augment{Shift: 3}
		all = append(all, f)
	}
	batch := []int{3, 0, 4}
	for _, draw := range []*Draw{nil, {Seed: 4, Epoch: 1}} {
		for _, f := range all {
			want, got := make([]float32, 3*f.Config.Len()), make([]float32, 3*f.Config.Len())
			if err := f.Fill(want, batch, draw); err != nil {
				t.Fatal(err)
			}
			if err := all.Fill(got, batch, draw); err != nil || !slices.Equal(got, want) {
				t.Errorf("%d frames: error %v, or other values", f.Config.T, err)
			}
		}
	}
	if all.Len() != 5 || all.Label(3, nil) != all[1].Label(3, nil) {
		t.Errorf("%d samples, label %v", all.Len(), all.Label(3, nil))
	}
	if err := all.Fill(make([]float32, 3*all[0].Config.Len()/4*3), batch, nil); err == nil {
		t.Error("3 frames of samples with 4 and 2 are no error")
	}
	var counts [3]int
	for item := range 3000 {
		counts[Draw{Seed: 1, Epoch: 2}.Choice(item, 3)]++
	}
	for _, n := range counts {
		if n < 900 || n > 1100 {
			t.Errorf("of 3000 choices %v are of each kind, want about 1000", counts)
		}
	}
}
