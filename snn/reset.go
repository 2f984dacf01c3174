package snn

import (
	"math/bits"

	"ssnn/internal/kernel"
)

// reset turns the membrane u[t] into w[t], with which the next timestep begins, see LIF:
//
//	w[t] = u[t]*(1 - s[t]) (hard) or u[t] - amount*s[t] (soft)
type reset struct {
	soft     bool
	amount   float32
	attached bool // the gradient flows through the spike of the reset
}

func (r *reset) forward(m *moment) {
	w := &m.kept[membrane]
	*w = m.v
	for fired := m.fired; fired != 0; fired &= fired - 1 {
		if l := bits.TrailingZeros16(fired) % kernel.Lanes; r.soft {
			w[l] -= r.amount
		} else {
			w[l] = 0
		}
	}
}

// backward hands W, the gradient of w[t], on to u[t] and, if the reset is attached, to the spike,
// from which the threshold takes it further:
//
//	du += W*(1 - s), ds -= W*u (hard)    du += W, ds -= W*amount (soft)
func (r *reset) backward(m *moment) {
	W := &m.dkept[membrane]
	if r.attached {
		for l := range W {
			taken := r.amount
			if !r.soft {
				taken = m.v[l]
			}
			m.ds[l] -= float32(W[l] * taken)
		}
	}
	if !r.soft {
		for fired := m.fired; fired != 0; fired &= fired - 1 {
			W[bits.TrailingZeros16(fired)%kernel.Lanes] = 0
		}
	}
	for l := range W {
		m.dv[l] += W[l]
	}
}
