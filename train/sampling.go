package train

import (
	"fmt"

	"ssnn/dataset"
)

func (c Config) validateSampling() error {
	if c.Sampling == BalancedSampling && c.ClassWeights.Balanced {
		return fmt.Errorf("train.sampling and train.class_weights are balanced, and each makes " +
			"up for rare classes: want one of them")
	}
	return isOne(samplings, c.Sampling)
}

// draw draws the order of an epoch's samples.
func (t *Trainer) draw(draw dataset.Draw) {
	if t.order == nil {
		t.order = make([]int, t.train.Len())
	}
	if t.cfg.Sampling == BalancedSampling {
		draw.Balanced(t.order, t.classes)
		return
	}
	draw.Order(t.order)
}

// classesOf returns the class of each sample, and the number of samples of each class.
func classesOf(s Samples, classes int) (all, counts []int) {
	all, counts = make([]int, s.Len()), make([]int, classes)
	for i := range all {
		all[i] = s.Label(i, nil).Class
		counts[all[i]]++
	}
	return all, counts
}
