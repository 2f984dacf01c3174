package snn

import "math"

// reset leaves of the membrane u[t] what the next timestep begins with, see LIF:
//
//	w[t] = u[t]*(1 - s[t]) (hard) or u[t] - amount*s[t] (soft)
type reset struct {
	soft     bool
	amount   float32
	attached bool // the gradient flows through the spike of the reset
}

func (r *reset) forward(m *moment) {
	// Without branches on the spikes, which would be mispredicted.
	w, fired := &m.kept[membrane], uint32(m.fired)
	if r.soft {
		amount := math.Float32bits(r.amount)
		for l := range w {
			w[l] = m.v[l] - math.Float32frombits(amount&-(fired>>l&1))
		}
		return
	}
	for l := range w {
		w[l] = math.Float32frombits(math.Float32bits(m.v[l]) & (fired>>l&1 - 1))
	}
}

// backward adds to the gradient of u[t] what comes of W, that of w[t], h being the slope of s[t]:
//
//	detached: W*(1-s) (hard)          W (soft)
//	attached: W*((1-s) - u*h) (hard)  W*(1 - amount*h) (soft)
func (r *reset) backward(m *moment) {
	W, fired := &m.dkept[membrane], uint32(m.fired)
	cleared := fired
	if r.soft {
		cleared = 0
	}
	if !r.attached {
		for l := range W {
			m.dv[l] += math.Float32frombits(math.Float32bits(W[l]) & (cleared>>l&1 - 1))
		}
		return
	}
	for l := range W {
		taken, left := r.amount, 1-float32(cleared>>l&1)
		if !r.soft {
			taken = m.v[l]
		}
		m.dv[l] += float32(W[l] * (left - float32(taken*m.slope[l])))
	}
}
