package snn

import (
	"strings"
	"time"
)

// pass holds the settings of one run of the layers over a batch, forward or backward. Each layer
// gets the pass beside its input, which has the number of timesteps and samples. No layer changes
// the pass, and all that a layer knows of the run stands in it.
type pass struct {
	mode mode
	bits int    // bits of whole-number weights, see Network.Quantise; 0: weights are float32
	keep bool   // currents stay in memory, see Network.KeepMembranes
	walk uint64 // number of the walk that membranes are carried in, see walk.go; 0: all begin at 0

	// Observers; nil where there is none.
	profile  *profile // times the layers, see Network.Profile
	products *float64 // counts products whose input is not zero, see Network.CountOperations
}

// mode is the purpose of a pass.
type mode int

const (
	inference     mode = iota // norms use their running statistics
	training                  // norms use the batch's statistics, and move the running ones
	recalibration             // norms use and gather the batch's statistics, see recalibrate.go
)

func modeOf(trains bool) mode {
	if trains {
		return training
	}
	return inference
}

// pass returns a pass in mode m with the network's settings, over all timesteps of a stage at once.
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

// held is the pass for layers that training must not change, see Network.Hold.
func (p pass) held() pass {
	p.mode = inference
	return p
}

// carrying is the pass over some of a stage's timesteps, as part of a walk, in which neurons carry
// their membranes from the timesteps before.
func (p pass) carrying(walk uint64) pass {
	p.walk = walk
	return p
}

// start returns the time now if the pass is profiled, else the zero time.
func (p pass) start() (at time.Time) {
	if p.profile != nil {
		at = time.Now()
	}
	return at
}

// stop adds the time since start to the profile, as work of macs multiply-accumulates on elements
// of 4 bytes and words of 2 bytes.
func (p pass) stop(at time.Time, layer, kind string, macs, elements, words int) {
	if p.profile == nil {
		return
	}
	took := time.Since(at)
	p.profile.of(strings.TrimSuffix(layer, ".weight"), kind).add(took, macs, elements, words)
}

// count adds the active products of s to the count, if the pass counts products.
func (p pass) count(s synaptic) {
	if p.products != nil {
		*p.products += float64(s.synapses().Active)
	}
}
