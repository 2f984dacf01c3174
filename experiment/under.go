package experiment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ssnn/dataset"
	"ssnn/internal/atomicfile"
	"ssnn/recipes"
	"ssnn/train"
)

// Under is what the network of a run is worth under another plan of timesteps, its norms recalibrated for that.
type Under struct {
	Timesteps []int   `json:"timesteps"`
	T         float64 `json:"average_timestep"`
	Accuracy  float64 `json:"accuracy"`
	Balanced  float64 `json:"balanced_accuracy"`
	Loss      float64 `json:"loss"`
}

// underFile, in the folder of a run, is what its network is worth under the plans of its variant.
const underFile = "plans.json"

// under tests the network of a run that is done under the plans of its variant, or reads what came of it before.
func (g Grid) under(r *Run) (all []Under, err error) {
	path := filepath.Join(r.Dir, underFile)
	text, err := os.ReadFile(path)
	if err == nil {
		if err := json.Unmarshal(text, &all); err != nil {
			return nil, fmt.Errorf("%s: %w; without it the network is tested again", path, err)
		}
		return all, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, T := range r.Variant.Under {
		u, err := g.test(r, T)
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, atomicfile.Write(path, func(w io.Writer) error { return json.NewEncoder(w).Encode(all) })
}

// test is under for one plan.
func (g Grid) test(r *Run, T []int) (Under, error) {
	file, _ := recipes.ModelFile(r.Dir)
	m, _, err := g.Machine.Recalibrate(file, T, "")
	if err != nil {
		return Under{}, err
	}
	defer m.Close()
	files, err := g.Machine.Open(m.Recipe.Dataset)
	if err != nil {
		return Under{}, err
	}
	set, err := m.Recipe.OpenSet(files, dataset.Test, m.Classes)
	if err != nil {
		return Under{}, err
	}
	frames, err := g.Machine.Integrate(set, m.Recipe.Frames)
	if err != nil {
		return Under{}, err
	}
	e, err := train.Evaluate(m.Net, frames, m.Recipe.Train.Batch)
	return Under{T, m.Net.Config().AverageTimestep(), e.Accuracy, e.Balanced, e.Loss}, err
}
