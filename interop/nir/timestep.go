package nir

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// leastGain is the least share of a current by which the membranes must move in a timestep, with
// thresholds of 1 or more, for the default timestep to be accepted. With less the neurons would
// hardly ever fire.
const leastGain = 1. / 20

// timestep returns the timestep in seconds: said, if it is not 0, or the one in the graph's
// metadata, or [DefaultTimestep]. Programs that know no seconds, like sinabs and norse, write IF
// with r = 1 and mean that a current moves the membrane by its own amount in a timestep: such a
// graph has a timestep of 1. For other graphs whose neurons would hardly fire at the default, the
// timestep must be given.
func (g *Graph) timestep(said float64) (float64, error) {
	if in := g.Metadata["dt"]; said == 0 && len(in.Floats) == 1 {
		said = float64(in.Floats[0])
	}
	if said != 0 {
		if !(said > 0) || math.IsInf(said, 0) {
			return 0, fmt.Errorf("timestep %v s, want above 0", said)
		}
		return said, nil
	}
	unit := true // IF of r = 1 alone
	var slow *named
	var least float64
	g.eachNeuron(func(n named) {
		gain := n.gain(DefaultTimestep)
		unit = unit && n.Type == "IF" && math.Abs(gain-DefaultTimestep) < 4*rounding*DefaultTimestep
		if gain < leastGain && slow == nil {
			slow, least = &n, gain
		}
	})
	switch {
	case slow == nil:
		return DefaultTimestep, nil
	case unit:
		return 1, nil
	}
	return 0, slow.refused("in a timestep of %v s, which nobody said, its membrane moves by %.2g "+
		"of a current, so that it hardly fires: want --dt, the timestep that the graph was made "+
		"for", DefaultTimestep, least)
}

// eachNeuron visits the neurons of a graph and of the graphs in it, by name.
func (g *Graph) eachNeuron(visit func(n named)) {
	for _, name := range slices.Sorted(maps.Keys(g.Nodes)) {
		n := named{name, g.Nodes[name]}
		switch {
		case n.Graph != nil:
			n.Graph.eachNeuron(visit)
		case n.integrates():
			visit(n)
		}
	}
}

// gain is the largest share of a current by which a membrane of the node moves in a timestep,
// relative to a threshold below 1. It is 1 where the node's parameters do not show it, as the node
// is refused elsewhere then.
func (n named) gain(dt float64) float64 {
	r, err := n.floats("r")
	if err != nil || len(r.Floats) == 0 {
		return 1
	}
	gain := float64(slices.Max(r.Floats)) * dt
	if !(gain > 0) {
		return 1
	}
	constants := map[string][]string{"LIF": {"tau"}, "CubaLIF": {"tau_mem"}}[n.Type]
	for _, name := range constants {
		tau, err := n.floats(name)
		if err != nil || len(tau.Floats) == 0 || !(slices.Min(tau.Floats) > 0) {
			return 1
		}
		gain /= max(float64(slices.Min(tau.Floats)), dt)
	}
	if w, err := n.floats("w_in"); err == nil && n.Type == "CubaLIF" && len(w.Floats) > 0 {
		gain *= max(float64(slices.Max(w.Floats)), 0)
	}
	threshold, err := n.floats("v_threshold")
	if err != nil || len(threshold.Floats) == 0 || !(slices.Min(threshold.Floats) > 0) {
		return 1
	}
	return gain / min(1, float64(slices.Min(threshold.Floats)))
}

// SaysReset says whether the reset of the graph's neurons is known: all nodes of neurons give it in
// their metadata, or ssnn made the graph, which writes it where it is not NIR's. Other exporters
// write neurons that subtract the threshold as if they were set to v_reset. It is true for a graph
// without neurons.
func (g *Graph) SaysReset() bool {
	if _, ours := g.Text("recipe"); ours {
		return true
	}
	says := true
	g.eachNeuron(func(n named) {
		says = says && len(n.Metadata["reset"].Texts) == 1
	})
	return says
}
