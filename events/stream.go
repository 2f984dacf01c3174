package events

import (
	"fmt"
	"io"
	"sync"
)

// A decoder turns the stored words of one format into events.
type decoder interface {
	// decode decodes whole words from b until b or buf is used up, and says how many bytes it used
	// and how many events it wrote; it used none only if b holds no whole word or buf has no room
	// for what one word may make. An error is a *FormatError with the offset in b; what was used
	// before it is good.
	decode(b []byte, buf []Event) (used, n int, err error)
	// whole names a word, of which rest bytes stand at the end of the file, with its size: "8 bytes
	// of an event"; or "" where the file may end so. A decoder that knows of words to come has a
	// method missing() string that names them; one whose last word may lack its last bytes has a
	// method ending() string that adds them.
	whole(rest []byte) string
}

const (
	bufferSize = 1 << 16 // bytes that are read at a time
	mostEvents = 64      // that one word may make
)

// stream reads a recording through a decoder, in bounded memory.
type stream struct {
	r       io.Reader
	at      io.ReaderAt // the whole file, or nil
	size    int64       // of it
	format  string
	sensor  Size
	decoder decoder

	data    []byte // that was read and not yet decoded
	room    []byte // memory of data
	offset  int64  // of data in the file
	ended   error  // of r, nil while there may be more
	dry     bool   // no whole word was left in data: more is read for the next event only
	pending []Event
	few     [mostEvents]Event // for a caller's buffer that is too small for what one word may make
	err     error
}

// newStream returns a stream of what rest begins with, at this offset of the file.
func newStream(rest source, offset int64, format string, sensor Size, d decoder) *stream {
	s := &stream{r: rest.r, at: rest.at, size: rest.size, format: format, sensor: sensor,
		decoder: d, offset: offset}
	if len(rest.begin) <= bufferSize {
		s.room = rooms.Get().(*[bufferSize]byte)[:]
	} else {
		s.room = make([]byte, len(rest.begin))
	}
	s.data = s.room[:copy(s.room, rest.begin)]
	return s
}

// rooms are memory for streams, which those that came to their end have given back: of short
// recordings, clearing it would take a good part of reading them.
var rooms = sync.Pool{New: func() any { return new([bufferSize]byte) }}

func (s *stream) Format() string { return s.format }

func (s *stream) Sensor() Size { return s.sensor }

func (s *stream) Read(buf []Event) (n int, err error) {
	for n < len(buf) {
		if len(s.pending) > 0 {
			k := copy(buf[n:], s.pending)
			s.pending = s.pending[k:]
			n += k
			continue
		}
		if s.err != nil || s.dry && n > 0 {
			break
		}
		if len(buf)-n >= mostEvents {
			n += s.decode(buf[n:])
		} else {
			s.pending = s.few[:s.decode(s.few[:])]
		}
	}
	return readResult(n, buf, s.err)
}

// readResult is what Read returns with n events in buf, and what else it found: the end is told by
// a call that finds nothing.
func readResult(n int, buf []Event, err error) (int, error) {
	if n > 0 && err == io.EOF || n == len(buf) {
		return n, nil
	}
	return n, err
}

func (s *stream) decode(buf []Event) (n int) {
	s.step(func(b []byte) (used int, err error) {
		used, n, err = s.decoder.decode(b, buf)
		return used, err
	})
	return n
}

// readPlaces is ReadPlaces.
func (s *stream) readPlaces(g *Grid, p *Places) error {
	d, ok := s.decoder.(*asEvents)
	if !ok || len(s.pending) > 0 {
		return nil
	}
	var stop error
	for s.err == nil && stop == nil && p.room-p.N >= mostEvents {
		s.step(func(b []byte) (used int, err error) {
			used, err = d.places(b, g, p)
			stop = err
			return used, err
		})
	}
	if p.N > 0 {
		return nil
	}
	return s.err
}

// step decodes what is there, or reads more where that is not a whole word, and sets s.err at the
// end.
func (s *stream) step(decode func(b []byte) (used int, err error)) {
	used, err := decode(s.data)
	s.data = s.data[used:]
	switch f, damaged := err.(*FormatError); {
	case damaged:
		f.Format = s.format
		f.Offset += s.offset
		s.err = f
		return
	case err != nil && err != errNoPlace:
		s.err = err
		return
	}
	s.offset += int64(used)
	switch {
	case used > 0 || err == errNoPlace:
	case s.ended == nil && !s.dry:
		s.dry = true
	case s.ended == nil:
		s.fill()
		s.dry = false
	case s.ended == io.EOF:
		if s.err = s.atEnd(); s.err == io.EOF && len(s.room) == bufferSize {
			rooms.Put((*[bufferSize]byte)(s.room))
			s.room, s.data = nil, nil
		}
	default:
		s.err = s.ended
	}
}

// atEnd is io.EOF if the file may end here.
func (s *stream) atEnd() error {
	if len(s.data) > 0 {
		if whole := s.decoder.whole(s.data); whole != "" {
			return &FormatError{s.format, s.offset, whole,
				fmt.Sprintf("%d at the end of the file", len(s.data))}
		}
	}
	if d, ok := s.decoder.(interface{ missing() string }); ok && d.missing() != "" {
		return &FormatError{s.format, s.offset, d.missing(), "the end of the file"}
	}
	return io.EOF
}

// fill reads more. A word that does not fit the memory gets twice as much, but never more than the
// file has filled already.
func (s *stream) fill() {
	if len(s.data) == len(s.room) {
		s.room = append(s.room, make([]byte, len(s.room))...)
	}
	copy(s.room, s.data)
	n, err := s.r.Read(s.room[len(s.data):])
	s.data = s.room[:len(s.data)+n]
	s.ended = err
	if d, ok := s.decoder.(interface{ ending() string }); ok && err == io.EOF {
		s.data = append(s.data, d.ending()...)
	}
}

// runsBack is the error for an event before the one before it.
func runsBack(at int, last, t Micros) *FormatError {
	return &FormatError{Offset: int64(at),
		Want: fmt.Sprintf("a time of at least %d us, that of the event before", last),
		Got:  fmt.Sprintf("%d us", t) + skipHint}
}
