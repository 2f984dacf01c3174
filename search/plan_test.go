package search

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"ssnn/snn"
)

// vgg is a VGG-9 of one stage, eight units and four poolings.
func vgg(t *testing.T) []snn.Item {
	t.Helper()
	c, err := snn.Model("vgg9", 0.1, []int{1})
	if err != nil {
		t.Fatal(err)
	}
	return c.Stages[0]
}

// The plans are those that one finds by giving every unit of the network every number of timesteps and leaving out what grows somewhere: where it falls, there a stage ends.
func TestPlans(t *testing.T) {
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
	all := plans(items, mostStages, mostT, func(plan) bool { return true })
	for _, p := range all {
		var T [5]int
		stages := 0
		for i := range items {
			var begins bool
			if T[i], begins = p.at(i); begins {
				stages++
			}
		}
		if !want[T] || stages != len(p.cuts) || len(slices.Concat(p.stages(items)...)) != len(items) {
			t.Errorf("plan %+v with timesteps %v of its units: not one, or for the second time", p, T)
		}
		delete(want, T)
	}
	if len(want) != 0 {
		t.Errorf("no plan for %v", want)
	}
	if n := len(plans(items, mostStages, mostT, func(p plan) bool { return len(p.T) == 2 })); n != 4*6 {
		t.Errorf("%d plans of two stages fit, want 24: four borders, two of four timesteps", n)
	}
}

// Pooling stays with what comes before it.
func TestStagesEndWithPooling(t *testing.T) {
	items := vgg(t)
	for _, p := range plans(items, 4, 4, func(plan) bool { return true }) {
		for i, s := range p.stages(items) {
			if s[0].Units() == 0 {
				t.Fatalf("stage %d of %s begins with %v", i, p.describe(items), s[0])
			}
		}
	}
	p := plan{cuts: []int{3}, T: []int{5, 2}}
	if got, want := p.describe(items[:5]), "5 (conv 6, conv 13, avgpool 2) | 2 (conv 26, conv 26)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Latencies that are a sum over layers and timesteps are predicted for all plans from a few, and with noise nearly so.
func TestCost(t *testing.T) {
	items := vgg(t)
	all := plans(items, 4, 8, func(plan) bool { return true })
	random := rand.New(rand.NewPCG(1, 1))
	truth := func(p plan) time.Duration {
		us := 80 + 15*float64(len(p.cuts))
		for j, i := range layers(items) {
			T, begins := p.at(i)
			each := float64(100 - 9*j)
			if us += each * float64(T); begins {
				us -= 0.7 * each * float64(T-1)
			}
		}
		return time.Duration(us * 1e3)
	}
	for _, noise := range []float64{0, 0.05} {
		var of []plan
		var took []time.Duration
		for _, i := range random.Perm(len(all))[:terms(8)*3/2] {
			of, took = append(of, all[i]), append(took, time.Duration(float64(truth(all[i]))*(1+noise*random.NormFloat64())))
		}
		c, err := fit(items, of, took)
		if err != nil {
			t.Fatal(err)
		}
		var errors []float64
		for _, p := range all {
			errors = append(errors, math.Abs(c.predict(p).Seconds()/truth(p).Seconds()-1))
		}
		slices.Sort(errors)
		if median := errors[len(errors)/2]; median > 0.003+0.7*noise {
			t.Errorf("noise %v: predictions are off by %v in the median", noise, median)
		}
	}
}
