package snn

import (
	"strings"
	"time"
)

// Cost is what one kind of work on one layer has cost since Profile was switched on.
type Cost struct {
	Layer   string        `json:"layer"` // "stages.0.1.conv"
	Kind    string        `json:"kind"`  // "convolution", "weight gradient", ...
	Time    time.Duration `json:"ns"`
	MACs    float64       `json:"macs"`    // multiply-accumulates of a dense convolution; 0 for other work
	Bytes   float64       `json:"bytes"`   // of its inputs and outputs, each once
	Density float64       `json:"density"` // of the input of a convolution at the end, 0 to 1; 0 for other work
}

// Profile switches measuring on, from nothing, or off.
func (n *Network) Profile(on bool) {
	n.ws.profile = nil
	if on {
		n.ws.profile = &profile{}
	}
}

// Costs lists what was measured, in the order in which it came first.
func (n *Network) Costs() []Cost {
	if n.ws.profile == nil {
		return nil
	}
	density := map[string]float64{}
	for _, d := range n.Densities() {
		density[d.Convolution] = d.Share
	}
	all := append([]Cost(nil), n.ws.profile.costs...)
	for i := range all {
		if all[i].MACs > 0 {
			all[i].Density = density[all[i].Layer]
		}
	}
	return all
}

type profile struct{ costs []Cost }

// start begins to measure, if anybody wants to know.
func (ws *workspace) start() (at time.Time) {
	if ws.profile != nil {
		at = time.Now()
	}
	return at
}

// stop ends what start began: work of some multiply-accumulates on some elements of four bytes and some words of two.
func (ws *workspace) stop(at time.Time, layer, kind string, macs, elements, words int) {
	if ws.profile == nil {
		return
	}
	took := time.Since(at)
	layer = strings.TrimSuffix(layer, ".weight")
	p := ws.profile
	for i := range p.costs {
		if c := &p.costs[i]; c.Layer == layer && c.Kind == kind {
			c.add(took, macs, elements, words)
			return
		}
	}
	p.costs = append(p.costs, Cost{Layer: layer, Kind: kind})
	p.costs[len(p.costs)-1].add(took, macs, elements, words)
}

func (c *Cost) add(took time.Duration, macs, elements, words int) {
	c.Time += took
	c.MACs += float64(macs)
	c.Bytes += float64(4*elements + 2*words)
}
