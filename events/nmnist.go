package events

import (
	"encoding/binary"
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
func NMNIST(r io.Reader) Reader { return newStream(source{r: r}, 0, nmnistFormat, Size{}, &nmnist{}) }

type nmnist struct {
	shift Micros // of the clock, from its overflows
	last  Micros
}

func (d *nmnist) whole([]byte) string { return "5 bytes of an event" }

func (d *nmnist) decode(b []byte, buf []Event) (used, n int, err error) {
	if len(b) < 8 { // the last event: it is read as eight bytes too
		if len(b) < nmnistEventSize || len(buf) == 0 {
			return 0, 0, nil
		}
		b = append(b[:nmnistEventSize:nmnistEventSize], 0, 0, 0)
	}
	shift, last := d.shift, d.last
	all := len(b)
	for len(b) >= 8 && n < len(buf) {
		w := binary.BigEndian.Uint64(b)
		t := shift + Micros(w>>24&(1<<nmnistTimeBits-1))
		y := uint16(w >> 48 & 0xff)
		if y == nmnistOverflowY {
			shift += nmnistOverflow
			b = b[nmnistEventSize:]
			continue
		}
		if t < last {
			err = runsBack(all-len(b), last, t)
			break
		}
		last = t
		buf[n] = Event{T: t, X: uint16(w >> 56), Y: y, On: w>>47&1 != 0}
		n++
		b = b[nmnistEventSize:]
	}
	d.shift, d.last = shift, last
	return all - len(b), n, err
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

func newNMNISTWriter(w io.Writer, sensor Size) (Writer, error) {
	return newWordWriter(w, "", AppendNMNIST)
}
