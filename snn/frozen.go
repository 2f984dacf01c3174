package snn

import (
	"ssnn/internal/kernel"
	"ssnn/safetensors"
)

// A frozen network is for inference alone. Its parameters do not change, have no gradients, and are
// shared with all of its replicas. Each replica has memory and threads of its own, so one set of
// weights serves many goroutines.

// FromFileFrozen does what FromFile does, for a network for inference alone, with one thread.
func FromFileFrozen(f *safetensors.File) (*Network, error) {
	cfg, err := configOf(f)
	if err != nil {
		return nil, err
	}
	if _, err := kernel.CPU(); err != nil {
		return nil, err
	}
	n := build(cfg.resolved(), newFrozenWorkspace(1))
	if err := n.load(f); err != nil {
		return nil, err
	}
	return n, nil
}

// Freeze returns a network for inference, with one thread and the parameters of n. Their values are
// not copied: the parameters of n must not change while the frozen network or a replica of it is in
// use. Weighted folds become plain ones, see WithPlainFolds. The weights have 8, 16 or 32 bits, see
// Quantise.
func (n *Network) Freeze(bits int) (*Network, error) {
	frozen := n.WithPlainFolds().replica(1)
	if err := frozen.Quantise(bits); err != nil {
		return nil, err
	}
	// A first pass rounds the weights to integers, because their scale depends on the inputs.
	r := frozen.replica(1)
	defer r.Close()
	r.reserveInference(1)
	frozen.shareIntegers(r)
	return frozen, nil
}

// Replica returns a network that shares the parameters of n, which must be frozen, and has threads
// and memory of its own. The memory is all that passes of at most B samples and walks of one sample
// need, so that these allocate nothing. Close ends its threads.
func (n *Network) Replica(B, threads int) *Network {
	r := n.replica(threads)
	r.reserveInference(B)
	return r
}

func (n *Network) replica(threads int) *Network {
	ws := newFrozenWorkspace(threads)
	for name, p := range n.ws.parameters {
		shared := *p
		shared.Gradient = nil
		ws.parameters[name] = &shared
	}
	r := build(n.cfg, ws)
	r.bits = n.bits
	r.shareIntegers(n)
	return r
}

func newFrozenWorkspace(threads int) *workspace {
	ws := newWorkspace(threads)
	ws.frozen = true
	return ws
}

// shareIntegers takes over the rounded weights of another network with the same parameters.
func (n *Network) shareIntegers(of *Network) {
	var theirs []*integers
	of.convolutions(func(c *conv, _ int) { theirs = append(theirs, c.integers) })
	n.convolutions(func(c *conv, _ int) { c.integers, theirs = theirs[0], theirs[1:] })
}

// reserveInference makes the memory for passes of at most B samples and walks of one sample. It
// does so by running all of these passes and walks, first over empty frames, and then over frames
// with a value that is no whole number, with spikes taken for dense. The size of the memory depends
// only on the shapes and on these two conditions.
func (n *Network) reserveInference(B int) {
	frames := make([]float32, n.T[0]*B*n.cfg.Height*n.cfg.Width*n.cfg.InChannels)
	for _, value := range []float32{0, 0.5} {
		n.ws.reserving = value != 0
		frames[len(frames)-1] = value
		n.Forward(frames, B, false)
		for i := range len(n.stages) + 1 {
			n.walkAll(frames[len(frames)-len(frames)/B:], i)
		}
	}
	n.ws.reserving = false
	n.ws.evenOut()
}

// walkAll walks through one sample, timestep by timestep from stage stepwise on, and runs all
// classifiers.
func (n *Network) walkAll(frames []float32, stepwise int) {
	for stage := range n.Walk(frames, 1, stepwise) {
		if n.HasClassifier(stage) {
			n.Classify(stage)
		}
	}
}

// evenOut gives every thread as much scratch memory as the thread with the most, because any thread
// may get any task.
func (ws *workspace) evenOut() {
	var most thread
	for i := range ws.threads {
		t := &ws.threads[i]
		most.scratch, most.currents = larger(most.scratch, t.scratch), larger(most.currents,
			t.currents)
		most.words, most.sums, most.padded = larger(most.words, t.words), larger(most.sums,
			t.sums), larger(most.padded, t.padded)
		most.narrow, most.kept = larger(most.narrow, t.narrow), larger(most.kept, t.kept)
		most.active.Entries = larger(most.active.Entries, t.active.Entries)
		most.active.Values = larger(most.active.Values, t.active.Values)
		most.active.Counts = larger(most.active.Counts, t.active.Counts)
	}
	for i := range ws.threads {
		t := &ws.threads[i]
		t.scratch, t.currents = grow(t.scratch, cap(most.scratch)), grow(t.currents,
			cap(most.currents))
		t.words, t.sums, t.padded = grow(t.words, cap(most.words)), grow(t.sums,
			cap(most.sums)), grow(t.padded, cap(most.padded))
		t.narrow, t.kept = grow(t.narrow, cap(most.narrow)), grow(t.kept, cap(most.kept))
		t.active.Entries = grow(t.active.Entries, cap(most.active.Entries))
		t.active.Values = grow(t.active.Values, cap(most.active.Values))
		t.active.Counts = grow(t.active.Counts, cap(most.active.Counts))
	}
}

func larger[T any](a, b []T) []T {
	if cap(a) > cap(b) {
		return a
	}
	return b
}
