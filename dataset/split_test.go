package dataset

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

func TestNatural(t *testing.T) {
	want := []string{"", "01", "1", "2", "10", "a", "a_2", "a_2b", "a_10", "a_10b", "b"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, natural)
	if !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

// The whole set, by its numbers: recordings 0 to 99 of each class test, though 100 stands before 11
// as text.
func TestCIFAR10DVSByTheFirstHundred(t *testing.T) {
	files := fstest.MapFS{}
	for _, class := range cifar10DVS.classes {
		numbered(files, class+"/cifar10_"+class+"_%d.aedat", 1000)
	}
	files["airplane.zip"] = &fstest.MapFile{} // the archive may lie beside its folder
	s, err := Open(files, "", Test, SplitOptions{Rule: First}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Samples) != 1000 || len(s.Notes) != 0 {
		t.Fatalf("%d samples, notes %v, want 1000 and none", len(s.Samples), s.Notes)
	}
	for i, x := range s.Samples {
		class := cifar10DVS.classes[i/100]
		if want := fmt.Sprintf("%s/cifar10_%s_%d.aedat", class, class, i%100); x.Path != want ||
			x.Label != i/100 {

			t.Fatalf("sample %d is %+v, want %s", i, x, want)
		}
	}
	random, err := Open(files, "", Test, SplitOptions{Seed: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := Open(files, "", Test, SplitOptions{Seed: 2}, nil)
	if len(random.Samples) != 1000 || slices.Equal(random.Samples, s.Samples) ||
		slices.Equal(random.Samples, other.Samples) {

		t.Errorf("%d samples drawn; seeds 1 and 2 or the first hundred are the same",
			len(random.Samples))
	}
	if want := "random, 10 % of each class to test, seed 1"; random.Split != want {
		t.Errorf("split %q, want %q", random.Split, want)
	}
}

func TestIncompleteSetsAreNoted(t *testing.T) {
	for name, want := range map[string]string{
		"cifar10-dvs":    "245 recordings are here of the 10000 of CIFAR10-DVS",
		"n-caltech101":   "42 recordings are here of the 8709 of N-Caltech101",
		"n-cars":         "split Train has 2 recordings, where the whole set has 15422",
		"dvs128-gesture": "split Train has 22 recordings, where the whole set has 1176",
	} {
		s, err := Open(examples(t)[name], "", Train, SplitOptions{}, nil)
		if err != nil || len(s.Notes) != 1 || s.Notes[0] != want {
			t.Errorf("%s: notes %q, %v, want %q", name, s.Notes, err, want)
		}
	}
}

// The parts of any class are disjoint, in order, all of it, none of them empty, and do not depend
// on what lies in other classes.
func TestParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 300).Draw(t, "n")
		o := SplitOptions{
			Rule:     rapid.SampledFrom(Rules).Draw(t, "rule"),
			Seed:     rapid.Uint64().Draw(t, "seed"),
			Fraction: rapid.Float64Range(0.001, 0.999).Draw(t, "fraction"),
		}
		var names []string
		for i := range n {
			names = append(names, fmt.Sprintf("%04d", i))
		}
		train, err := o.part(Train, "c", names)
		if err != nil {
			t.Fatal(err)
		}
		test, err := o.part(Test, "c", names)
		if err != nil {
			t.Fatal(err)
		}
		both := slices.Concat(train, test)
		slices.Sort(both)
		if !slices.Equal(both, names) || len(train) == 0 || len(test) == 0 ||
			!slices.IsSorted(train) || !slices.IsSorted(test) {

			t.Fatalf("train %v, test %v", train, test)
		}
		if d := float64(len(test)) - o.Fraction*float64(n); d > 1 || d < -1 {
			t.Fatalf("%d of %d test, want %v", len(test), n, o.Fraction)
		}
		switch {
		case o.Rule == First && test[0] != names[0],
			o.Rule == Last && test[len(test)-1] != names[n-1]:
			t.Fatalf("rule %s: test %v", o.Rule, test)
		}
	})
}

func TestRuleUnmarshals(t *testing.T) {
	var r Rule
	if err := r.UnmarshalText([]byte("first")); err != nil || r != First {
		t.Errorf("got %q, %v", r, err)
	}
	if err := r.UnmarshalText([]byte("odd")); err == nil ||
		!strings.Contains(err.Error(), `"odd"`) || r != First {

		t.Errorf("got %q, %v, want an error", r, err)
	}
}
