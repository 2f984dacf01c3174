package snn

import (
	"strings"
	"time"
)

// pass is one way of the layers over a batch, forward or back: what it is for, and what it goes on
// with. Each layer gets it with its input, which says how many timesteps and samples there are. A
// layer changes nothing of it, and the layers know of a pass only what it says.
type pass struct {
	mode mode
	bits int    // of the weights where they are whole numbers, see Network.Quantise; 0: float32
	keep bool   // currents stay in memory, see Network.KeepMembranes
	walk uint64 // whose neurons go on where they were, see walk.go; 0: they begin at rest

	// Who looks on; nil where nobody does.
	profile  *profile // measures, see Network.Profile
	products *float64 // counts products whose input is not zero, see Network.CountOperations
}

// mode is what a pass is for.
type mode int

const (
	inference     mode = iota // norms use their running statistics
	training                  // norms use those of the batch, and move the running ones
	recalibration             // norms use those of the batch, and gather them, see recalibrate.go
)

func modeOf(trains bool) mode {
	if trains {
		return training
	}
	return inference
}

// pass is one of the network's in a mode, with all timesteps of a stage at once.
func (n *Network) pass(m mode) pass {
	p := pass{mode: m, keep: n.keep, profile: n.profile}
	if m == inference && n.bits < 32 {
		p.bits = n.bits
	}
	if n.counting {
		p.products = &n.products
	}
	return p
}

// held is the pass for layers that it shall not change, see Network.Hold.
func (p pass) held() pass {
	p.mode = inference
	return p
}

// carrying is the pass over some timesteps of a stage in a walk, with others before or after them.
func (p pass) carrying(walk uint64) pass {
	p.walk = walk
	return p
}

// start begins to measure, if anybody wants to know.
func (p pass) start() (at time.Time) {
	if p.profile != nil {
		at = time.Now()
	}
	return at
}

// stop ends what start began: work of some multiply-accumulates on some elements of four bytes and
// some words of two.
func (p pass) stop(at time.Time, layer, kind string, macs, elements, words int) {
	if p.profile == nil {
		return
	}
	took := time.Since(at)
	p.profile.of(strings.TrimSuffix(layer, ".weight"), kind).add(took, macs, elements, words)
}

// count counts what has synapses, if anybody wants to know.
func (p pass) count(s synaptic) {
	if p.products != nil {
		*p.products += float64(s.synapses().Active)
	}
}
