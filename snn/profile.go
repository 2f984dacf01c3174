package snn

import "time"

// Cost is the cost of one kind of work on one layer since Profile was switched on.
type Cost struct {
	Layer string        `json:"layer"` // "stages.0.1.conv"
	Kind  string        `json:"kind"`  // "convolution", "weight gradient", ...
	Time  time.Duration `json:"ns"`    // time of all calls, in nanoseconds
	// MACs is the number of multiply-accumulates of a dense convolution; 0 for other work.
	MACs  float64 `json:"macs"`
	Bytes float64 `json:"bytes"` // bytes of inputs and outputs, each counted once a call
	// Density is the share of a convolution's inputs that were not zero in the last pass, 0 to 1; 0
	// for other work.
	Density float64 `json:"density"`
}

// Profile starts to measure times, from 0, or stops.
func (n *Network) Profile(on bool) {
	n.profile = nil
	if on {
		n.profile = &profile{}
	}
}

// Costs lists the measured times, in the order in which they were first measured.
func (n *Network) Costs() []Cost {
	if n.profile == nil {
		return nil
	}
	density := map[string]float64{}
	for _, d := range n.Densities() {
		density[d.Convolution] = d.Share
	}
	all := append([]Cost(nil), n.profile.costs...)
	for i := range all {
		if all[i].MACs > 0 {
			all[i].Density = density[all[i].Layer]
		}
	}
	return all
}

type profile struct{ costs []Cost }

// of returns the cost of one kind of work on a layer. A new one is 0.
func (p *profile) of(layer, kind string) *Cost {
	for i := range p.costs {
		if c := &p.costs[i]; c.Layer == layer && c.Kind == kind {
			return c
		}
	}
	p.costs = append(p.costs, Cost{Layer: layer, Kind: kind})
	return &p.costs[len(p.costs)-1]
}

func (c *Cost) add(took time.Duration, macs, elements, words int) {
	c.Time += took
	c.MACs += float64(macs)
	c.Bytes += float64(4*elements + 2*words)
}
