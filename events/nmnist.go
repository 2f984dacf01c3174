package events

import (
	"bufio"
	"fmt"
	"io"
)

// The 40-bit format of N-MNIST and N-Caltech101 (Orchard et al. 2015) has no header and no sensor size. An event is five bytes,
// a big-endian word of 40 bits:
//
//	| x 8 | y 8 | on 1 | t 23 |
//
// with t in us. An event with y = 240 is none: it says that the clock ran over, and adds 2^13 us to the times of all that
// follow (as in the reader of the set's authors, github.com/gorchard/event-Python, eventvision.py).
const (
	nmnistFormat    = "40-bit events"
	nmnistEventSize = 5
	nmnistOverflowY = 240
	nmnistOverflow  = 1 << 13 // us
	nmnistTimeBits  = 23
)

// NMNIST reads the 40-bit events of N-MNIST and N-Caltech101 from r. A time before that of the event before it is an error.
func NMNIST(r io.Reader) Reader {
	return &nmnistReader{r: bufio.NewReaderSize(r, bufferSize)}
}

type nmnistReader struct {
	r      *bufio.Reader
	offset int64  // of the next event
	shift  Micros // of the clock, from its overflows
	last   Micros
	err    error
}

func (*nmnistReader) Format() string { return nmnistFormat }

func (*nmnistReader) Sensor() Size { return Size{} }

func (d *nmnistReader) Read(buf []Event) (n int, err error) {
	for n < len(buf) && d.err == nil {
		var more int
		more, d.err = d.decode(buf[n:])
		n += more
	}
	if d.err == io.EOF && n > 0 {
		return n, nil
	}
	return n, d.err
}

// decode decodes what is buffered, at least one event or overflow of the clock and no more than buf takes.
func (d *nmnistReader) decode(buf []Event) (n int, err error) {
	if rest, err := d.r.Peek(nmnistEventSize); err == io.EOF && len(rest) > 0 {
		return 0, d.damage("5 bytes of an event", fmt.Sprintf("%d at the end of the file", len(rest)))
	} else if err != nil {
		return 0, err
	}
	words, err := d.r.Peek(min(d.r.Buffered()/nmnistEventSize, len(buf)) * nmnistEventSize)
	if err != nil {
		return 0, err
	}
	for b := words; len(b) > 0; b = b[nmnistEventSize:] {
		if b[1] == nmnistOverflowY {
			d.shift += nmnistOverflow
			d.offset += nmnistEventSize
			continue
		}
		t := d.shift + Micros(b[2]&0x7f)<<16 + Micros(b[3])<<8 + Micros(b[4])
		if t < d.last {
			return n, d.damage(fmt.Sprintf("a time of at least %d us, that of the event before", d.last), fmt.Sprintf("%d us", t))
		}
		buf[n] = Event{T: t, X: uint16(b[0]), Y: uint16(b[1]), On: b[2]&0x80 != 0}
		n++
		d.last = t
		d.offset += nmnistEventSize
	}
	_, err = d.r.Discard(len(words))
	return n, err
}

func (d *nmnistReader) damage(want, got string) error {
	return &FormatError{nmnistFormat, d.offset, want, got}
}

// AppendNMNIST appends an event in the 40-bit format. It is an error when the format cannot hold it: x above 255, y above 255 or 240, or a
// time outside of 0 to 2^23-1 us; overflows of the clock are not written.
func AppendNMNIST(b []byte, e Event) ([]byte, error) {
	if e.X > 255 || e.Y > 255 || e.Y == nmnistOverflowY || e.T < 0 || e.T >= 1<<nmnistTimeBits {
		return b, fmt.Errorf("%s cannot hold x %d, y %d, t %d us; want x and y up to 255, y not 240, t below 2^23", nmnistFormat, e.X, e.Y, e.T)
	}
	on := byte(0)
	if e.On {
		on = 0x80
	}
	return append(b, byte(e.X), byte(e.Y), on|byte(e.T>>16), byte(e.T>>8), byte(e.T)), nil
}
