package dataset

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Every class that there is is shown as often as the others, up to one, in every stretch of an
// epoch that is a whole number of rounds; and of a class no sample is shown twice more than
// another.
func TestBalancedOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		classes := rapid.SliceOfN(rapid.SampledFrom([]int{0, 0, 0, 0, 0, 1, 1, 3}), 1, 60).Draw(t,
			"classes")
		d := Draw{rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 9).Draw(t, "epoch")}
		n := len(classes)
		order := make([]int, n)
		d.Balanced(order, classes)
		again := make([]int, n)
		if d.Balanced(again, classes); !slices.Equal(order, again) {
			t.Fatal("the same draw has another order")
		}
		seen := map[int]bool{}
		times := make([]int, n)
		shown := map[int]int{}
		for _, class := range classes {
			shown[class] = 0
		}
		for at, i := range order {
			if seen[i] || i/n != times[i%n] {
				t.Fatalf("%d is sample %d, shown %d times before", i, i%n, times[i%n])
			}
			seen[i] = true
			times[i%n]++
			shown[classes[i%n]]++
			if least, most := extent(shown); most-least > 1 {
				t.Fatalf("after %d samples classes were shown %v times", at+1, shown)
			}
		}
		for class := range shown {
			of := map[int]int{}
			for i, c := range classes {
				if c == class {
					of[i] = times[i]
				}
			}
			if least, most := extent(of); most-least > 1 {
				t.Fatalf("the samples of class %d were shown %v times", class, of)
			}
		}
	})
}

// extent is the least and the most of some numbers.
func extent(of map[int]int) (least, most int) {
	first := true
	for _, n := range of {
		if first || n < least {
			least = n
		}
		if first || n > most {
			most = n
		}
		first = false
	}
	return least, most
}

// A sample that is shown once more in an epoch is augmented anew; without augmentation it is the
// same.
func TestFillOnceMore(t *testing.T) {
	f := &Frames{labels: []int{1, 0}, counts: make([][]uint16, 2)}
	f.Config.T, f.Config.Size.Width, f.Config.Size.Height = 1, 16, 16
	for i := range f.counts {
		f.counts[i] = make([]uint16, f.Config.Len())
		f.counts[i][300+i] = 1
	}
	f.Augment.Shift = 5
	fill := func(i int, draw *Draw) []float32 {
		dst := make([]float32, f.Config.Len())
		if err := f.Fill(dst, []int{i}, draw); err != nil {
			t.Fatal(err)
		}
		return dst
	}
	if f.Label(2, nil).Class != 1 || f.Label(5, nil).Class != 0 {
		t.Errorf("labels %v and %v, want 1 and 0", f.Label(2, nil), f.Label(5, nil))
	}
	if !slices.Equal(fill(1, nil), fill(3, nil)) {
		t.Error("without augmentation the sample is another the second time")
	}
	if d := (&Draw{Seed: 1}); slices.Equal(fill(1, d), fill(3, d)) &&
		slices.Equal(fill(1, d), fill(5, d)) {

		t.Error("the sample is augmented alike every time")
	}
}
