package snn

// synapse turns the current I[t] into c[t] = share*c[t-1] + I[t], see LIF.Synapse.
type synapse struct {
	share float32
	kept  int // index of c among the values that a neuron keeps
}

func (s *synapse) forward(m *moment) {
	c := &m.kept[s.kept]
	for l := range c {
		c[l] = float32(s.share*c[l]) + m.v[l]
		m.v[l] = c[l]
	}
}

// backward computes dI[t] = dc[t] = dv[t] + share*dc[t+1].
func (s *synapse) backward(m *moment) {
	dc := &m.dkept[s.kept]
	for l := range dc {
		dc[l] = m.dv[l] + float32(s.share*dc[l])
		m.dv[l] = dc[l]
	}
}
