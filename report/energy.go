package report

// Energies of 32-bit floating-point operations at 45 nm and 0.9 V, in joules (Horowitz, ISSCC 2014, figure 1.1.9): an addition, and a
// multiplication (3.7 pJ) with an addition. What memory costs, which is more, is not in them.
const (
	accumulate         = 0.9e-12
	multiplyAccumulate = 4.6e-12
)

// Energy is what a network's convolutions, self-attention and classifier take for one recording.
type Energy struct {
	Accumulates         float64 // of weights of inputs that spiked, and in attention of spikes and their counts
	MultiplyAccumulates float64 // with inputs that are no spikes: frames, means of pooling, outputs of temporal transformers; zeros left out
	Dense               float64 // multiply-accumulates if no input were zero
}

// Joules is an estimate of the energy of the operations.
func (e Energy) Joules() float64 {
	return e.Accumulates*accumulate + e.MultiplyAccumulates*multiplyAccumulate
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
	}
	return e
}

// Energy is that of the whole network.
func (m *Measured) Energy() Energy { return m.energy(0, len(m.Synapses)) }
