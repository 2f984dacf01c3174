package snn

import (
	"fmt"
	"math"
	"strings"

	"ssnn/internal/names"
)

// Neuron is a kind of neuron. Every kind is made of LIF neurons, with any reset and surrogate.
type Neuron int

// The neurons.
const (
	// Plain, "lif", is the LIF neuron.
	Plain Neuron = iota
	// Parametric, "plif", learns the leak of each layer (Fang et al., ICCV 2021, arXiv 2007.05785,
	// as SpikingJelly's ParametricLIFNode). With k = 1/(1 + exp(-w)), Tau is 1 - k and, with
	// DecayInput, the current is scaled by k. The parameter w begins where Tau is the configured
	// one. Weight decay pulls w towards 0, where Tau is 1/2.
	Parametric
	// MultiLevel, "mlf", is Levels LIF neurons on one current, with the thresholds Threshold,
	// Threshold+1, Threshold+2, ... It fires the number of their spikes (Feng et al., IJCAI 2022,
	// arXiv 2210.06386). The paper's neuron has three levels from threshold 0.6 on, spikes above
	// and not at the threshold, and a reset that is not detached.
	MultiLevel
)

// neuronModel holds the ways in which a kind of neuron differs from LIF.
type neuronModel struct {
	word       string // name in configurations
	levels     int    // usual number of levels; 0: the neuron has one level
	learnsLeak bool   // each layer learns its leak, from the configured one on

	// compose adds the dynamics of neurons of one threshold to c, in their order. nil stands for
	// the dynamics of composeLIF, or the fast kernels.
	compose func(c *composed, d Dynamics, threshold float32)
}

// neuronModels are all kinds of neurons; docs/adding.md says how to add one. Levels, a learned
// leak, synaptic currents, resets, walks step by step, plans and frozen networks work with a new
// kind without changes, and so do configurations and model files. interop/nir and interop/onnx
// refuse a new kind until they write its dynamics, see Dynamics.IsLIF.
var neuronModels = [...]neuronModel{
	Plain:      {word: "lif"},
	Parametric: {word: "plif", learnsLeak: true},
	MultiLevel: {word: "mlf", levels: 3},
}

var neuronKinds = names.Of[Neuron]{Key: "neuron", Words: modelWords()}

func modelWords() (all []string) {
	for _, m := range neuronModels {
		all = append(all, m.word)
	}
	return all
}

// model is the model of a kind. An unknown kind has the model of Plain; validateNeuron refuses it.
func (n Neuron) model() neuronModel {
	if n < 0 || int(n) >= len(neuronModels) {
		return neuronModels[Plain]
	}
	return neuronModels[n]
}

// MarshalText writes "lif", "plif" or "mlf".
func (n Neuron) MarshalText() ([]byte, error) { return neuronKinds.Text(n) }

// UnmarshalText reads what MarshalText writes.
func (n *Neuron) UnmarshalText(b []byte) error { return neuronKinds.Parse(n, b) }

// Leak is the time for which Tau is the share of the membrane that survives. It matters because the
// timesteps of later stages are longer.
type Leak int

// The leaks.
const (
	// PerTimestep, "timestep": a timestep of any stage leaves the share Tau of the membrane.
	PerTimestep Leak = iota
	// PerWindow, "window": a timestep of the first stage leaves the share Tau. A timestep of stage
	// i, which is T_1/T_i times as long, leaves Tau^(T_1/T_i).
	PerWindow
)

var leaks = names.Of[Leak]{Key: "leak", Words: []string{"timestep", "window"}}

// MarshalText writes "timestep" or "window".
func (l Leak) MarshalText() ([]byte, error) { return leaks.Text(l) }

// UnmarshalText reads what MarshalText writes.
func (l *Leak) UnmarshalText(b []byte) error { return leaks.Parse(l, b) }

// dynamics is the dynamics of the layer of neurons called name in stage i, if the stages run the
// timesteps T.
func (c *Config) dynamics(name string, i int, T []int) Dynamics {
	d := Dynamics{Neuron: c.Neuron, Levels: c.levels(), LIF: c.LIF}
	if strings.HasSuffix(name, halfThreshold) {
		d.Threshold /= 2
	}
	for _, own := range c.Layers {
		if own.Layer == name {
			own.apply(&d.LIF)
		}
	}
	if c.Leak != PerTimestep { // else Tau or TimeConstant stands as it is
		d.Tau, d.TimeConstant = math.Pow(d.leak(), float64(T[0])/float64(T[i])), 0
	}
	return d
}

// halfThreshold ends the names of the neurons of attention, which fire at half the threshold.
const halfThreshold = ".attn_lif"

const (
	maxLevels = 16
	leastLeak = 1e-9 // least share of a learned leak that survives, and that leaks away
)

// levels is the number of LIF neurons that make up a neuron.
func (c Config) levels() int {
	switch usual := c.Neuron.model().levels; {
	case usual == 0:
		return 1
	case c.Levels == 0:
		return usual
	}
	return c.Levels
}

func (c Config) validateNeuron() error {
	if err := c.LIF.validate(); err != nil {
		return err
	}
	if _, err := c.Neuron.MarshalText(); err != nil {
		return err
	}
	if _, err := c.Leak.MarshalText(); err != nil {
		return err
	}
	m := c.Neuron.model()
	switch leak := c.leak(); {
	case m.learnsLeak && !(leak >= leastLeak && leak <= 1-leastLeak):
		return fmt.Errorf("tau %v with neuron %s, want %v to %v", leak, m.word, leastLeak,
			1-leastLeak)
	case c.Levels != 0 && m.levels == 0:
		return fmt.Errorf("levels %d with neuron %s, want neuron mlf", c.Levels, m.word)
	case c.Levels < 0 || c.Levels > maxLevels:
		return fmt.Errorf("levels %d, want 1 to %d, or 0 for %d", c.Levels, maxLevels, m.levels)
	}
	return nil
}
