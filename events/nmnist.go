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
	return &nmnistReader{r: bufio.NewReaderSize(r, 1<<15)}
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
		var e Event
		var ok bool
		if e, ok, d.err = d.next(); ok {
			buf[n] = e
			n++
		}
	}
	if d.err == io.EOF && n > 0 {
		return n, nil
	}
	return n, d.err
}

// next decodes one event; ok is false for an overflow of the clock.
func (d *nmnistReader) next() (e Event, ok bool, err error) {
	var b [nmnistEventSize]byte
	if n, err := io.ReadFull(d.r, b[:]); err == io.ErrUnexpectedEOF {
		return e, false, &FormatError{nmnistFormat, d.offset, "5 bytes of an event", fmt.Sprintf("%d at the end of the file", n)}
	} else if err != nil {
		return e, false, err
	}
	offset := d.offset
	d.offset += nmnistEventSize
	if b[1] == nmnistOverflowY {
		d.shift += nmnistOverflow
		return e, false, nil
	}
	t := d.shift + Micros(b[2]&0x7f)<<16 + Micros(b[3])<<8 + Micros(b[4])
	if t < d.last {
		return e, false, &FormatError{nmnistFormat, offset, fmt.Sprintf("a time of at least %d us, that of the event before", d.last), fmt.Sprintf("%d us", t)}
	}
	d.last = t
	return Event{T: t, X: uint16(b[0]), Y: uint16(b[1]), On: b[2]&0x80 != 0}, true, nil
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
