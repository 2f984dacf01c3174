package snn

import "ssnn/internal/kernel"

// integrator is the arithmetic of neurons of one threshold.
type integrator interface {
	// states is the number of values that a neuron keeps from one timestep to the next.
	states() int
	// setShare gives the neurons another leak.
	setShare(share float32)
	// forward writes the spikes, see kernel.Neuron.Forward.
	forward(th *thread, s []uint16, in currents)
	// backward turns g, the gradient of the spikes, into that of the currents, and adds to sum and
	// dot, see kernel.Neuron.Backward. Of a learned leak it returns the sums of du[t]*w[t-1] and of
	// dI[t]*I[t], over all neurons and timesteps.
	backward(th *thread, g []float32, in currents,
		sum, dot, mean []float32) (carried, current float64)
	// membranes writes those before the reset, see kernel.Neuron.Membranes.
	membranes(u []float32, in currents)
}

// newIntegrator chooses between the ways there are: the fast kernels for LIF, behind a filter of
// the currents where it has synapses, and the row of dynamics for all else.
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

// composeLIF adds the dynamics of LIF.
func composeLIF(c *composed, d Dynamics, v float32) {
	n := d.kernel()
	c.addMembrane(d)
	c.add(&threshold{v, n.Surrogate, n.Alpha})
	c.addReset(d, v)
}

// addMembrane adds what makes a membrane of the currents.
func (c *composed) addMembrane(d Dynamics) {
	if d.Synapse != 0 {
		c.add(&synapse{float32(d.Synapse), c.keep()})
	}
	c.add(c.leak)
}

// addReset adds that of neurons of the threshold v.
func (c *composed) addReset(d Dynamics, v float32) {
	c.add(&reset{d.Reset == Soft, d.amount(v), !d.DetachReset})
}

// fused is the fast kernels, for neurons without synaptic currents.
type fused struct {
	kernel.Neuron
	learned bool // the leak
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

// currents are those of some neurons, and what these keep from one call to the next: value number k
// of neuron i lies at kept[k*between+i]; where kept is nil, all begin with 0.
type currents struct {
	kernel.Current
	kept    []float32
	between int
}

// read writes the currents of the vector of neurons that begins at i, whose channels begin at ch,
// to v.
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

// load reads what the vector of neurons that begins at i keeps.
func (in *currents) load(kept []vector, i int) {
	clear(kept)
	if in.kept != nil {
		for k := range kept {
			copy(kept[k][:], in.kept[k*in.between+i:])
		}
	}
}

// store writes what load reads.
func (in *currents) store(kept []vector, i int) {
	if in.kept != nil {
		for k := range kept {
			copy(in.kept[k*in.between+i:], kept[k][:])
		}
	}
}
