package snn

import "ssnn/internal/kernel"

// integrator is the arithmetic of neurons of one threshold.
type integrator interface {
	// states is the number of values that a neuron keeps from one timestep to the next.
	states() int
	// setShare sets the share of the membrane that survives a timestep.
	setShare(share float32)
	// forward writes the spikes, see kernel.Neuron.Forward.
	forward(th *thread, s []uint16, in currents)
	// backward turns g, the gradient of the spikes, into the gradient of the currents, and adds to
	// sum and dot, see kernel.Neuron.Backward. For a learned leak it returns carried, the sum of
	// du[t]*w[t-1] over all neurons and timesteps, and current, the sum of dI[t]*I[t].
	backward(th *thread, g []float32, in currents,
		sum, dot, mean []float32) (carried, current float64)
	// membranes writes the membranes before the reset to u, see kernel.Neuron.Membranes.
	membranes(u []float32, in currents)
}

// newIntegrator returns the integrator for neurons of the given threshold: the fast kernels for
// LIF, with a filter of the currents if there are synapses, and a row of dynamics for other models.
func newIntegrator(d Dynamics, threshold float32) integrator {
	m := d.Neuron.model()
	n := d.kernel()
	n.Threshold, n.Amount = threshold, d.amount(threshold)
	f := fused{n, m.learnsLeak}
	switch {
	case m.compose != nil:
		return d.composed(threshold)
	case d.Synapse != 0:
		return &filtered{f, float32(d.Synapse)}
	}
	return &f
}

// composed makes the row of dynamics of neurons of one threshold.
func (d Dynamics) composed(threshold float32) *composed {
	m := d.Neuron.model()
	c := &composed{kept: membrane + 1}
	c.leak = &membraneLeak{share: float32(d.leak()), learned: m.learnsLeak}
	if m.compose == nil {
		composeLIF(c, d, threshold)
	} else {
		m.compose(c, d, threshold)
	}
	return c
}

// composeLIF adds the dynamics of LIF neurons of the threshold v.
func composeLIF(c *composed, d Dynamics, v float32) {
	n := d.kernel()
	c.addMembrane(d)
	c.add(&threshold{v, n.Surrogate, n.Alpha})
	c.addReset(d, v)
}

// addMembrane adds the dynamics that turn the currents into a membrane: the synapse, if there is
// one, and the leak.
func (c *composed) addMembrane(d Dynamics) {
	if d.Synapse != 0 {
		c.add(&synapse{float32(d.Synapse), c.keep()})
	}
	c.add(c.leak)
}

// addReset adds the reset of neurons of the threshold v.
func (c *composed) addReset(d Dynamics, v float32) {
	c.add(&reset{d.Reset == Soft, d.amount(v), !d.DetachReset})
}

// fused is the fast kernels, for neurons without synaptic currents.
type fused struct {
	kernel.Neuron
	learned bool // the leak is learned
}

func (f *fused) states() int { return 1 }

func (f *fused) setShare(share float32) { f.Tau = share }

func (f *fused) forward(_ *thread, s []uint16, in currents) {
	if in.kept != nil {
		in.W = in.kept[:in.N]
	}
	f.Forward(s, in.Current)
}

func (f *fused) backward(th *thread, g []float32, in currents,
	sum, dot, mean []float32) (carried, current float64) {
	th.scratch = grow(th.scratch, max(in.T, 2)*kernel.Lanes)
	f.Backward(g, in.Current, th.scratch, sum, dot, mean)
	if f.learned {
		return f.LeakGradient(g, in.Current, th.scratch)
	}
	return 0, 0
}

func (f *fused) membranes(u []float32, in currents) { f.Membranes(u, in.Current) }

// currents are the currents of some neurons, and the values that these neurons keep from one call
// to the next. Value k of neuron i lies at kept[k*between+i]. If kept is nil, all values begin at
// 0, and none are kept.
type currents struct {
	kernel.Current
	kept    []float32
	between int
}

// read writes to v the currents at timestep t of the vector of neurons that begins at neuron i and
// channel ch.
func (in *currents) read(v *vector, t, i, ch int) {
	at := t*in.Stride + i
	scale, shift, x := (*vector)(in.Scale[ch:]), (*vector)(in.Shift[ch:]), (*vector)(in.X[at:])
	for l := range v {
		v[l] = float32(scale[l]*x[l]) + shift[l]
	}
	if in.Add != nil {
		add := (*vector)(in.Add[at:])
		for l := range v {
			v[l] += add[l]
		}
	}
}

// load reads the kept values of the vector of neurons that begins at i.
func (in *currents) load(kept []vector, i int) {
	clear(kept)
	if in.kept != nil {
		for k := range kept {
			copy(kept[k][:], in.kept[k*in.between+i:])
		}
	}
}

// store writes the values that load reads.
func (in *currents) store(kept []vector, i int) {
	if in.kept != nil {
		for k := range kept {
			copy(in.kept[k*in.between+i:], kept[k][:])
		}
	}
}
