package infer

import (
	"slices"
	"testing"

	"ssnn/snn"
)

// Points are visited as soon as there are the frames that they need, whatever their stage; what
// costs nothing until a point is not counted for it. So it is asked, chosen and run.
func TestOrder(t *testing.T) {
	for _, c := range []struct {
		T          []int
		transition snn.Transition
		every      bool
		want       []Point
	}{
		{[]int{4, 2}, snn.Softmax, false, []Point{{Stage: 0, Step: 4}, {Stage: 1, Step: 1},
			{Stage: 1, Step: 2}}},
		{[]int{4, 2}, snn.Causal, false, []Point{{Stage: 1, Step: 1}, {Stage: 0, Step: 4},
			{Stage: 1, Step: 2}}},
		{[]int{2, 2}, snn.Identity, true, []Point{{Stage: 0, Step: 1}, {Stage: 1, Step: 1},
			{Stage: 0, Step: 2}, {Stage: 1, Step: 2}}},
		// (0, 4) would come after the end
		{[]int{4, 2}, snn.Truncate, false, []Point{{Stage: 1, Step: 1}, {Stage: 1, Step: 2}}},
		{[]int{5, 3}, snn.Merge, false, []Point{
			{Stage: 1, Step: 1}, {Stage: 1, Step: 2}, {Stage: 0, Step: 5}, {Stage: 1, Step: 3},
		}},
		{[]int{6, 2}, snn.Fold, false, []Point{
			{Stage: 1, Step: 1}, {Stage: 0, Step: 6}, {Stage: 1, Step: 2},
		}},
		{[]int{4, 4, 2}, snn.Causal, false, []Point{{Stage: 2, Step: 1}, {Stage: 0, Step: 4},
			{Stage: 1, Step: 4}, {Stage: 2, Step: 2}}},
	} {
		net, frames := untrained(t, c.T, c.transition, true)
		m, err := Compile(net, Options{})
		if err != nil {
			t.Fatal(err)
		}
		points := m.Points(c.every)
		if !slices.Equal(points, c.want) {
			t.Errorf("%v, transition %v: points %v, want %v", c.T, c.transition, points, c.want)
		}
		if m, err = m.With(&Exits{Threshold: 2, Points: points}); err != nil {
			t.Fatal(err)
		}
		p := m.Runner(1, 1)
		seen := 0
		feed(p, frames, 1, func(Decision) {
			seen++
			if want := slices.IndexFunc(p.needs,
				func(of []int) bool { return of[0] > seen }); want >= 0 && p.at != want {
				t.Errorf("%v, transition %v: %d points visited after %d frames, want %d", c.T,
					c.transition, p.at, seen, want)
			}
		})
		for at, pt := range points {
			alone, err := m.With(&Exits{Points: []Point{pt}})
			if err != nil {
				t.Fatal(err)
			}
			q := alone.Runner(1, 1)
			// unsure until the end, which is where it stops
			first, err := m.With(&Exits{Threshold: 2, Points: points[:at+1]})
			if err != nil {
				t.Fatal(err)
			}
			r := first.Runner(1, 1)
			want := slices.Clone(must(q.Classify(frames)).Logits)
			r.points = r.points[:at+1] // as if this point were the end
			for k := range c.T[0] {
				if got := feed(r, frames, k+1, func(Decision) {}); !slices.Equal(got.Logits, want) {
					t.Errorf("%v, transition %v, %v: %v with %d frames at a time, past the "+
						"points before; want %v, as if it were the only one", c.T, c.transition, pt,
						got.Logits, k+1, want)
				}
			}
			q.Close()
			r.Close()
		}
		p.Close()
		net.Close()
	}
}
