package snn

import (
	"fmt"
	"iter"

	"ssnn/internal/kernel"
)

// A walk is inference piece by piece, on one batch at a time. A caller can stop as soon as the
// answer is sure, and can begin before all frames have come:
//
//	n.Begin(B)
//	n.Reach(i, k, frames)   runs the first k timesteps of stage i, and all that they need
//	n.Classify(i)           returns the answer of the classifier behind stage i so far
//
// Walk runs a whole batch in this way, stage by stage. The results are those of Forward, to the
// bit, for any division into pieces: membranes are carried from one piece to the next. The
// transition decides which timesteps of a stage need which timesteps of the stage before. The
// temporal transformer, mean and linear need all of them for any timestep. With identity, repeat,
// truncate, causal, merge, folds and windowed, a stage can follow the stage before.

// progress is the state of a stage in the walk that runs now.
type progress struct {
	done    int         // number of timesteps that were run
	passed  int         // number of these that the transition has seen
	seen    int         // number of these that the classifier has seen
	in      *activation // input of this stage, from the transition
	head    *activation // output of the first layer for a factored input, all timesteps
	made    activation  // output so far, if the timesteps were run in pieces
	view    activation  // input of the present piece
	outView activation  // output that the classifier has not seen
}

// Begin begins a walk for a batch of B samples, and ends the walk before it.
func (n *Network) Begin(B int) {
	n.walk++
	n.input.B = B
	for _, s := range n.stages {
		s.walk.done, s.walk.passed, s.walk.seen = 0, 0, 0
	}
}

// Reach runs the first k timesteps of stage i, and the timesteps of earlier stages that these need,
// except those that were run before. frames are all frames of the batch that have come so far,
// [timesteps][B][H][W][C], from the first on. Reach says whether they are enough; if they are not,
// it runs nothing. It panics if the stage has fewer than k timesteps.
func (n *Network) Reach(i, k int, frames []float32) bool {
	if k > n.T[i] {
		panic(fmt.Sprintf("snn: Reach got %d timesteps of stage %d, want at most %d", k, i+1,
			n.T[i]))
	}
	missing := k - n.stages[i].walk.done
	switch {
	case missing <= 0:
		return true
	case i > 0:
		if !n.Reach(i-1, n.Needs(i, k), frames) {
			return false
		}
		n.advance(i, missing)
		return true
	}
	frame := n.input.B * n.input.pixels() * n.input.c
	if k*frame > len(frames) {
		return false
	}
	n.feed(frames[(k-missing)*frame : k*frame])
	return true
}

// Walk runs a whole walk for the frames [T][B][H][W][C] of B samples, stage by stage. The stages
// before stage stepwise run all of their timesteps at once; that stage and the later ones run
// timestep by timestep. After each piece it yields the stage and the number of its timesteps that
// have run. It panics if there are too few frames.
func (n *Network) Walk(frames []float32, B, stepwise int) iter.Seq2[int, int] {
	return func(yield func(stage, steps int) bool) {
		n.Begin(B)
		for i, T := range n.T {
			k := T
			if i >= stepwise {
				k = 1
			}
			for steps := k; steps <= T; steps += k {
				if !n.Reach(i, steps, frames) {
					panic(fmt.Sprintf("snn: Walk got %d values, want %d timesteps of %d samples",
						len(frames), n.T[0], B))
				}
				if !yield(i, steps) {
					return
				}
			}
		}
	}
}

// Needs is the number of timesteps of stage i-1 that the first k timesteps of stage i need.
func (n *Network) Needs(i, k int) int {
	next := n.stages[i-1].next
	if next == nil {
		return k
	}
	t := 0
	for next.ready(t) < k {
		t++
	}
	return t
}

// ready is the number of timesteps of stage i that can be run and were not run yet. For stage 0 it
// counts all timesteps that were not run yet.
func (n *Network) ready(i int) int {
	done := n.stages[i].walk.done
	if i == 0 {
		return n.T[0] - done
	}
	before := n.stages[i-1]
	if before.next == nil {
		return before.walk.done - done
	}
	return before.next.ready(before.walk.done) - done
}

// feed runs the first stage on the frames of its next k timesteps, [k][B][H][W][C]. It panics if
// their number does not fit, or if fewer than k timesteps are left.
func (n *Network) feed(frames []float32) {
	x := &n.input
	size := x.B * x.pixels() * x.c
	if x.T = len(frames) / size; x.T*size != len(frames) || x.T == 0 || x.T > n.ready(0) {
		panic(fmt.Sprintf("snn: a walk got %d values, want those of 1 to %d frames of %d",
			len(frames), n.ready(0), size))
	}
	n.setInput(frames, false)
	n.run(n.stages[0], x, x.T, n.T[0])
}

