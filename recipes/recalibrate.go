package recipes

import (
	"fmt"
	"slices"

	"ssnn/dataset"
	"ssnn/train"
)

// Recalibrate makes a model for the timesteps T out of one that was trained for many plans, or for this one: its weights, and statistics of norms that are estimated anew from training recordings (see
// train.Recalibrate). They are those of the model's recipe, or with data, which is not empty, of that set. The error says what does not fit, and names the model or
// the recordings. Notes are what a user should know of these and of the file.
func (m Machine) Recalibrate(path string, T []int, data string) (made *Model, notes []string, err error) {
	model, err := m.OpenModel(path)
	if err != nil {
		return nil, nil, err
	}
	defer model.Close()
	net, err := model.Net.WithTimesteps(T, m.Threads)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	defer func() {
		if err != nil {
			net.Close()
		}
	}()
	made = &Model{Net: net, Recipe: model.Recipe, Classes: model.Classes}
	r := &made.Recipe
	r.Network.T, r.Network.Plans = slices.Clone(T), nil
	r.Frames.T = T[0]
	source := r.On(data)
	files, err := m.Open(source.Dataset)
	if err != nil {
		return nil, nil, err
	}
	set, err := source.OpenSet(files, dataset.Train, model.Classes)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", source.Dataset, err)
	}
	samples, err := m.samples(set, source, nil)
	if err == nil {
		err = train.Recalibrate(net, samples, r.Train.Batch)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", source.Dataset, err)
	}
	return made, slices.Concat(model.Notes, set.Notes), nil
}
