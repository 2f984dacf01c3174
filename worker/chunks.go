package worker

import (
	"errors"
	"fmt"
	"io"

	"ssnn/events"
)

// cursor is a recording that is read in chunks.
type cursor struct {
	recording recording
	opened    opened
	events    int           // events of a chunk; 0 for chunks of equal times
	us        events.Micros // length of a chunk
	next      events.Micros // end of the chunk under way
	buf       []events.Event
	ahead     []events.Event // part of buf with the events that are in no chunk yet
	begun     bool
	err       error // error that follows the events ahead
	ended     bool
}

// chunks opens a recording that is read in chunks: a file, or a stream whose bytes the caller has.
func (w *Worker) chunks(c *call) (reply, error) {
	a := struct {
		do
		recording
		Count  int           `json:"count,omitempty"` // events of a chunk
		Us     events.Micros `json:"us,omitempty"`    // or us
		Stream bool          `json:"stream,omitempty"`
	}{}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	if (a.Count < 1) == (a.Us < 1) || a.Count < 0 || a.Us < 0 {
		return nil, usage{fmt.Errorf("chunks of %d events and %d us, want one of the two, and at "+
			"least 1", a.Count, a.Us)}
	}
	made := &cursor{recording: a.recording, events: a.Count, us: a.Us}
	var err error
	if a.Stream {
		o := a.options()
		r, e := events.DetectNamed(&wanted{w: w}, a.Name, o)
		if e != nil {
			return nil, a.named(e)
		}
		made.opened, err = a.part(opened{Reader: r, skipped: o.Skipped})
	} else {
		made.opened, err = a.open(append([]byte(nil), c.array...))
	}
	if err != nil {
		return nil, err
	}
	handle := w.handle()
	w.recordings[handle] = made
	sensor := made.opened.Sensor()
	return reply{"handle": handle, "format": made.opened.Format(), "width": sensor.Width,
		"height": sensor.Height}, nil
}

// chunk replies with the next events, as the block; "end" says that there are no more.
func (w *Worker) chunk(c *call) (reply, error) {
	var a struct {
		do
		Handle int `json:"handle"`
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	r, ok := w.recordings[a.Handle]
	if !ok {
		return nil, usage{fmt.Errorf("no recording %d is open", a.Handle)}
	}
	n, err := r.copy(&w.block)
	if err != nil {
		return nil, r.recording.named(err)
	}
	if r.ended && n == 0 {
		w.note(r.opened)
		w.release(a.Handle)
	}
	return reply{"events": n, "end": r.ended && n == 0}, nil
}

// copy writes the events of the next chunk.
func (r *cursor) copy(to io.Writer) (n int, err error) {
	for {
		if len(r.ahead) == 0 {
			if err := r.fill(); err != nil || r.ended {
				return n, err
			}
		}
		k := len(r.ahead)
		whole := false
		if r.us > 0 {
			k, whole = r.within()
		} else if left := r.events - n; k >= left {
			k, whole = left, true
		}
		if _, err := to.Write(bytesOf(r.ahead[:k])); err != nil {
			return n, err
		}
		n += k
		r.ahead = r.ahead[k:]
		if whole && n > 0 {
			return n, nil
		}
	}
}

// within returns how many of the events ahead are in the chunk, and whether it has ended. Chunks
// begin at multiples of their length after the first event; those without events are passed over.
func (r *cursor) within() (k int, whole bool) {
	if !r.begun {
		r.begun, r.next = true, r.ahead[0].T+r.us
	}
	for k < len(r.ahead) && r.ahead[k].T < r.next {
		k++
	}
	if k == len(r.ahead) {
		return k, false
	}
	r.next += (r.ahead[k].T - r.next + r.us) / r.us * r.us
	return k, true
}

// fill reads events ahead.
func (r *cursor) fill() error {
	if r.buf == nil {
		r.buf = make([]events.Event, 16<<10)
	}
	n := 0
	if r.err == nil {
		n, r.err = r.opened.Read(r.buf)
	}
	r.ahead = r.buf[:n]
	if n > 0 || r.err == nil {
		return nil
	}
	if r.ended = errors.Is(r.err, io.EOF); r.ended {
		return nil
	}
	return r.err
}

// wanted reads a stream of the caller's, for whose bytes it asks in the middle of a call.
type wanted struct {
	w    *Worker
	part []byte
}

func (s *wanted) Read(b []byte) (int, error) {
	if len(s.part) == 0 {
		if err := s.w.pipe.send(reply{"more": true, "want": 1 << 16}, nil); err != nil {
			return 0, err
		}
		_, part, err := s.w.pipe.receive()
		if err != nil {
			return 0, err
		}
		if len(part) == 0 {
			return 0, io.EOF
		}
		s.part = part
	}
	n := copy(b, s.part)
	s.part = s.part[n:]
	return n, nil
}
