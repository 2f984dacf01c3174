package snn

import "ssnn/internal/kernel"

// A neuron runs a timestep as a row of dynamics: a synapse, a leak, a threshold, a reset. Each one
// changes the moment, which holds the neuron's values, and hands it on to the next. Each has its
// backward beside its forward, and none knows which others there are.

// dynamic is one dynamic of a row, for a vector of neurons at one timestep.
type dynamic interface {
	// forward changes the values of the moment.
	forward(m *moment)
	// backward turns the gradients of the values after forward into the gradients of the values
	// before it. m.instant then holds the values at the end of the timestep, and m.kept the values
	// that the neurons had kept at its beginning.
	backward(m *moment)
}

// vector holds one value for each of kernel.Lanes neurons that lie side by side.
type vector = [kernel.Lanes]float32

// mostKept is the largest number of values that a neuron keeps from one timestep to the next.
const mostKept = 4

// membrane is the index of w, the membrane after the reset, among the values that a neuron keeps.
const membrane = 0

// instant holds the values that dynamics hand on within a timestep.
type instant struct {
	v     vector // the current, and after the leak the membrane before the reset
	slope vector // derivative of the spike by v, if the moment learns
	fired uint16 // the spikes, one bit for each neuron
}

// record is an instant, with the values that the neurons kept when its timestep began.
type record struct {
	instant
	kept [mostKept]vector
}

// moment is a vector of neurons at one timestep. It belongs to a thread.
type moment struct {
	record
	learns bool // forward computes the slopes

	dv, ds  vector           // gradients of v and of the spikes
	dkept   [mostKept]vector // gradients of the kept values
	carried vector           // sums of dv*w[t-1], for the gradient of a learned leak

	tape []record // one for each timestep
}

// composed is a neuron made of a row of dynamics.
type composed struct {
	dynamics []dynamic
	leak     *membraneLeak
	kept     int // number of values that a neuron keeps, with the membrane
}

// add puts a dynamic at the end of the row.
func (c *composed) add(d dynamic) { c.dynamics = append(c.dynamics, d) }

// keep makes the neurons keep one more value from one timestep to the next, and returns its index.
// There can be mostKept such values.
func (c *composed) keep() int {
	c.kept++
	return c.kept - 1
}

func (c *composed) states() int { return c.kept }

func (c *composed) setShare(share float32) { c.leak.share = share }

// run runs the dynamics for timestep t of the vector of neurons that begins at neuron i and channel
// ch.
func (c *composed) run(m *moment, in *currents, t, i, ch int) {
	in.read(&m.v, t, i, ch)
	for _, d := range c.dynamics {
		d.forward(m)
	}
}

func (c *composed) forward(th *thread, s []uint16, in currents) {
	m := &th.moment
	m.learns = false
	for i := 0; i < in.N; i += kernel.Lanes {
		in.load(m.kept[:c.kept], i)
		ch := i % len(in.Scale)
		for t := range in.T {
			c.run(m, &in, t, i, ch)
			s[(t*in.Stride+i)/kernel.Lanes] = m.fired
		}
		in.store(m.kept[:c.kept], i)
	}
}

// record runs all timesteps of the vector that begins at neuron i, with membranes that begin at 0,
// and writes them on the tape.
func (c *composed) record(m *moment, in *currents, i int) {
	clear(m.kept[:c.kept])
	m.tape = grow(m.tape, in.T)
	ch := i % len(in.Scale)
	for t := range m.tape {
		r := &m.tape[t]
		copy(r.kept[:c.kept], m.kept[:c.kept])
		c.run(m, in, t, i, ch)
		r.instant = m.instant
	}
}

func (c *composed) backward(th *thread, g []float32, in currents,
	sum, dot, mean []float32) (carried, current float64) {
	m := &th.moment
	m.learns = true
	m.carried = vector{}
	var fresh vector
	for i := 0; i < in.N; i += kernel.Lanes {
		c.record(m, &in, i)
		clear(m.dkept[:c.kept])
		ch := i % len(in.Scale)
		sum, dot, mean := (*vector)(sum[ch:]), (*vector)(dot[ch:]), (*vector)(mean[ch:])
		for t := in.T - 1; t >= 0; t-- {
			g, x := (*vector)(g[t*in.Stride+i:]), (*vector)(in.X[t*in.Stride+i:])
			r := &m.tape[t]
			m.instant = r.instant
			copy(m.kept[:c.kept], r.kept[:c.kept])
			m.dv, m.ds = vector{}, *g
			for d := len(c.dynamics) - 1; d >= 0; d-- {
				c.dynamics[d].backward(m)
			}
			*g = m.dv
			for l := range g {
				sum[l] += g[l]
				dot[l] += float32(g[l] * (x[l] - mean[l]))
			}
			if c.leak.learned {
				in.read(&m.v, t, i, ch)
				for l := range g {
					fresh[l] += float32(g[l] * m.v[l])
				}
			}
		}
	}
	for l := range fresh {
		carried += float64(m.carried[l])
		current += float64(fresh[l])
	}
	return carried, current
}

func (c *composed) membranes(u []float32, in currents) {
	m := new(moment)
	for i := 0; i < in.N; i += kernel.Lanes {
		c.record(m, &in, i)
		for t := range m.tape {
			*(*vector)(u[t*in.Stride+i:]) = m.tape[t].v
		}
	}
}
