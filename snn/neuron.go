package snn

import (
	"fmt"
	"math"
	"strings"

	"ssnn/internal/names"
)

// Neuron is a kind of neuron, made of LIF neurons with their reset and surrogate, whichever these
// are.
type Neuron int

// The neurons.
const (
	// Plain, "lif", is the LIF neuron.
	Plain Neuron = iota
	// Parametric, "plif", learns the leak of each layer (Fang et al., ICCV 2021, arXiv 2007.05785,
	// as SpikingJelly's ParametricLIFNode): Tau = 1 - k and, with DecayInput, a current scaled by k
	// = 1/(1 + exp(-w)). The parameter w begins where Tau is the configured one; weight decay pulls
	// it, as all parameters, to 0, where Tau is 1/2.
	Parametric
	// MultiLevel, "mlf", is Levels LIF neurons on one current, of the thresholds Threshold,
	// Threshold+1, Threshold+2, ..., and fires the number of their spikes (Feng et al., IJCAI 2022,
	// arXiv 2210.06386). The paper's has three from 0.6 on, spikes above and not at the threshold,
	// and a reset that is not detached.
	MultiLevel
)

// neuronModel is what makes a kind of neuron; all else is LIF.
type neuronModel struct {
	word       string // in configurations
	levels     int    // usual number of neurons on a current, if there can be several
	learnsLeak bool   // a leak for each layer is learned, from the configured one on

	// compose adds the dynamics of neurons of one threshold to c, in their order; nil: those of
	// composeLIF, or the fast kernels.
	compose func(c *composed, d Dynamics, threshold float32)
}

// neuronModels are the neurons there are; docs/adding.md says how to add one. Levels, a learned
// leak, synaptic currents, resets, walks step by step, plans and frozen networks work with it as
// they stand, and so do configurations and model files. Until interop/nir and interop/onnx write
// its dynamics they refuse it, see Dynamics.IsLIF.
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

// model is that of a kind; one that there is not is as the plain one, and refused elsewhere.
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

// Leak says which time the leak of a membrane is for, because the timesteps of later stages are
// longer.
type Leak int

// The leaks.
const (
	// PerTimestep, "timestep": a timestep of each stage leaves the share Tau of the membrane.
	PerTimestep Leak = iota
	// PerWindow, "window": one of the first stage does. One of stage i, which lasts T_1/T_i as
	// long, leaves Tau^(T_1/T_i).
	PerWindow
)

var leaks = names.Of[Leak]{Key: "leak", Words: []string{"timestep", "window"}}

// MarshalText writes "timestep" or "window".
func (l Leak) MarshalText() ([]byte, error) { return leaks.Text(l) }

// UnmarshalText reads what MarshalText writes.
func (l *Leak) UnmarshalText(b []byte) error { return leaks.Parse(l, b) }

// dynamics is what the neurons of a name in stage i do under the timesteps T.
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
	leastLeak = 1e-9 // of neurons that learn it, and of what leaks away
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
