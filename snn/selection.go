package snn

import "ssnn/internal/kernel"

// selection hands on some timesteps unchanged: y[t] = x[from[t]]. Spikes stay bits.
type selection struct {
	ws    *workspace
	name  string
	t1    int
	from  []int // [t2]
	x     *activation
	out   activation
	g, dx []float32
	task  func(worker, item int)
}

func newSelection(ws *workspace, name string, t1, t2 int, from func(t int) int) *selection {
	s := &selection{ws: ws, name: name, t1: t1}
	for t := range t2 {
		s.from = append(s.from, from(t))
	}
	s.task = s.gradient
	return s
}

func (s *selection) ready(t int) int {
	n := 0
	for n < len(s.from) && s.from[n] < t {
		n++
	}
	return n
}

func (s *selection) forward(p pass, x *activation) *activation { return s.extend(p, x, 0, s.t1) }

func (s *selection) extend(p pass, x *activation, from, to int) *activation {
	at := p.start()
	s.x = x
	first, last := s.ready(from), s.ready(to)
	if x.spikes != nil {
		s.out.setSpikes(x.shape, len(s.from), x.B)
		copySteps(s.out.spikes, x.spikes, s.from, first, last)
	} else {
		s.out.setReals(x.shape, len(s.from), x.B)
		s.out.unit, s.out.most = x.unit, x.most
		copySteps(s.out.reals, x.reals, s.from, first, last)
	}
	p.stop(at, s.name, "transition", 0, 2*len(s.out.reals), 2*len(s.out.spikes))
	return &s.out
}

// copySteps writes the timesteps first to last-1 of dst. Each is a copy of the timestep of x that
// from lists for it.
func copySteps[E any](dst, x []E, from []int, first, last int) {
	size := len(dst) / len(from)
	for t := first; t < last; t++ {
		copy(dst[t*size:(t+1)*size], x[from[t]*size:])
	}
}

func (s *selection) backward(p pass, g []float32) []float32 {
	at := p.start()
	s.g, s.dx = g, s.ws.take(s.t1*s.x.B*s.x.size())
	s.ws.pool.Run(s.t1*s.x.B, s.task)
	p.stop(at, s.name, "transition backward", 0, len(g)+len(s.dx), 0)
	s.ws.give(g)
	return s.dx
}

// gradient writes image n of the gradient of x: the sum of the gradients of its copies.
func (s *selection) gradient(_, n int) {
	B, size := s.x.B, s.x.size()
	dx := s.dx[n*size : (n+1)*size]
	clear(dx)
	for t, f := range s.from {
		if f == n/B {
			kernel.AddScaled(dx, s.g[(t*B+n%B)*size:][:size], 1)
		}
	}
}

func (s *selection) parameters(func(*Parameter)) {}
func (s *selection) shares() []float64           { return nil }
