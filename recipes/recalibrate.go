package recipes

import (
	"fmt"
	"slices"

	"ssnn/dataset"
	"ssnn/train"
)

// Recalibrate makes a model for the timesteps T out of one that was trained for several plans, or
// for this one. It has the same weights, and statistics of norms that are estimated anew from
// training recordings (see train.Recalibrate): those of the model's recipe, or of the set data if
// that is not empty. The error names the model or the recordings. Notes are remarks for the user on
// the recordings and on the file.
func (m Machine) Recalibrate(path string, T []int, data string) (
	made *Model, notes []string, err error) {

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
	made.Recipe.Network.T, made.Recipe.Network.Plans = slices.Clone(T), nil
	source := made.Resolved()
	source.Recipe = source.On(data)
	set, samples, err := m.Samples(source, dataset.Train, model.Classes)
	if err != nil {
		return nil, nil, err
	}
	samples.Augment = source.Augment
	if err := train.Recalibrate(m.Until(), net, samples, source.Train.Batch); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", source.Dataset, err)
	}
	return made, slices.Concat(model.Notes, set.Notes), nil
}
