package nir

import (
	"math"

	"ssnn/snn"
)

// neurons is a layer of them, as u[t] = leak*w[t-1] + gain*I[t], w counted from what they are reset to.
type neurons struct {
	node       named
	name       string  // of its parameters: "stages.0.1.lif"
	leak, gain float64 // gain is r dt/tau
	plain      bool    // r is 1: DecayInput
	threshold  float32
	soft       bool
	layer      int // of the weights that make its currents, -1 if pooling or frames do
}

// rounding is what r and tau may be off by, relative to what they were before they were float32.
const rounding = 1.0 / (1 << 23)

// newNeurons reads a LIF or an IF of so many neurons.
func newNeurons(n named, count int, dt float64) (k neurons, err error) {
	k.node = n
	value := func(name string) float64 {
		v, wrong := n.uniform(name, count)
		if err == nil {
			err = wrong
		}
		return v
	}
	r, threshold := value("r"), value("v_threshold")
	reset, rest := 0.0, 0.0
	if _, ok := n.Parameters["v_reset"]; ok { // files before 1.0 have none, it is 0 there
		reset, rest = value("v_reset"), value("v_reset")
	}
	if n.Type == "IF" {
		k.leak, k.gain = 1, r*dt
	} else {
		tau := value("tau")
		rest = value("v_leak")
		if err == nil && !(tau >= dt*(1-rounding)) {
			return k, n.refused("tau %v s, want at least the timestep, %v s", float32(tau), float32(dt))
		}
		k.leak, k.gain = leakOf(tau, dt), r*dt/tau
		k.plain = math.Abs(r-1) < 4*rounding
	}
	if err != nil {
		return k, err
	}
	if math.Abs(k.gain-1) < 4*rounding {
		k.gain = 1
	}
	if reset != rest {
		return k, n.refused("v_leak %v and v_reset %v, want the same", float32(rest), float32(reset))
	}
	// v > threshold in float32 is v >= the number after it.
	k.threshold = math.Nextafter32(float32(threshold-reset), math.MaxFloat32)
	if !(k.gain > 0) || !(k.threshold > 0) || math.IsInf(k.gain, 0) || math.IsInf(float64(k.threshold), 0) {
		return k, n.refused("r %v and v_threshold %v, want a threshold above v_reset that currents reach", float32(r), float32(threshold))
	}
	if said := n.Metadata["reset"].Texts; len(said) == 1 && said[0] != "hard" {
		if said[0] != "soft" {
			return k, n.refused("reset %q in its metadata, want hard or soft", said[0])
		}
		k.soft = true
	}
	return k, nil
}

// leakOf is 1 - dt/tau: of the numbers that make the same tau in float32 the one with the fewest digits, as somebody chose it.
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

// configureNeurons finds the neuron that all layers share. Layers of different leaks are PLIF neurons; a different scale of currents and threshold becomes that
// of the weights before.
func (n *Network) configureNeurons(c *snn.Config) error {
	if len(n.neurons) == 0 {
		return nil
	}
	first := n.neurons[0]
	c.Neuron, c.Levels, c.TimeConstant, c.Tau = snn.Plain, 0, 0, first.leak
	c.DecayInput, c.LIF.Reset = true, snn.Hard
	if first.soft {
		c.LIF.Reset = snn.Soft
	}
	for _, k := range n.neurons {
		if k.leak != first.leak {
			c.Neuron = snn.Parametric
		}
		if k.soft != first.soft {
			return k.node.refused("its reset is not that of node %q", first.node.name)
		}
		c.DecayInput = c.DecayInput && k.plain && k.gain != 1
	}
	c.Threshold = float64(first.threshold)
	if !c.DecayInput {
		c.Threshold = float64(float32(c.Threshold / first.gain))
	}
	for _, k := range n.neurons {
		if c.Neuron == snn.Parametric && !(k.leak > 0 && k.leak < 1) {
			return k.node.refused("a share of %v of the membrane is left after a timestep and another in other layers, want those above 0 and below 1", float32(k.leak))
		}
		if k.layer < 0 && k.scale(c) != 1 {
			return k.node.refused("r and v_threshold are not those of node %q, and there are no weights right before it to make up for that", first.node.name)
		}
	}
	return nil
}

// scale is what the currents of a layer are multiplied by so that its threshold is the network's.
func (k neurons) scale(c *snn.Config) float32 {
	gain := k.gain
	if c.DecayInput {
		gain = 1
	}
	if scale := gain * c.Threshold / float64(k.threshold); math.Abs(scale-1) > 4*rounding {
		return float32(scale)
	}
	return 1
}

// scales are those of the neurons behind each layer, 1 where there are none.
func (n *Network) scales(c snn.Config) []float32 {
	all := make([]float32, len(n.layers))
	for i := range all {
		all[i] = 1
	}
	for _, k := range n.neurons {
		if k.layer >= 0 {
			all[k.layer] = k.scale(&c)
		}
	}
	return all
}
