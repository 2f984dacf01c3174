package experiment

import (
	"ssnn/dataset"
	"ssnn/recipes"
	"ssnn/report"
)

// Under is what the network of a run is worth under another plan of timesteps, its norms
// recalibrated for that.
type Under struct {
	Timesteps []int   `json:"timesteps"`        // of each stage
	T         float64 `json:"average_timestep"` // average timestep
	// Share of the test split that is recognised, 0 to 1.
	Accuracy float64 `json:"accuracy"`
	Balanced float64 `json:"balanced_accuracy"` // mean over the classes of that share
	Loss     float64 `json:"loss"`              // mean cross-entropy

	// For a recording; nil in files of before it was measured.
	Energy *report.Energy `json:"energy,omitempty"`
}

// underFile, in the folder of a run, is what its network is worth under the plans of its variant.
const underFile = "plans.json"

// under tests the network of a run that is done under the plans of its variant, or reads what came
// of it before.
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

// test is under for one plan.
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
