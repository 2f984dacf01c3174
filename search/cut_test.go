package search

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ssnn/snn"
)

var softmax = []snn.Transition{snn.Softmax}

// vgg is a VGG-9 of one stage, eight units and four poolings.
func vgg(t *testing.T) []snn.Item {
	t.Helper()
	c, err := snn.Model("vgg9", 0.1, []int{1})
	if err != nil {
		t.Fatal(err)
	}
	return c.Stages[0]
}

// The cuts are those that one finds by giving every unit of the network every number of timesteps
// and leaving out what grows somewhere: where it falls, there a stage ends.
func TestCuts(t *testing.T) {
	items := slices.DeleteFunc(vgg(t), func(it snn.Item) bool { return it.Units() == 0 })[:5]
	const mostT, mostStages = 4, 3
	want := map[[5]int]bool{}
	var give func(T []int)
	give = func(T []int) {
		if len(T) == len(items) {
			stages := 1
			for i := range T[1:] {
				if T[i+1] < T[i] {
					stages++
				}
			}
			if stages <= mostStages {
				want[[5]int(T)] = true
			}
			return
		}
		for n := range mostT {
			if len(T) == 0 || n+1 <= T[len(T)-1] {
				give(append(T, n+1))
			}
		}
	}
	give(nil)
	all := cuts(items, mostStages, mostT, softmax, func(cut) bool { return true })
	for _, p := range all {
		var T [5]int
		stages := 0
		for i := range items {
			var begins bool
			if T[i], begins = p.at(i); begins {
				stages++
			}
		}
		if !want[T] || stages != len(p.borders) ||
			len(slices.Concat(p.stages(items)...)) != len(items) {

			t.Errorf("cut %+v with timesteps %v of its units: not one, or for the second time", p,
				T)
		}
		delete(want, T)
	}
	if len(want) != 0 {
		t.Errorf("no cut for %v", want)
	}
	two := func(p cut) bool { return len(p.T) == 2 }
	if n := len(cuts(items, mostStages, mostT, softmax, two)); n != 4*6 {
		t.Errorf("%d cuts of two stages fit, want 24: four borders, two of four timesteps", n)
	}
}

// Pooling stays with what comes before it.
func TestStagesEndWithPooling(t *testing.T) {
	items := vgg(t)
	for _, p := range cuts(items, 4, 4, softmax, func(cut) bool { return true }) {
		for i, s := range p.stages(items) {
			if s[0].Units() == 0 {
				t.Fatalf("stage %d of %s begins with %v", i, p.describe(items), s[0])
			}
		}
	}
	p := cut{borders: []int{3}, T: []int{5, 2}}
	want := "softmax: 5 (conv 6, conv 13, avgpool 2) | 2 (conv 26, conv 26)"
	if got := p.describe(items[:5]); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := p.boundaries(items[:5]); !slices.Equal(got, []int{2}) {
		t.Errorf("boundaries %v, want [2]", got)
	}
}

// Each transition has the cuts of more than one stage that fit it; those of one stage are there
// once.
func TestCutsOfTransitions(t *testing.T) {
	items := vgg(t)
	divides := func(p cut) bool {
		for i, T := range p.T[1:] {
			if p.T[i]%T != 0 && p.transition == snn.Fold {
				return false
			}
		}
		return true
	}
	n := map[string]int{}
	for _, p := range cuts(items, 2, 4, []snn.Transition{snn.Merge, snn.Fold}, divides) {
		word := "none"
		if len(p.borders) > 0 {
			word = wordOf(p.transition)
		}
		n[word]++
	}
	// 7 boundaries; 4 > 3 > 2 > 1 has 6 pairs, of which 4 3 and 3 2 do not divide.
	if n["none"] != 4 || n["merge"] != 42 || n["fold"] != 28 {
		t.Errorf("cuts %v, want 4 of one stage, 42 with merge, 28 with fold", n)
	}
}

// Latencies that are a sum over layers and timesteps are predicted for all cuts from a few, with
// noise better than each was measured.
func TestCost(t *testing.T) {
	items := vgg(t)
	joined := []snn.Transition{snn.Softmax, snn.Merge, snn.Fold}
	all := cuts(items, 4, 8, joined, func(cut) bool { return true })
	random := rand.New(rand.NewPCG(1, 1))
	truth := func(p cut) float64 {
		us := 80 + 15*float64(len(p.borders))*float64(1+p.transition)
		for j, i := range layers(items) {
			T, begins := p.at(i)
			each := float64(100 - 9*j)
			switch us += each * float64(T); {
			case begins && p.transition == snn.Softmax: // its convolution is made once
				us -= 0.7 * each * float64(T-1)
			case begins: // the spikes of more timesteps
				before, _ := p.at(i - 1)
				us += 0.3 * each * float64(before-T)
			}
		}
		return us
	}
	for _, noise := range []float64{0, 0.05} {
		var of []cut
		var took []float64
		for _, i := range random.Perm(len(all))[:terms(8, len(joined))*2] {
			of, took = append(of, all[i]), append(took,
				truth(all[i])*(1+noise*random.NormFloat64()))
		}
		c, err := fit(items, joined, of, took)
		if err != nil {
			t.Fatal(err)
		}
		var errors []float64
		for _, p := range all {
			errors = append(errors, math.Abs(c.predict(p)/truth(p)-1))
		}
		slices.Sort(errors)
		if median := errors[len(errors)/2]; median > 0.003+0.9*noise {
			t.Errorf("noise %v: predictions are off by %v in the median", noise, median)
		}
	}
}
