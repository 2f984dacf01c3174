package snn

import (
	"fmt"
	"strings"
)

// Hold keeps the first stages as they are in the training that follows: their norms use their
// running statistics and do not change them, and Backward does not go into them. Their gradients,
// and those of the transitions between them, mean nothing. Early classifiers on these stages still
// learn. Hold panics if there are not so many stages.
func (n *Network) Hold(stages int) {
	if stages < 0 || stages > len(n.stages) {
		panic(fmt.Sprintf("snn: Hold got %d of %d stages", stages, len(n.stages)))
	}
	n.held = stages
}

// Stage is the stage that a parameter or statistic belongs to, from 0, a transition's being that
// which it leads to; or -1 for those of classifiers.
func (p *Parameter) Stage() (stage int) {
	if _, err := fmt.Sscanf(p.Name, "stages.%d.", &stage); err == nil {
		return stage
	}
	if _, err := fmt.Sscanf(p.Name, "tt.%d.", &stage); err == nil {
		return stage + 1
	}
	return -1
}

// OfClasses says whether the first axis of a parameter are the network's classes.
func (p *Parameter) OfClasses() bool {
	return p.Stage() < 0 &&
		(strings.HasPrefix(p.Name, "fc.") || strings.HasPrefix(p.Name, "early_fc.") ||
			strings.Contains(p.Name, ".fc."))
}
