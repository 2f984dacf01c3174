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

// Energy has the operations of a network's convolutions, self-attention and classifier for one
// recording, counted in two ways, each the same for every network.
//
// The first way is that of a CPU: an input that is a spike adds a weight, and any other input that
// is not zero is multiplied by a weight and added. Such inputs are frames, means of pooling, sums
// of merged timesteps, outputs of temporal transformers, and numbers of spikes, from neurons of
// several levels and from blocks that add spikes to spikes.
//
// The second way is that of a device that only adds, and to which every spike and event is sent by
// itself: a sum or mean of k of them is k additions of a weight that was scaled beforehand, see
// [snn.Synapses]. Inputs that are no such sums are multiplied there too.
type Energy struct {
	// Accumulates counts additions: of weights whose inputs spiked, and in attention of spikes and
	// their counts.
	Accumulates float64 `json:"accumulates"`
	// MultiplyAccumulates counts products with inputs that are not single spikes, without zeros.
	MultiplyAccumulates float64 `json:"multiply_accumulates"`
	Dense               float64 `json:"dense"` // multiply-accumulates if no input were zero

	AdditionOnly AdditionOnly `json:"addition_only"` // the second way
}

// AdditionOnly has the operations of a device that only adds, and those that it cannot do by
// adding.
type AdditionOnly struct {
	Accumulates         float64 `json:"accumulates"`          // of weights
	MultiplyAccumulates float64 `json:"multiply_accumulates"` // with inputs that are no such sums
}

// Joules estimates the energy of the operations as a CPU does them.
func (e Energy) Joules() float64 { return joules(e.Accumulates, e.MultiplyAccumulates) }

// Joules estimates the energy of the operations of such a device.
func (a AdditionOnly) Joules() float64 { return joules(a.Accumulates, a.MultiplyAccumulates) }

func joules(accumulates, multiplyAccumulates float64) float64 {
	return accumulates*accumulate + multiplyAccumulates*multiplyAccumulate
}

// DenseJoules estimates the energy of a network of the same shapes and timesteps that does not
// leave out zeros.
func (e Energy) DenseJoules() float64 { return e.Dense * multiplyAccumulate }

// energy returns the energy of the layers from to to-1.
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

// Energy returns the energy of the whole network.
func (m *Measured) Energy() Energy { return m.energy(0, len(m.Synapses)) }

// Some returns the numbers of those of n test recordings on which a network's activity and energy
// are measured: up to 64, spread evenly.
func Some(n int) []int { return spreadOver(n, mostRecordings) }

// MeasureEnergy measures the energy of a network on samples. The error is that of making their
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

// addSynapses adds the operations of the layers in the last pass.
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
