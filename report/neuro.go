package report

import (
	"context"
	"math"
	"slices"
	"strings"

	"ssnn/snn"
	"ssnn/train"
)

// Neuro are the metrics of NeuroBench (Yik et al., "The neurobench framework for benchmarking
// neuromorphic computing algorithms and systems", Nature Communications 2025), under the names and
// by the definitions of its package neurobench 2.3, for the network as a module of PyTorch that
// makes all timesteps of a batch in one call of a layer.
type Neuro struct {
	ParameterCount int // values that training fits, early classifiers among them
	Footprint      int // bytes of these and of the norms' statistics, of 32 bits each

	// ConnectionSparsity is the share of the weights of convolutions and of fully connected layers
	// that are 0, to 4 decimals.
	ConnectionSparsity float64

	ClassificationAccuracy float64 // share of the recordings that are recognised

	// ActivationSparsity is the share of the neurons that do not spike, over all timesteps and
	// recordings; without early classifiers, which are for training.
	ActivationSparsity        float64
	ActivationSparsityByLayer map[string]float64 // the same of each layer, by name

	SynapticOperations SynapticOperations // for one recording
}

// SynapticOperations are products of a weight and an input for one recording, biases left out.
type SynapticOperations struct {
	// EffectiveMACs are those whose input is not 0, of layers one of whose inputs of the batch is
	// something else than -1, 0 and 1: such a layer multiplies and accumulates.
	EffectiveMACs float64 `json:"Effective_MACs"`
	// EffectiveACs are those of the other layers, which accumulate.
	EffectiveACs float64 `json:"Effective_ACs"`
	Dense        float64 // if no input and no weight were 0
}

// MeasureNeuro measures a network on all of some samples, batch of them at a time. Where weights
// are 0, which NeuroBench leaves out of the effective operations, they are counted here. The error
// is that of the samples' frames, or the context's, where that ends between two batches.
func MeasureNeuro(ctx context.Context, net *snn.Network, s train.Samples, batch int) (
	*Neuro, error) {

	n := &Neuro{ActivationSparsityByLayer: map[string]float64{}}
	n.parameters(net)
	r := Run{Net: net, Test: s}
	cfg := net.Config()
	spikes, neurons := map[string]int{}, map[string]int{}
	hits, done := 0, operations{}
	for which := range slices.Chunk(spreadOver(s.Len(), s.Len()), batch) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		_, out, err := r.forward(which)
		if err != nil {
			return nil, err
		}
		for i, sample := range which {
			answer := snn.Argmax(out.Logits[i*cfg.Classes:][:cfg.Classes])
			if answer == s.Label(sample, nil).Class {
				hits++
			}
		}
		layers, _ := stageNeurons(net)
		for _, l := range layers {
			for _, v := range l.Spikes() {
				neurons[l.Name()]++
				if v != 0 {
					spikes[l.Name()]++
				}
			}
		}
		done.add(net, len(which))
	}
	var allSpikes, all int
	for name, of := range neurons {
		n.ActivationSparsityByLayer[name] = share(of-spikes[name], of)
		allSpikes, all = allSpikes+spikes[name], all+of
	}
	n.ActivationSparsity = share(all-allSpikes, all)
	n.ClassificationAccuracy = share(hits, s.Len())
	n.SynapticOperations = done.each(s.Len())
	return n, nil
}

func share(part, of int) float64 { return float64(part) / float64(max(1, of)) }

// parameters measures what does not change with the input.
func (n *Neuro) parameters(net *snn.Network) {
	own, early := Parameters(net)
	n.ParameterCount = own + early
	zeros, weights := 0, 0
	for _, p := range net.Parameters() {
		if len(p.Shape) < 2 || !strings.HasSuffix(p.Name, ".weight") {
			continue
		}
		for _, v := range p.Export(p.Value) {
			weights++
			if v == 0 {
				zeros++
			}
		}
	}
	n.Footprint = 4 * n.ParameterCount
	for _, p := range net.Statistics() {
		n.Footprint += 4 * p.Len()
	}
	n.ConnectionSparsity = math.Round(1e4*share(zeros, weights)) / 1e4
}

// operations are those of SynapticOperations of all samples together.
type operations struct{ macs, acs, dense int }

// add adds what the layers did in the last pass, of so many recordings. Attention, whose factors
// are both inputs, has no connections.
func (o *operations) add(net *snn.Network, recordings int) {
	for _, s := range net.Synapses() {
		switch {
		case strings.HasSuffix(s.Layer, ".attention"):
			continue
		case s.Ternary:
			o.acs += s.Active * s.Strengths
		default:
			o.macs += s.Active * s.Strengths
		}
		o.dense += s.All * s.Strengths
	}
	if cfg := net.Config(); cfg.Transition == snn.Softmax {
		for i := range len(cfg.T) - 1 { // of the mean of each timestep, in which some neuron spikes
			n := recordings * cfg.T[i] * cfg.T[i+1]
			o.macs += n
			o.dense += n
		}
	}
}

// each is that of one of so many recordings.
func (o *operations) each(recordings int) SynapticOperations {
	n := float64(max(1, recordings))
	return SynapticOperations{float64(o.macs) / n, float64(o.acs) / n, float64(o.dense) / n}
}
