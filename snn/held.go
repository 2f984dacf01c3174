package snn

import (
	"fmt"
	"strings"
)

// Hold makes the training that follows leave the first stages unchanged: their norms use their
// running statistics and do not move them, and Backward does not enter these stages. The gradients
// of their parameters, and of the transitions between them, are undefined. Early classifiers on
// these stages still learn. Hold panics if the network does not have that many stages.
func (n *Network) Hold(stages int) {
	if stages < 0 || stages > len(n.stages) {
		panic(fmt.Sprintf("snn: Hold got %d of %d stages", stages, len(n.stages)))
	}
	n.held = stages
}

// Stage is the stage that a parameter or statistic belongs to, counted from 0. A transition belongs
// to the stage that it leads to. Stage is -1 for classifiers.
func (p *Parameter) Stage() (stage int) {
	if _, err := fmt.Sscanf(p.Name, "stages.%d.", &stage); err == nil {
		return stage
	}
	if _, err := fmt.Sscanf(p.Name, "tt.%d.", &stage); err == nil {
		return stage + 1
	}
	return -1
}

// OfClasses says whether the first axis of a parameter is the network's classes.
func (p *Parameter) OfClasses() bool {
	return p.Stage() < 0 &&
		(strings.HasPrefix(p.Name, "fc.") || strings.HasPrefix(p.Name, "early_fc.") ||
			strings.Contains(p.Name, ".fc."))
}
