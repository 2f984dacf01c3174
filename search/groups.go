package search

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Group sums up the candidates that have the same boundaries, or the same transition.
type Group struct {
	Name     string  // their boundaries or transition; "none" for one stage
	Tried    int     // number of candidates
	LowT     float64 // least average timestep
	HighT    float64 // largest average timestep
	Mean     float64 // mean accuracy on the recordings held out, after the first round, 0 to 1
	Accuracy float64 // accuracy of the best one after its last training, 0 to 1
}

// ByBoundaries groups the candidates by the units in front of each boundary. The group that is best
// on average comes first.
func (r *Result) ByBoundaries() []Group {
	return r.groups(func(c *Candidate) string {
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(c.Boundaries), " ", ", "), "[]")
	})
}

// ByTransition groups the candidates by the transition between their stages.
func (r *Result) ByTransition() []Group {
	return r.groups(func(c *Candidate) string { return c.Transition })
}

// groups groups the candidates by name; those of one stage have the name "none".
func (r *Result) groups(name func(*Candidate) string) (all []Group) {
	at := map[string]int{}
	for _, c := range r.Candidates {
		n := cmp.Or(name(c), "none")
		if _, ok := at[n]; !ok {
			at[n] = len(all)
			all = append(all, Group{Name: n, LowT: c.T, HighT: c.T})
		}
		g := &all[at[n]]
		g.Tried++
		g.LowT, g.HighT = min(g.LowT, c.T), max(g.HighT, c.T)
		g.Mean += c.First
		g.Accuracy = max(g.Accuracy, c.First)
	}
	for i := range all {
		all[i].Mean /= float64(all[i].Tried)
	}
	slices.SortStableFunc(all, func(a, b Group) int { return cmp.Compare(b.Mean, a.Mean) })
	return all
}
