package snn

import (
	"fmt"

	"ssnn/internal/kernel"
)

// A walk is inference piece by piece, on one batch at a time, so that a caller can stop where it is sure, and can begin before all frames are there:
//
//	n.Begin(B)
//	n.Feed(frames)   the next timesteps of stage 0, one or several
//	n.Ready(i)       timesteps of stage i that can be run and were not
//	n.Advance(i, k)  runs k of them
//	n.Classify(i)    what the classifier behind stage i says of the timesteps so far
//
// In whatever pieces the timesteps are run, the numbers are those of Forward, to the bit: membranes
// are carried from one piece to the next. Which timesteps of a stage need which of the one before
// is the transition's to say: with the temporal transformer, mean and linear none can be run before
// all of the stage before; identity, repeat, truncate, causal and those that keep the order of time
// let them follow.

// progress is how far a stage has come in the walk under way.
type progress struct {
	done    int         // timesteps that were run
	passed  int         // of them, those that the transition has seen
	seen    int         // of them, those that the classifier has seen
	in      *activation // what the transition made for this stage
	head    *activation // what the first layer made of a factored input, all timesteps
	made    activation  // the timesteps so far, where they were run in pieces
	view    activation  // of the input of the piece under way
	outView activation  // of the output that the classifier has not seen
}

// Begin begins a walk for a batch of B samples, and ends the one before.
func (n *Network) Begin(B int) {
	n.walk++
	n.input.B = B
	for _, s := range n.stages {
		s.walk.done, s.walk.passed, s.walk.seen = 0, 0, 0
	}
}

// Feed runs the first stage on the frames of its next k timesteps, [k][B][H][W][C]. It panics when their number does not fit, or they are more than are left.
func (n *Network) Feed(frames []float32) {
	x := &n.input
	size := x.B * x.pixels() * x.c
	if x.T = len(frames) / size; x.T*size != len(frames) || x.T == 0 || x.T > n.Ready(0) {
		panic(fmt.Sprintf("snn: Feed got %d values, want those of 1 to %d frames of %d", len(frames), n.Ready(0), size))
	}
	n.setInput(frames, false)
	n.run(n.stages[0], x, x.T, n.T[0])
}

// Ready is the number of timesteps of stage i that can be run and were not; of stage 0 all that were not.
func (n *Network) Ready(i int) int {
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

// Done is the number of timesteps of stage i that were run.
func (n *Network) Done(i int) int { return n.stages[i].walk.done }

// Needs is how many timesteps of the stage before it stage i needs for k of its own.
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

// Advance runs the next k timesteps of stage i, which is not the first. It panics when they are not ready.
func (n *Network) Advance(i, k int) {
	if i == 0 || k < 1 || k > n.Ready(i) {
		panic(fmt.Sprintf("snn: Advance by %d timesteps of stage number %d, want 1 to %d", k, i, n.Ready(i)))
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

// run runs the next k of T timesteps of a stage, x being all of its input, or of the first stage these k.
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

// HasClassifier says whether there is a classifier behind stage i: an early one, or the output behind the last stage.
func (n *Network) HasClassifier(i int) bool {
	return i == len(n.stages)-1 || n.stages[i].early != nil
}

// Classify returns what the classifier behind stage i says, the mean of its outputs over the timesteps that were run so far, [B][Classes]. It is
// overwritten by the next call. After all timesteps of the last stage that is Output.Logits of Forward, and of an earlier stage what its early classifier says
// in inference. There must be a classifier and at least one timestep.
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

// CountOperations switches counting the products whose input is not zero on, from zero, or off. It costs time.
func (n *Network) CountOperations(on bool) { n.counting, n.products = on, 0 }

// Operations is the number of products whose input is not zero since CountOperations, of early classifiers too, see Synapses.
func (n *Network) Operations() float64 { return n.products }

// steps is k timesteps of the activation, from one on.
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

// gather makes the activation one of T timesteps like x, and x those from one on. The others it leaves as they are.
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
