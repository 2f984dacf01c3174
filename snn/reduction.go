package snn

import (
	"sync"

	"ssnn/internal/collective"
)

// reduction adds up the gradients of all members of a group, so that each member has the sums. It
// sends gradients as soon as they are made, a few parameters at a time, while backward goes on. The
// late layers, which have the most weights, come first.
//
// With P members, the gradients are cut into P parts, one for each member. A member receives its
// part from all members, adds up these P arrays in the tree, and sends the sum to all. That takes
// as many bytes as a ring, and leaves the order of the additions to us.
type reduction struct {
	beside collective.Group // connections of its own, so that norms need not wait; nil: no group
	next   []*Parameter     // parameters whose gradients are made, and too few to be sent yet
	size   int              // elements of next
	sent   chan []*Parameter
	busy   sync.WaitGroup
	failed error // owned by the goroutine until busy is 0

	in, out []float32
}

// sendRoom is the least number of elements that are sent at a time: 1 MiB. To send fewer takes
// hardly less time.
const sendRoom = 1 << 18

// begin starts the goroutine that exchanges gradients, unless the group has one member.
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

// end stops that goroutine.
func (r *reduction) end() {
	if r.sent != nil {
		close(r.sent)
		r.sent = nil
	}
}

// reduce hands over the gradient of a parameter. Nobody may change it until await returns.
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

// await waits until all gradients are the sums over the group.
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

// exchange replaces the gradients of some parameters by their sums over the group.
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
