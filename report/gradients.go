package report

import (
	"math"
	"slices"

	"ssnn/snn"
	"ssnn/train"
)

// Gradient is the length (L2 norm) of the gradient of a stage's parameters. A teacher has no
// part in it.
type Gradient struct {
	Whole  float64 // of the whole loss
	Output float64 // of the output's loss alone, as if there were no early classifiers
}

// gradients makes the gradients of samples, in one batch and without augmentation, by stage. The
// network's statistics are put back.
func gradients(net *snn.Network, loss train.Loss, s train.Samples) ([]Gradient, error) {
	var before [][]float32
	for _, p := range net.Statistics() {
		before = append(before, slices.Clone(p.Value))
	}
	all := make([]Gradient, len(net.Config().T))
	step := train.NewStep(net, loss)
	batch := spreadOver(s.Len(), s.Len())
	if _, _, err := step.RunSamples(s, batch); err != nil {
		return nil, err
	}
	for i, length := range stageLengths(net) {
		all[i].Whole = length
	}
	step.WithoutEarly = true
	if _, _, err := step.RunSamples(s, batch); err != nil {
		return nil, err
	}
	for i, length := range stageLengths(net) {
		all[i].Output = length
	}
	for i, p := range net.Statistics() {
		copy(p.Value, before[i])
	}
	return all, nil
}

// stageLengths are the lengths of the gradients that a network holds, by stage.
func stageLengths(net *snn.Network) []float64 {
	lengths := make([]float64, len(net.Config().T))
	for _, p := range net.Parameters() {
		if stage, ok := stageOf(p.Name); ok {
			for _, g := range p.Export(p.Gradient) {
				lengths[stage] += float64(g) * float64(g)
			}
		}
	}
	for i, square := range lengths {
		lengths[i] = math.Sqrt(square)
	}
	return lengths
}
