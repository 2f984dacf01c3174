package nir

import (
	"slices"

	"ssnn/snn"
)

// gains are the factors that layers of weights are multiplied by, by the names of their nodes, so
// that the neurons behind them have r = 1: norse reads no other r. A layer without an entry has the
// factor 1.
type gains map[string]float64

func (g gains) of(n *snn.Node) float64 {
	if gain, ok := g[n.Name]; ok {
		return gain
	}
	return 1
}

// inputGain is the factor that makes the currents of NIR's neurons equal to ours. A LIF with r = 1
// multiplies currents by dt/tau = 1 - leak, as our neurons with DecayInput do; a CubaLIF with the
// usual r and w_in multiplies them by 1.
func inputGain(d snn.Dynamics, leak float64) float64 {
	switch {
	case leak == 1 || d.DecayInput == (d.Synapse == 0):
		return 1
	case d.DecayInput:
		return 1 - leak
	}
	return 1 / (1 - leak)
}

// foldGains moves the gains of neurons into the layers before them, wherever no other node sees the
// outputs of these layers.
func (e *export) foldGains() {
	e.gains, e.folded = gains{}, map[string]bool{}
	seen := map[int]int{} // by node, the number of nodes that see its output
	for _, n := range e.nodes {
		for _, in := range slices.Compact(slices.Sorted(slices.Values(n.In))) {
			seen[in]++
		}
	}
	for i := range e.nodes {
		n := &e.nodes[i]
		if n.Op != snn.OpNeuron {
			continue
		}
		gain := inputGain(n.Dynamics, e.leak(n))
		before, ok := e.before(n.In[0], n.Stage, seen)
		if gain == 1 || !ok {
			continue
		}
		e.folded[n.Name] = true
		for _, name := range before {
			e.gains[name] = gain
		}
	}
}

// before returns the layers of weights whose outputs reach the output of node i through means and
// sums alone. ok is false where another operation, another user or another stage lies between.
func (e *export) before(i, stage int, seen map[int]int) (names []string, ok bool) {
	if i == snn.Frames || seen[i] != 1 || e.nodes[i].Stage != stage {
		return nil, false
	}
	switch n := e.nodes[i]; n.Op {
	case snn.OpConvolution, snn.OpLinear, snn.OpNorm:
		return []string{n.Name}, true
	case snn.OpPool:
		if n.Pooling == snn.PoolMax {
			return nil, false
		}
		return e.before(n.In[0], stage, seen)
	case snn.OpAdd:
		x, one := e.before(n.In[0], stage, seen)
		y, two := e.before(n.In[1], stage, seen)
		return slices.Concat(x, y), one && two
	}
	return nil, false
}

// scale multiplies the weights and the bias of a layer.
func scale(parameters Values, gain float64) {
	if gain == 1 {
		return
	}
	for _, name := range []string{"weight", "bias"} {
		a, ok := parameters[name]
		if !ok {
			continue
		}
		a.Floats = slices.Clone(a.Floats)
		for i, v := range a.Floats {
			a.Floats[i] = float32(gain * float64(v))
		}
		parameters[name] = a
	}
}
