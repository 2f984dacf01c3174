package experiment

import (
	"ssnn/dataset"
	"ssnn/recipes"
	"ssnn/report"
)

// Under is the test of a run's network under another plan of timesteps, for which its norms were
// recalibrated.
type Under struct {
	Timesteps []int   `json:"timesteps"`        // timesteps of each stage
	T         float64 `json:"average_timestep"` // average timestep
	// Accuracy is the share of the test split that is recognised, 0 to 1.
	Accuracy float64 `json:"accuracy"`
	Balanced float64 `json:"balanced_accuracy"` // mean over the classes of that share
	Loss     float64 `json:"loss"`              // mean cross-entropy

	// Energy is the energy for a recording. It is nil in files of earlier versions.
	Energy *report.Energy `json:"energy,omitempty"`
}

// underFile, in the folder of a run, has the tests of its network under the plans of its variant.
const underFile = "plans.json"

// under reads the tests of a run's network under the plans of its variant, or makes them.
func (g Grid) under(r *Run) ([]Under, error) {
	return kept(g.Machine, r.Dir, underFile, func() (all []Under, err error) {
		for _, T := range r.Variant.Under {
			u, err := g.test(r, T)
			if err != nil {
				return nil, err
			}
			all = append(all, u)
		}
		return all, nil
	})
}

// test tests the network of a run under one plan.
func (g Grid) test(r *Run, T []int) (Under, error) {
	file, _ := recipes.ModelFile(r.Dir)
	m, _, err := g.Machine.Recalibrate(file, T, "")
	if err != nil {
		return Under{}, err
	}
	defer m.Close()
	e, err := g.Machine.Test(m, dataset.Test)
	if err != nil {
		return Under{}, err
	}
	energy, err := measureEnergy(m, g.Machine)
	return Under{T, m.Net.Config().AverageTimestep(), e.Accuracy, e.Balanced, e.Loss, energy}, err
}
