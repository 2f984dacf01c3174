package search

import (
	"fmt"
	"slices"
	"strings"

	"ssnn/snn"
)

// plan cuts a list of items into stages, each of fewer timesteps than the one before: two stages of as many would have a transition more than one, and nothing for it.
type plan struct {
	cuts       []int // items at which the stages but the first begin
	T          []int
	transition snn.Transition // between all of them
}

// equal says that two plans are the same. Between the stages of one there is no transition.
func (p plan) equal(q plan) bool {
	return slices.Equal(p.cuts, q.cuts) && slices.Equal(p.T, q.T) &&
		(len(p.cuts) == 0 || p.transition == q.transition)
}

// stages are the items of each stage.
func (p plan) stages(items []snn.Item) (all [][]snn.Item) {
	from := 0
	for _, to := range append(slices.Clone(p.cuts), len(items)) {
		all = append(all, items[from:to:to])
		from = to
	}
	return all
}

// at is the timesteps of item i, and whether a stage but the first begins with it.
func (p plan) at(i int) (T int, begins bool) {
	stage := 0
	for stage < len(p.cuts) && p.cuts[stage] <= i {
		stage++
	}
	return p.T[stage], stage > 0 && p.cuts[stage-1] == i
}

// within says that p has the stages and transition of q, and nowhere more timesteps.
func (p plan) within(q plan) bool {
	if !slices.Equal(p.cuts, q.cuts) || p.transition != q.transition {
		return false
	}
	for i, t := range p.T {
		if t > q.T[i] {
			return false
		}
	}
	return true
}

// describe is "merge: 6 (conv 16, avgpool 2) | 2 (conv 32)", of one stage without the transition.
func (p plan) describe(items []snn.Item) string {
	var stages []string
	for i, s := range p.stages(items) {
		var words []string
		for _, it := range s {
			words = append(words, it.String())
		}
		stages = append(stages, fmt.Sprintf("%d (%s)", p.T[i], strings.Join(words, ", ")))
	}
	if len(p.cuts) == 0 {
		return stages[0]
	}
	return wordOf(p.transition) + ": " + strings.Join(stages, " | ")
}

func wordOf(t snn.Transition) string {
	word, err := t.MarshalText()
	if err != nil {
		panic("search: " + err.Error()) // it was parsed
	}
	return string(word)
}

// boundaries are the units, a residual block counting as two, in front of each stage but the first.
func (p plan) boundaries(items []snn.Item) []int {
	all := []int{}
	units, stages := 0, p.stages(items)
	for _, s := range stages[:len(stages)-1] {
		for _, it := range s {
			units += it.Units()
		}
		all = append(all, units)
	}
	return all
}

// layers are the items that count for the average timestep, before each of which but the first a stage may begin; so pooling ends a stage.
func layers(items []snn.Item) (all []int) {
	for i, it := range items {
		if it.Units() > 0 {
			all = append(all, i)
		}
	}
	return all
}

// plans lists all of at most so many stages and timesteps with one of the transitions, in a fixed
// order, that fits accepts. Those of one stage have the first.
func plans(items []snn.Item, mostStages, mostT int, transitions []snn.Transition,
	fits func(plan) bool) (all []plan) {

	borders := layers(items)[1:]
	var cut func(p plan, from int)
	var steps func(p plan)
	steps = func(p plan) {
		if len(p.T) == len(p.cuts)+1 {
			for i, transition := range transitions {
				if i > 0 && len(p.cuts) == 0 {
					break
				}
				if p := (plan{slices.Clone(p.cuts), slices.Clone(p.T), transition}); fits(p) {
					all = append(all, p)
				}
			}
			return
		}
		most := mostT
		if len(p.T) > 0 {
			most = p.T[len(p.T)-1] - 1
		}
		for t := most; t > 0; t-- {
			steps(plan{cuts: p.cuts, T: append(p.T, t)})
		}
	}
	cut = func(p plan, from int) {
		steps(p)
		if len(p.cuts)+1 == mostStages {
			return
		}
		for i := from; i < len(borders); i++ {
			cut(plan{cuts: append(p.cuts, borders[i])}, i+1)
		}
	}
	cut(plan{}, 0)
	return all
}
