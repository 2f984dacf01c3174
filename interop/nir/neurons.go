package nir

import (
	"math"

	"ssnn/snn"
)

// neurons is a layer of neurons c[t] = synapse*c[t-1] + gain*I[t], u[t] = leak*w[t-1] + c[t]. The
// membranes u and w count from the value to which the neurons are reset.
type neurons struct {
	node       named
	levels     int     // number of thresholds, which are 1 apart (see snn.MultiLevel)
	leak, gain float64 // gain is r dt/tau
	synapse    float64
	plain      bool // r is 1, as with DecayInput
	threshold  float32
	soft       bool    // the reset is soft
	amount     float64 // the amount that a soft reset subtracts; 0: the threshold
	rest       float64 // v_leak - v_reset, as a current
}

// rounding is the relative error that r and tau may have from their rounding to float32.
const rounding = 1.0 / (1 << 23)

// leastThreshold is the smallest threshold that neurons of package snn may have.
const leastThreshold = 1e-6

// newNeurons reads a LIF, an IF, a CubaLIF or a Threshold of so many neurons.
func newNeurons(n named, count int, dt float64) (k neurons, err error) {
	k.node, k.levels = n, 1
	value := func(name string) float64 {
		v, wrong := n.uniform(name, count)
		if err == nil {
			err = wrong
		}
		return v
	}
	// share reads a time constant and returns it with the share that survives a timestep.
	share := func(name string) (tau, left float64) {
		if tau = value(name); err == nil && !(tau >= dt*(1-rounding)) {
			err = n.refused("%s %v s, want at least the timestep, %v s, or a shorter --dt", name,
				float32(tau), float32(dt))
		}
		return tau, leakOf(tau, dt)
	}
	if n.Type == "Threshold" { // its membrane starts at 0 in each timestep
		k.gain, k.plain = 1, true
		k.threshold = math.Nextafter32(float32(value("threshold")), math.MaxFloat32)
		if err == nil && !(k.threshold >= leastThreshold) {
			err = n.refused("threshold %v, want %v or more", k.threshold, leastThreshold)
		}
		return k, err
	}
	r, threshold := value("r"), value("v_threshold")
	reset, rest, tau := 0.0, 0.0, 0.0
	if _, ok := n.Parameters["v_reset"]; ok { // without one, as in files before 1.0, it is 0
		reset, rest = value("v_reset"), value("v_reset")
	}
	switch n.Type {
	case "IF":
		k.leak, k.gain = 1, r*dt
	case "LIF":
		tau, k.leak = share("tau")
		rest, k.gain = value("v_leak"), r*dt/tau
		k.plain = math.Abs(r-1) < 4*rounding
	case "CubaLIF":
		tau, k.leak = share("tau_mem")
		rest, k.gain = value("v_leak"), r*dt/tau
		tau, k.synapse = share("tau_syn")
		k.gain *= value("w_in") * dt / tau
	}
	if err != nil {
		return k, err
	}
	if math.Abs(k.gain-1) < 4*rounding {
		k.gain = 1
	}
	if rest != reset && r > 0 { // r <= 0 is refused below
		k.rest = (rest - reset) / r
	}
	// v > threshold in float32 is v >= the number after it.
	k.threshold = math.Nextafter32(float32(threshold-reset), math.MaxFloat32)
	if !(k.gain > 0) || !(k.threshold > 0) || math.IsInf(k.gain, 0) ||
		math.IsInf(float64(k.threshold), 0) {

		return k, n.refused("r %v and v_threshold %v, want a threshold above v_reset that "+
			"currents reach", float32(r), float32(threshold))
	}
	return k, k.readReset()
}

// readReset reads the kind and the amount of the reset from the metadata.
func (k *neurons) readReset() error {
	said := k.node.Metadata["reset"].Texts
	if len(said) != 1 || said[0] == "hard" {
		return nil
	}
	if said[0] != "soft" {
		return k.node.refused("reset %q in its metadata, want hard or soft", said[0])
	}
	k.soft = true
	if a := k.node.Metadata["reset_amount"].Floats; len(a) == 1 {
		if k.amount = float64(a[0]); !(k.amount > 0) {
			return k.node.refused("reset_amount %v in its metadata, want above 0", k.amount)
		}
	}
	return nil
}

// leakOf is 1 - dt/tau. Of the numbers that give the same tau in float32 it returns the one with
// the fewest decimal digits, which is probably the number that somebody chose.
func leakOf(tau, dt float64) float64 {
	leak := max(1-dt/tau, 0)
	for digits := 1.0; digits < 1e9; digits *= 10 {
		short := math.Round(leak*digits) / digits
		if short < 1 && math.Abs(dt/(1-short)-tau) <= rounding*tau {
			return short
		}
	}
	return leak
}

// level is the threshold of the i-th level, from 0 on.
func (k neurons) level(i int) float32 { return k.threshold + float32(i) }

// configureNeurons sets the neurons of a configuration to those of the first layer, and gives
// layers that differ neurons of their own. Instead of multiplying currents by a gain it divides the
// threshold and the reset by it. A configuration with PLIF neurons keeps them if all neurons leak.
func (n *Network) configureNeurons(c *snn.Config) error {
	c.Layers = nil
	var all []neurons
	for _, s := range n.layers {
		if s.op == snn.OpNeuron {
			all = append(all, s.neurons)
		}
	}
	if len(all) == 0 {
		return nil
	}
	learned, levels := c.Neuron == snn.Parametric, all[0].levels
	for _, k := range all {
		learned = learned && k.leak > 0 && k.leak < 1 && levels == 1
		if k.levels != levels {
			return k.node.refused("%d levels, want %d as those of node %q: all layers here have "+
				"as many", k.levels, levels, all[0].node.name)
		}
	}
	c.Neuron, c.Levels, c.Leak = snn.Plain, 0, snn.PerTimestep
	switch {
	case levels > 1:
		c.Neuron, c.Levels = snn.MultiLevel, levels
	case learned:
		c.Neuron = snn.Parametric
	}
	for i, name := range c.NeuronNames() {
		k := all[i]
		if levels > 1 && k.gain != 1 && !k.plain {
			return k.node.refused("%d levels on currents times %v, want 1, or r = 1", levels,
				float32(k.gain))
		}
		own := k.lif(c.LIF)
		if i == 0 {
			c.LIF = own
		}
		if learned {
			own.Tau = c.Tau // the learned parameter gives the leak
		}
		if l, differs := snn.NeuronsOf(name, own, c.LIF); differs {
			c.Layers = append(c.Layers, l)
		}
	}
	return nil
}

// lif returns l with the dynamics of these neurons; the surrogate stays l's.
func (k neurons) lif(l snn.LIF) snn.LIF {
	gain := k.gain
	if l.DecayInput = k.plain && gain != 1; l.DecayInput {
		gain = 1
	}
	l.TimeConstant, l.Tau, l.Synapse = 0, k.leak, k.synapse
	l.Threshold = float64(float32(float64(k.threshold) / gain))
	l.Reset, l.ResetAmount = snn.Hard, 0
	if k.soft {
		l.Reset, l.ResetAmount = snn.Soft, k.amount/gain
	}
	return l
}
