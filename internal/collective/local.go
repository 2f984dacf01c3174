package collective

import (
	"fmt"
	"sync"
)

// Local returns a group of goroutines of this process: each goroutine is to use one of the members.
// Tests use it where there is no MPI.
func Local(size int) []Group {
	h := &hub{size: size}
	all := make([]Group, size)
	for rank := range all {
		all[rank] = &local{hub: h, meeting: h.meeting(0), rank: rank, beside: new(int)}
	}
	return all
}

// hub is the state that a group shares with the groups that Beside makes of it.
type hub struct {
	size     int
	mu       sync.Mutex
	meetings []*meeting
	ended    error // the error that Abort has set
}

// meeting returns meeting i of the hub.
func (h *hub) meeting(i int) *meeting {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.meetings) <= i {
		m := &meeting{in: make([][]byte, h.size), ended: h.ended}
		m.moved.L = &m.mu
		h.meetings = append(h.meetings, m)
	}
	return h.meetings[i]
}

func (h *hub) end(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = err
	for _, m := range h.meetings {
		m.mu.Lock()
		m.ended = err
		m.moved.Broadcast()
		m.mu.Unlock()
	}
}

// meeting is the place at which the members of a group come together for an operation: each brings
// its data, and when all have come, each takes the data that it needs. The next operation begins
// when all have left.
type meeting struct {
	mu      sync.Mutex
	moved   sync.Cond
	what    string   // operation and size, of the member that came first
	in      [][]byte // data of each member
	here    int      // number of members that have come, or have not left yet
	leaving bool     // all have come
	wrong   error    // the error of members that do not call the same operation
	ended   error
}

// meet waits until all members have come, and then calls take with their data.
func (m *meeting) meet(rank int, what string, in []byte, take func(all [][]byte)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.leaving && m.ended == nil { // members are leaving the operation before
		m.moved.Wait()
	}
	if m.here == 0 {
		m.what, m.wrong = what, nil
	} else if m.what != what && m.wrong == nil {
		m.wrong = fmt.Errorf("member %d is at %s, want %s as the others", rank, what, m.what)
	}
	m.in[rank] = in
	if m.here++; m.here == len(m.in) {
		m.leaving = true
		m.moved.Broadcast()
	}
	for !m.leaving && m.ended == nil {
		m.moved.Wait()
	}
	if m.ended != nil {
		return m.ended
	}
	wrong := m.wrong
	if wrong == nil {
		m.mu.Unlock()
		take(m.in)
		m.mu.Lock()
	}
	if m.here--; m.here == 0 {
		m.leaving = false
		m.moved.Broadcast()
	}
	for m.leaving && m.ended == nil { // other members still read the data of this one
		m.moved.Wait()
	}
	return wrong
}

type local struct {
	hub     *hub
	meeting *meeting
	rank    int
	beside  *int // number of groups that this member has made by Beside
}

func (l *local) Rank() int { return l.rank }
func (l *local) Size() int { return l.hub.size }

func (l *local) AllGather(out, in []byte) error {
	what := fmt.Sprintf("AllGather of %d bytes", len(in))
	return l.meeting.meet(l.rank, what, in, func(all [][]byte) {
		for i, from := range all {
			copy(out[i*len(in):], from)
		}
	})
}

func (l *local) AllToAll(out, in []byte) error {
	n := len(in) / l.hub.size
	what := fmt.Sprintf("AllToAll of %d bytes", len(in))
	return l.meeting.meet(l.rank, what, in, func(all [][]byte) {
		for i, from := range all {
			copy(out[i*n:], from[l.rank*n:(l.rank+1)*n])
		}
	})
}

func (l *local) Beside() (Group, error) {
	*l.beside++
	return &local{l.hub, l.hub.meeting(*l.beside), l.rank, l.beside}, nil
}

func (l *local) Abort(code int) {
	l.hub.end(fmt.Errorf("member %d has ended the group with code %d", l.rank, code))
}
