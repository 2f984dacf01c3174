package report

import (
	"math"
	"slices"

	"ssnn/snn"
	"ssnn/train"
)

// Gradient is the length (L2 norm) of the gradient of a stage's parameters.
type Gradient struct {
	Whole  float64 // of the whole loss
	Output float64 // of the output's loss alone, as if there were no early classifiers
}

// gradients makes the gradients of samples, in one batch and without augmentation, by stage. The network's statistics are put back.
func gradients(net *snn.Network, s train.Samples) []Gradient {
	batch := spreadOver(s.Len(), s.Len())
	var before [][]float32
	for _, p := range net.Statistics() {
		before = append(before, slices.Clone(p.Value))
	}
	cfg := net.Config()
	frames := make([]float32, cfg.T[0]*len(batch)*cfg.Height*cfg.Width*cfg.InChannels)
	s.Fill(frames, batch, nil)
	var labels []int
	for _, i := range batch {
		labels = append(labels, s.Label(i))
	}
	all := make([]Gradient, len(cfg.T))
	for _, whole := range []bool{true, false} {
		out := net.Forward(frames, len(batch), true)
		logits := make([]float32, len(out.Logits))
		train.CrossEntropy(logits, out.Logits, labels, cfg.Lambda(len(cfg.T)-1))
		early := make([][]float32, len(out.Early))
		for i, l := range out.Early {
			if early[i] = make([]float32, len(l)); whole {
				train.CrossEntropy(early[i], l, labels, cfg.Lambda(i))
			}
		}
		net.Backward(logits, early)
		squares := make([]float64, len(cfg.T))
		for _, p := range net.Parameters() {
			if stage, ok := stageOf(p.Name); ok {
				for _, g := range p.Export(p.Gradient) {
					squares[stage] += float64(g) * float64(g)
				}
			}
		}
		for i, q := range squares {
			if whole {
				all[i].Whole = math.Sqrt(q)
			} else {
				all[i].Output = math.Sqrt(q)
			}
		}
	}
	for i, p := range net.Statistics() {
		copy(p.Value, before[i])
	}
	return all
}
