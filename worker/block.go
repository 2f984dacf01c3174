package worker

import (
	"fmt"
	"slices"
)

// copied is the length in bytes up to which the caller copies an array out of its segment: for
// short arrays that costs less than a segment each (docs/decisions/027-python.md).
const copied = 256 << 10

// block is an array that is being written for the caller. It begins in memory that is sent through
// the pipe, and moves to a segment, which the caller maps, when it grows.
type block struct {
	small    []byte
	segment  *segment
	size     int // bytes
	expected int // estimate of its size in bytes, or 0
	segments segments
}

// room returns memory for the next n bytes of the block. It is valid until the next call.
func (b *block) room(n int) ([]byte, error) {
	size := b.size + n
	if b.segment == nil && size <= inPipe {
		if b.small == nil {
			b.small = make([]byte, inPipe)
		}
		b.size = size
		return b.small[size-n : size], nil
	}
	fresh := b.segment == nil
	if fresh {
		b.segment = b.segments.take(max(size, b.expected))
	}
	if err := b.segments.reserve(b.segment, size); err != nil {
		return nil, fmt.Errorf("no room for an array: %w", err)
	}
	if fresh {
		copy(b.segment.memory, b.small[:b.size])
	}
	b.size = size
	return b.segment.memory[size-n : size], nil
}

// unused gives back the last n bytes of the room, if they were not written.
func (b *block) unused(n int) { b.size -= n }

// Write appends to the block.
func (b *block) Write(part []byte) (int, error) {
	room, err := b.room(len(part))
	return copy(room, part), err
}

// place tells the caller where a block is that lies in a segment.
type place struct {
	Size int    `json:"size"`           // bytes
	Path string `json:"path"`           // path of the segment
	Room int    `json:"room"`           // bytes of the segment that can be mapped
	Keep bool   `json:"keep,omitempty"` // the worker removes the path; else the caller does
	ID   int    `json:"id,omitempty"`   // number of a segment that will be written to again
	Copy bool   `json:"copy,omitempty"` // copy it now: the next call writes to the segment
}

// handOver returns the place at which the caller finds the block.
func (b *block) handOver() (place, error) {
	s := b.segment
	p, err := s.place(b.size)
	if err != nil {
		b.free()
		return p, err
	}
	p.Copy = b.size <= copied
	switch {
	case !reusable:
		s.close()
	case p.Copy:
		b.segments.keep(s)
	default:
		b.segments.give(s, &p)
	}
	b.segment, b.size, b.expected = nil, 0, 0
	return p, nil
}

// free gives up a block that was not handed over.
func (b *block) free() {
	if b.segment != nil {
		b.segments.keep(b.segment)
	}
	b.segment, b.size, b.expected = nil, 0, 0
}

// segments are the segments that the caller has and may give back, and those that it gave back.
// They are used again because new memory takes page faults, which cost more than writing to it.
type segments struct {
	last  int
	out   []*segment // the oldest first
	back  []*segment // the oldest first
	large *segment   // the caller has it, and it will not come back
	gone  []int      // numbers of those that were given up, which the caller shall give up too
}

const (
	mostOut     = 16
	mostBack    = 4
	mostKept    = 64 << 20  // bytes of a segment that may come back
	mostBackAll = 128 << 20 // bytes of all that came back
)

// take returns a segment for about so many bytes.
func (s *segments) take(n int) *segment {
	best := -1
	for i, one := range s.back {
		if best >= 0 {
			have := s.back[best].ready
			if have >= n && (one.ready < n || one.ready >= have) || have < n && one.ready <= have {
				continue
			}
		}
		best = i
	}
	if best < 0 {
		return &segment{}
	}
	taken := s.back[best]
	s.back = slices.Delete(s.back, best, best+1)
	return taken
}

// reserve makes sure that a segment has memory for so many bytes.
func (s *segments) reserve(one *segment, n int) error {
	if n <= one.ready {
		return nil
	}
	moved, err := one.reserve(n)
	if moved {
		s.last++
		s.forget(one)
		one.id = s.last
	}
	return err
}

// forget has the caller give up its mapping of a segment.
func (s *segments) forget(one *segment) {
	if one.known {
		s.gone = append(s.gone, one.id)
	}
	one.known = false
}

// give lets the caller have a segment. The oldest of too many is closed: it will not come back.
func (s *segments) give(one *segment, p *place) {
	if one.ready > mostKept {
		s.forget(one)
		p.ID, s.large = 0, one
		return
	}
	if s.out = append(s.out, one); len(s.out) > mostOut {
		s.forget(s.out[0])
		s.out[0].close()
		s.out = s.out[1:]
	}
}

// called closes the large segment of the call before, which the caller has mapped by now, takes
// back segments by their numbers, and closes those that the caller drops. Numbers of segments that
// the caller does not have are passed over.
func (s *segments) called(returned, dropped []int) {
	if s.large != nil {
		s.large.close()
		s.large = nil
	}
	for _, n := range returned {
		if one := s.takeOut(n); one != nil {
			s.keep(one)
		}
	}
	for _, n := range dropped {
		if one := s.takeOut(n); one != nil {
			one.close()
		}
	}
}

// takeOut removes the segment of a number from those that the caller has, and returns it.
func (s *segments) takeOut(n int) *segment {
	i := slices.IndexFunc(s.out, func(one *segment) bool { return one.id == n })
	if i < 0 {
		return nil
	}
	one := s.out[i]
	s.out = slices.Delete(s.out, i, i+1)
	return one
}

// keep keeps a segment to write to again.
func (s *segments) keep(one *segment) {
	s.back = append(s.back, one)
	all := 0
	for _, one := range s.back {
		all += one.ready
	}
	for len(s.back) > 0 && (len(s.back) > mostBack || all > mostBackAll) {
		all -= s.back[0].ready
		s.forget(s.back[0])
		s.back[0].close()
		s.back = s.back[1:]
	}
}