// advance runs the next k timesteps of stage i, which is not the first. It panics if they are not
// ready.
func (n *Network) advance(i, k int) {
	if i == 0 || k < 1 || k > n.ready(i) {
		panic(fmt.Sprintf("snn: a walk by %d timesteps of stage %d, want 1 to %d", k, i+1,
			n.ready(i)))
	}
	s, before := n.stages[i], n.stages[i-1]
	w := &before.walk
	if before.next == nil {
		s.walk.in = before.out
	} else if w.passed < w.done {
		s.walk.in = before.next.extend(n.pass(inference), before.out, w.passed, w.done)
		w.passed = w.done
	}
	n.run(s, s.walk.in, k, n.T[i])
}

// run runs the next k of the T timesteps of a stage. x is the input of all timesteps, or in the
// first stage the input of these k.
func (n *Network) run(s *stage, x *activation, k, T int) {
	w := &s.walk
	layers := s.layers
	p := n.pass(inference)
	if k < T && x.scale != nil { // a factored input is convolved once, for all timesteps
		if w.done == 0 {
			w.head = layers[0].forward(p, x)
		}
		x, layers = w.head, layers[1:]
	}
	if k < T {
		p = p.carrying(n.walk)
	}
	if x.T > k {
		x.settle()
		w.view = x.steps(w.done, k)
		x = &w.view
	}
	for _, l := range layers {
		x = l.forward(p, x)
	}
	if s.out = x; k < T {
		w.made.gather(x, w.done, T)
		s.out = &w.made
	}
	w.done += k
}

// HasClassifier says whether there is a classifier behind stage i: an early one, or the output
// behind the last stage.
func (n *Network) HasClassifier(i int) bool {
	return i == len(n.stages)-1 || n.stages[i].early != nil
}

// Classify returns the output of the classifier behind stage i, [B][Classes]: the mean over the
// timesteps that were run so far. The next call overwrites it. After all timesteps of the last
// stage it equals Output.Logits of Forward. There must be a classifier behind the stage, and at
// least one timestep of the stage must have run.
func (n *Network) Classify(i int) []float32 {
	s, T := n.stages[i], n.T[i]
	fc := n.fc
	if s.early != nil {
		fc = s.early.fc
	}
	if w := &s.walk; w.seen < w.done {
		x, k := s.out, w.done-w.seen
		p := n.pass(inference)
		if k < T {
			p = p.carrying(n.walk)
		}
		if x.T > k {
			w.outView = x.steps(w.seen, k)
			x = &w.outView
		}
		if s.early != nil {
			x = s.early.seen(p, x)
		}
		fc.extend(p, x, w.seen, T)
		w.seen = w.done
	}
	return fc.Logits
}

// CountOperations starts to count the products whose input is not zero, from 0, or stops. Counting
// makes passes slower.
func (n *Network) CountOperations(on bool) { n.counting, n.products = on, 0 }

// Operations is the number of products since CountOperations whose input was not zero, with those
// of early classifiers, see Synapses.
func (n *Network) Operations() float64 { return n.products }

// steps returns k timesteps of the activation, from timestep from on. It copies no values.
func (a *activation) steps(from, k int) activation {
	v := *a
	v.T, v.merged = k, nil
	switch size := a.B * a.size(); {
	case a.scale != nil:
		v.scale = a.scale[from*a.B : (from+k)*a.B]
	case a.spikes != nil:
		v.spikes = a.spikes[from*size/kernel.Lanes : (from+k)*size/kernel.Lanes]
	default:
		v.reals = a.reals[from*size : (from+k)*size]
	}
	return v
}

// gather makes the activation one of T timesteps and copies x to its timesteps from timestep from
// on. It leaves the other timesteps unchanged.
func (a *activation) gather(x *activation, from, T int) {
	size := x.B * x.size()
	if x.spikes != nil {
		a.setSpikes(x.shape, T, x.B)
		copy(a.spikes[from*size/kernel.Lanes:], x.spikes[:x.T*size/kernel.Lanes])
	} else {
		a.setReals(x.shape, T, x.B)
		a.stride = x.stride
		copy(a.reals[from*size:], x.reals[:x.T*size])
	}
	a.unit, a.most = x.unit, x.most
}
