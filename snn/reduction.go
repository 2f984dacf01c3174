package snn

import (
	"sync"

	"ssnn/internal/collective"
)

// reduction adds up the gradients of all members of a group, each of which then has the sums. They
// are sent as soon as they are made, a few parameters at a time, while the way back goes on: the
// late layers, which have the most weights, come first.
//
// With P members each is sent a P-th of all gradients by every other, adds up these P parts in the
// tree, and sends the sum to all: as many bytes as a ring takes, in an order of additions that is
// ours.
type reduction struct {
	beside collective.Group // of its own, so that norms need not wait; nil: one member alone
	next   []*Parameter     // that are made, and too few to be sent yet
	size   int              // elements of these
	sent   chan []*Parameter
	busy   sync.WaitGroup
	failed error // owned by the goroutine until busy is 0

	in, out []float32
}

// sendRoom is how many elements are sent at a time at least, 1 MiB: less takes hardly less time.
const sendRoom = 1 << 18

// begin starts the goroutine that exchanges.
func (r *reduction) begin(g collective.Group) (err error) {
	if g.Size() == 1 {
		return nil
	}
	if r.beside, err = g.Beside(); err != nil {
		return err
	}
	r.sent = make(chan []*Parameter, 16)
	go func() {
		for all := range r.sent {
			if r.failed == nil {
				r.failed = r.exchange(all)
			}
			r.busy.Done()
		}
	}()
	return nil
}

// end stops it.
func (r *reduction) end() {
	if r.sent != nil {
		close(r.sent)
		r.sent = nil
	}
}

// reduce hands over the gradient of a parameter, which nobody may change until all are there.
func (r *reduction) reduce(p *Parameter) {
	if r.sent == nil {
		return
	}
	r.next, r.size = append(r.next, p), r.size+len(p.Gradient)
	if r.size >= sendRoom {
		r.send()
	}
}

func (r *reduction) send() {
	r.busy.Add(1)
	r.sent <- r.next
	r.next, r.size = nil, 0
}

// await returns when the sums of all gradients are there.
func (r *reduction) await() error {
	if r.sent == nil {
		return nil
	}
	if r.size > 0 {
		r.send()
	}
	r.busy.Wait()
	return r.failed
}

// exchange makes the gradients of some parameters those of all members together.
func (r *reduction) exchange(all []*Parameter) error {
	size, P := 0, r.beside.Size()
	for _, p := range all {
		size += len(p.Gradient)
	}
	part := (size + P - 1) / P
	r.in, r.out = grow(r.in, P*part), grow(r.out, P*part)
	at := 0
	for _, p := range all {
		at += copy(r.in[at:], p.Gradient)
	}
	clear(r.in[at:])
	if err := r.beside.AllToAll(collective.Bytes(r.out), collective.Bytes(r.in)); err != nil {
		return err
	}
	addTree(r.out, P)
	sum := r.out[:part]
	if err := r.beside.AllGather(collective.Bytes(r.in), collective.Bytes(sum)); err != nil {
		return err
	}
	at = 0
	for _, p := range all {
		at += copy(p.Gradient, r.in[at:])
	}
	return nil
}
