package search

import (
	"fmt"
	"slices"
	"strings"

	"ssnn/snn"
)

// cut is one way to cut a network, a list of items, into stages, each of fewer timesteps than the
// one before. Two stages of equal timesteps would cost a transition and save nothing.
type cut struct {
	borders    []int          // items at which the stages after the first begin
	T          []int          // timesteps of the stages
	transition snn.Transition // transition between all stages
}

// equal reports whether two cuts are the same. For cuts of one stage the transition does not count.
func (p cut) equal(q cut) bool {
	return slices.Equal(p.borders, q.borders) && slices.Equal(p.T, q.T) &&
		(len(p.borders) == 0 || p.transition == q.transition)
}

// stages returns the items of each stage.
func (p cut) stages(items []snn.Item) (all [][]snn.Item) {
	from := 0
	for _, to := range append(slices.Clone(p.borders), len(items)) {
		all = append(all, items[from:to:to])
		from = to
	}
	return all
}

// at returns the timesteps of item i, and whether a stage after the first begins with it.
func (p cut) at(i int) (T int, begins bool) {
	stage := 0
	for stage < len(p.borders) && p.borders[stage] <= i {
		stage++
	}
	return p.T[stage], stage > 0 && p.borders[stage-1] == i
}

// within reports whether p has the stages and transition of q, and in no stage more timesteps.
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

// describe returns words such as "merge: 6 (conv 16, avgpool 2) | 2 (conv 32)". For a cut of one
// stage they have no transition.
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

// name returns the name of the cut's folder, like "T6-2_merge_4": the timesteps of its stages, the
// transition, and the number of units in front of each boundary. With one stage it is like "T6".
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

// boundaries returns the number of units in front of each stage after the first. A residual block
// counts as two.
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

// layers returns the items that count for the average timestep. A stage may begin before each of
// them but the first, so pooling ends a stage.
func layers(items []snn.Item) (all []int) {
	for i, it := range items {
		if it.Units() > 0 {
			all = append(all, i)
		}
	}
	return all
}

// cuts lists, in a fixed order, the cuts of at most so many stages and timesteps with one of the
// transitions that the function fits accepts. Cuts of one stage have the first transition.
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
