package train

import (
	"fmt"

	"ssnn/dataset"
)

// The ways in which an epoch shows the training samples.
const (
	shuffled = "shuffle"  // each once, in a drawn order
	balanced = "balanced" // each class as often as the others, see dataset.Draw.Balanced
)

func (c Config) validateSampling() error {
	switch {
	case c.Sampling != shuffled && c.Sampling != balanced:
		return fmt.Errorf("train.sampling is %q, want shuffle or balanced", c.Sampling)
	case c.Sampling == balanced && c.ClassWeights.Balanced:
		return fmt.Errorf("train.sampling and train.class_weights are balanced, and each makes up " +
			"for rare classes: want one of them")
	}
	return nil
}

// draw draws the order of an epoch's samples.
func (t *Trainer) draw(draw dataset.Draw) {
	if t.order == nil {
		t.order = make([]int, t.train.Len())
	}
	if t.cfg.Sampling == balanced {
		draw.Balanced(t.order, t.classes)
		return
	}
	draw.Order(t.order)
}

// classesOf are the classes of samples, and how many there are of each, both as they lie in the
// set.
func classesOf(s Samples, classes int) (all, counts []int) {
	all, counts = make([]int, s.Len()), make([]int, classes)
	for i := range all {
		all[i] = s.Label(i, nil).Class
		counts[all[i]]++
	}
	return all, counts
}
