package experiment

import (
	"fmt"
	"slices"
	"strings"
)

// plansOf are the timesteps that one network is trained for, and others alone.
var plansOf = [][]int{{8, 6, 4, 2}, {6, 4, 3, 2}, {5, 5, 5, 5}, {4, 3, 2, 1}, {3, 2, 2, 1}, {2, 2, 1, 1}}

var plans = Experiment{
	Name:     "plans",
	Asks:     "Does one network, trained for many plans of timesteps and recalibrated for one, do as well as a network that was trained for that one?",
	Variants: planVariants(),
}

func planVariants() (all []Variant) {
	var lists []string
	for _, T := range plansOf {
		list := timestepList(T)
		all = append(all, ssnnAt("trained for ", list, "a network each"))
		lists = append(lists, "["+list+"]")
	}
	return append(all, Variant{
		Name: "one for all", Set: []string{"network.plans=[" + strings.Join(lists, ", ") + "]"},
		Under: slices.Concat(plansOf, [][]int{{7, 5, 3, 1}}), UnderLine: "one network",
	})
}

// timestepList is "8, 6, 4, 2".
func timestepList(T []int) string {
	words := make([]string, len(T))
	for i, t := range T {
		words[i] = fmt.Sprint(t)
	}
	return strings.Join(words, ", ")
}
