package events

import (
	"fmt"
	"io"
	"sync"
)

// A decoder turns the stored words of one format into events.
type decoder interface {
	// decode decodes whole words from b until b or buf is used up. It returns the number of bytes
	// used and of events written. It uses no bytes only if b holds no whole word, or buf has no
	// room for the events that one word may make. An error is a *FormatError with an offset in b;
	// the events before it are good.
	decode(b []byte, buf []Event) (used, n int, err error)
	// whole names the word that the file's last bytes, rest, should be, with its size: "8 bytes of
	// an event". It is "" where the file may end with them. A decoder that knows how many words
	// must come has a method missing() string, which names those that have not. A decoder whose
	// last word may lack its last bytes has a method ending() string, which returns them.
	whole(rest []byte) string
}

const (
	bufferSize = 1 << 16 // bytes that are read at a time
	mostEvents = 64      // the largest number of events that one word may make
)

// stream reads a recording through a decoder, in bounded memory.
type stream struct {
	r       io.Reader
	at      io.ReaderAt // the whole file, or nil
	size    int64       // bytes of the whole file
	format  string
	sensor  Size
	decoder decoder

	data    []byte            // bytes read and not decoded yet
	room    []byte            // the memory that data lies in
	offset  int64             // of data in the file, in bytes
	ended   error             // the error at the end of r; nil while r may have more
	dry     bool              // data holds no whole word: reading more may have to wait
	pending []Event           // decoded events for the next Read
	few     [mostEvents]Event // the memory of pending, for Reads with a small buffer
	err     error
}

// newStream returns a stream of the words of rest, which begin at this offset of the file.
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

// rooms holds buffers of streams that came to their end, for later streams. Clearing a new buffer
// would take a good part of the time of reading a short recording.
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

// readResult returns the results of a Read that has written n events to buf and met err. A Read
// with events does not return io.EOF, and a Read that fills buf returns no error; the next one
// does.
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

// readPlaces is ReadPlaces of a stream.
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

// step decodes the words in data, or reads more bytes where data holds no whole word. It sets s.err
// at damage and at the end.
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

// atEnd returns io.EOF if the file may end here, else an error.
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

// fill reads more bytes. Where a word does not fit the memory, fill doubles the memory, which the
// file has filled by then.
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

// runsBack is the error for an event whose time t is before that of the event before it.
func runsBack(at int, last, t Micros) *FormatError {
	return &FormatError{Offset: int64(at),
		Want: fmt.Sprintf("a time of at least %d us, that of the event before", last),
		Got:  fmt.Sprintf("%d us", t) + skipHint}
}
