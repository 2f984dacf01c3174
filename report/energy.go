package report

import (
	"context"
	"slices"

	"ssnn/snn"
	"ssnn/train"
)

// Energies of 32-bit floating-point operations at 45 nm and 0.9 V, in joules (Horowitz, ISSCC 2014,
// figure 1.1.9): an addition, and a multiplication (3.7 pJ) with an addition. What memory costs,
// which is more, is not in them.
const (
	accumulate         = 0.9e-12
	multiplyAccumulate = 4.6e-12
)

// Energy is what a network's convolutions, self-attention and classifier take for one recording,
// counted in two ways, each the same for every network.
//
// As a CPU does it, ours too: an input that is a spike adds a weight; another one that is not zero
// is multiplied by a weight and added. Such inputs are frames, means of pooling, sums of merged
// timesteps, outputs of temporal transformers, and numbers of spikes: of neurons of several levels
// and of blocks that add spikes to spikes.
//
// As a device does it that only adds, to which every spike and event is sent by itself: a sum or
// mean of k of them is k additions of a weight that was scaled beforehand, see [snn.Synapses].
// Inputs that are no such sums are multiplied there too.
type Energy struct {
	// Of weights of inputs that spiked, and in attention of spikes and their counts.
	Accumulates float64 `json:"accumulates"`
	// With inputs that are no single spikes; zeros left out.
	MultiplyAccumulates float64 `json:"multiply_accumulates"`
	Dense               float64 `json:"dense"` // multiply-accumulates if no input were zero

	AdditionOnly AdditionOnly `json:"addition_only"` // the second way
}

// AdditionOnly is what a device does that only adds, and what it cannot do so.
type AdditionOnly struct {
	Accumulates         float64 `json:"accumulates"`          // of weights
	MultiplyAccumulates float64 `json:"multiply_accumulates"` // with inputs that are no such sums
}

// Joules is an estimate of the energy of the operations as a CPU does them.
func (e Energy) Joules() float64 { return joules(e.Accumulates, e.MultiplyAccumulates) }

// Joules is the same of the device.
func (a AdditionOnly) Joules() float64 { return joules(a.Accumulates, a.MultiplyAccumulates) }

func joules(accumulates, multiplyAccumulates float64) float64 {
	return accumulates*accumulate + multiplyAccumulates*multiplyAccumulate
}

// DenseJoules is that of a network of the same shapes and timesteps that does not leave out zeros.
func (e Energy) DenseJoules() float64 { return e.Dense * multiplyAccumulate }

// Energy is that of the layers from to to-1.
func (m *Measured) energy(from, to int) (e Energy) {
	for _, s := range m.Synapses[from:to] {
		n := float64(m.Recordings)
		e.Dense += float64(s.All) / n
		if s.Spikes {
			e.Accumulates += float64(s.Active) / n
		} else {
			e.MultiplyAccumulates += float64(s.Active) / n
		}
		if s.Sums {
			e.AdditionOnly.Accumulates += float64(s.Sent) / n
		} else {
			e.AdditionOnly.MultiplyAccumulates += float64(s.Active) / n
		}
	}
	return e
}

// Energy is that of the whole network.
func (m *Measured) Energy() Energy { return m.energy(0, len(m.Synapses)) }

// Some are the numbers of those of n test recordings on which a network's activity and energy are
// measured: up to 64, spread evenly.
func Some(n int) []int { return spreadOver(n, mostRecordings) }

// MeasureEnergy is the energy of a network on all of some samples. The error is that of their
// frames.
func MeasureEnergy(ctx context.Context, net *snn.Network, s train.Samples) (Energy, error) {
	m, r := Measured{Recordings: s.Len()}, Run{Net: net, Test: s}
	for which := range slices.Chunk(spreadOver(s.Len(), s.Len()), atOnce) {
		if err := ctx.Err(); err != nil {
			return Energy{}, err
		}
		if _, _, err := r.forward(which); err != nil {
			return Energy{}, err
		}
		m.addSynapses(net)
	}
	return m.Energy(), nil
}

// addSynapses adds what the layers did in the last pass.
func (m *Measured) addSynapses(net *snn.Network) {
	for i, s := range net.Synapses() {
		if i == len(m.Synapses) {
			m.Synapses = append(m.Synapses, snn.Synapses{Layer: s.Layer, Spikes: s.Spikes,
				Sums: true, Strengths: s.Strengths, Ternary: true})
		}
		m.Synapses[i].All += s.All
		m.Synapses[i].Active += s.Active
		m.Synapses[i].Sums = m.Synapses[i].Sums && s.Sums
		m.Synapses[i].Sent += s.Sent
		m.Synapses[i].Strengths = max(m.Synapses[i].Strengths, s.Strengths)
		m.Synapses[i].Ternary = m.Synapses[i].Ternary && s.Ternary
	}
}
