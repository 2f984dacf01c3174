package search

import (
	"fmt"
	"slices"
	"strings"

	"ssnn/snn"
)

// cut is one way to cut a network, a list of items, into stages, each of fewer timesteps than the
// one before: two stages of as many would have a transition more than one stage, and nothing for
// it.
type cut struct {
	borders    []int          // items at which the stages but the first begin
	T          []int          // timesteps of the stages
	transition snn.Transition // between all of them
}

// equal says that two cuts are the same. Between the stages of one there is no transition.
func (p cut) equal(q cut) bool {
	return slices.Equal(p.borders, q.borders) && slices.Equal(p.T, q.T) &&
		(len(p.borders) == 0 || p.transition == q.transition)
}

// stages are the items of each stage.
func (p cut) stages(items []snn.Item) (all [][]snn.Item) {
	from := 0
	for _, to := range append(slices.Clone(p.borders), len(items)) {
		all = append(all, items[from:to:to])
		from = to
	}
	return all
}

// at is the timesteps of item i, and whether a stage but the first begins with it.
func (p cut) at(i int) (T int, begins bool) {
	stage := 0
	for stage < len(p.borders) && p.borders[stage] <= i {
		stage++
	}
	return p.T[stage], stage > 0 && p.borders[stage-1] == i
}

// within says that p has the stages and transition of q, and nowhere more timesteps.
func (p cut) within(q cut) bool {
	if !slices.Equal(p.borders, q.borders) || p.transition != q.transition {
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
func (p cut) describe(items []snn.Item) string {
	var stages []string
	for i, s := range p.stages(items) {
		var words []string
		for _, it := range s {
			words = append(words, it.String())
		}
		stages = append(stages, fmt.Sprintf("%d (%s)", p.T[i], strings.Join(words, ", ")))
	}
	if len(p.borders) == 0 {
		return stages[0]
	}
	return wordOf(p.transition) + ": " + strings.Join(stages, " | ")
}

// name is that of the cut's folder, "T6-2_merge_4": the timesteps of its stages, the transition and
// the units in front of the boundaries. That of one stage is "T6".
func (p cut) name(items []snn.Item) string {
	list := func(numbers []int) string {
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", "-"), "[]")
	}
	name := "T" + list(p.T)
	if len(p.borders) > 0 {
		name += "_" + wordOf(p.transition) + "_" + list(p.boundaries(items))
	}
	return name
}

func wordOf(t snn.Transition) string {
	word, err := t.MarshalText()
	if err != nil {
		panic("search: " + err.Error()) // it was parsed
	}
	return string(word)
}

// boundaries are the units, a residual block counting as two, in front of each stage but the first.
func (p cut) boundaries(items []snn.Item) []int {
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

// layers are the items that count for the average timestep, before each of which but the first a
// stage may begin; so pooling ends a stage.
func layers(items []snn.Item) (all []int) {
	for i, it := range items {
		if it.Units() > 0 {
			all = append(all, i)
		}
	}
	return all
}

// cuts lists all of at most so many stages and timesteps with one of the transitions, in a fixed
// order, that fits accepts. Those of one stage have the first.
func cuts(items []snn.Item, mostStages, mostT int, transitions []snn.Transition,
	fits func(cut) bool) (all []cut) {

	places := layers(items)[1:]
	var divide func(p cut, from int)
	var steps func(p cut)
	steps = func(p cut) {
		if len(p.T) == len(p.borders)+1 {
			for i, transition := range transitions {
				if i > 0 && len(p.borders) == 0 {
					break
				}
				if p := (cut{slices.Clone(p.borders), slices.Clone(p.T), transition}); fits(p) {
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
			steps(cut{borders: p.borders, T: append(p.T, t)})
		}
	}
	divide = func(p cut, from int) {
		steps(p)
		if len(p.borders)+1 == mostStages {
			return
		}
		for i := from; i < len(places); i++ {
			divide(cut{borders: append(p.borders, places[i])}, i+1)
		}
	}
	divide(cut{}, 0)
	return all
}
