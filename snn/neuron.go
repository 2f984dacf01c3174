package snn

import (
	"fmt"
	"math"
	"strings"

	"ssnn/internal/names"
)

// Neuron is a kind of neuron, made of LIF neurons with their reset and surrogate, whichever these are.
type Neuron int

// The neurons.
const (
	// Plain, "lif", is the LIF neuron.
	Plain Neuron = iota
	// Parametric, "plif", learns the leak of each layer (Fang et al., ICCV 2021, arXiv 2007.05785, as SpikingJelly's
	// ParametricLIFNode): Tau = 1 - k and, with DecayInput, a current scaled by k = 1/(1 + exp(-w)). The parameter w begins where
	// Tau is the configured one; weight decay pulls it, as all parameters, to 0, where Tau is 1/2.
	Parametric
	// MultiLevel, "mlf", is Levels LIF neurons on one current, of the thresholds Threshold, Threshold+1, Threshold+2, ..., and
	// fires the number of their spikes (Feng et al., IJCAI 2022, arXiv 2210.06386). The paper's has three from 0.6 on, spikes
	// above and not at the threshold, and a reset that is not detached.
	MultiLevel
)

var neuronKinds = names.Of[Neuron]{Key: "neuron", Words: []string{"lif", "plif", "mlf"}}

// MarshalText writes "lif", "plif" or "mlf".
func (n Neuron) MarshalText() ([]byte, error) { return neuronKinds.Text(n) }

// UnmarshalText reads what MarshalText writes.
func (n *Neuron) UnmarshalText(b []byte) error { return neuronKinds.Parse(n, b) }

// Leak says which time the leak of a membrane is for, as the timesteps of later stages are longer.
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
	usualLevels = 3
	maxLevels   = 16
	leastLeak   = 1e-9 // of neurons that learn it, and of what leaks away
)

// levels is the number of LIF neurons that make up a neuron.
func (c Config) levels() int {
	switch {
	case c.Neuron != MultiLevel:
		return 1
	case c.Levels == 0:
		return usualLevels
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
	if c.Neuron == Parametric && c.Synapse != 0 {
		return fmt.Errorf("synapse %v with neuron plif, want 0", c.Synapse)
	}
	switch leak := c.leak(); {
	case c.Neuron == Parametric && !(leak >= leastLeak && leak <= 1-leastLeak):
		return fmt.Errorf("tau %v with neuron plif, want above 0 and below 1, by %v at least", leak, leastLeak)
	case c.Levels != 0 && c.Neuron != MultiLevel:
		return fmt.Errorf("levels %d with neuron %s, want mlf", c.Levels, neuronKinds.Words[c.Neuron])
	case c.Levels < 0 || c.Levels > maxLevels:
		return fmt.Errorf("levels %d, want 1 to %d, or 0 for %d", c.Levels, maxLevels, usualLevels)
	}
	return nil
}
