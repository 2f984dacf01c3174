package snn

import "ssnn/internal/kernel"

// threshold fires, s[t] = 1, where the membrane u[t] is at least v. In backward the derivative of
// the spike is a surrogate. Each level of a neuron has its own threshold, see MultiLevel.
type threshold struct {
	v         float32
	surrogate kernel.Surrogate
	alpha     float32
}

func (th *threshold) forward(m *moment) {
	var fired uint16
	for l := range m.v {
		var bit uint16 // set without a branch, which would be mispredicted
		if m.v[l] >= th.v {
			bit = 1
		}
		fired |= bit << l
	}
	m.fired = fired
	if m.learns {
		for l := range m.v {
			m.slope[l] = th.surrogate.Slope(m.v[l]-th.v, th.alpha)
		}
	}
}

func (th *threshold) backward(m *moment) {
	for l := range m.ds {
		m.dv[l] += float32(m.ds[l] * m.slope[l])
	}
}
