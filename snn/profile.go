package snn

import "time"

// Cost is what one kind of work on one layer has cost since Profile was switched on.
type Cost struct {
	Layer string        `json:"layer"` // "stages.0.1.conv"
	Kind  string        `json:"kind"`  // "convolution", "weight gradient", ...
	Time  time.Duration `json:"ns"`    // time of all calls
	// MACs is the number of multiply-accumulates of a dense convolution; 0 for other work.
	MACs  float64 `json:"macs"`
	Bytes float64 `json:"bytes"` // size of its inputs and outputs, each counted once
	// Density is that of the input of a convolution in the last call, 0 to 1; 0 for other work.
	Density float64 `json:"density"`
}

// Profile starts measuring times, from 0, or stops it.
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

// of is the cost of one kind of work on a layer.
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
