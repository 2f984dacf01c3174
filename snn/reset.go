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

// backward hands W, the gradient of w[t], on to u[t] and, if the reset is attached, to the spike,
// from which the threshold takes it further:
//
//	du += W*(1 - s), ds -= W*u (hard)    du += W, ds -= W*amount (soft)
func (r *reset) backward(m *moment) {
	W, fired := &m.dkept[membrane], uint32(m.fired)
	if r.attached {
		for l := range W {
			taken := r.amount
			if !r.soft {
				taken = m.v[l]
			}
			m.ds[l] -= float32(W[l] * taken)
		}
	}
	if r.soft {
		fired = 0 // for none is the membrane cleared
	}
	for l := range W {
		m.dv[l] += math.Float32frombits(math.Float32bits(W[l]) & (fired>>l&1 - 1))
	}
}
