package events

import (
	"encoding/binary"
	"fmt"
	"io"
)

// The 40-bit format of N-MNIST and N-Caltech101 (Orchard et al. 2015) has no header and no sensor
// size. An event is five bytes, a big-endian word of 40 bits:
//
//	| x 8 | y 8 | on 1 | t 23 |
//
// with t in us. A word with y = 240 is no event: it says that the clock has wrapped, and adds 2^13
// us to the times of all events that follow (as in the reader of the set's authors,
// github.com/gorchard/event-Python, eventvision.py).
const (
	nmnistFormat    = "40-bit events"
	nmnistEventSize = 5
	nmnistOverflowY = 240
	nmnistOverflow  = 1 << 13 // us
	nmnistTimeBits  = 23
)

// NMNIST returns a reader of the 40-bit events of N-MNIST and N-Caltech101 in r. A time that runs
// back is an error.
func NMNIST(r io.Reader) Reader {
	return newStream(source{r: r}, 0, nmnistFormat, Size{}, &asEvents{placer: &nmnist{}})
}

func openNMNIST(s source, o Options) (Reader, error) {
	return newStream(s, 0, nmnistFormat, Size{}, &asEvents{placer: &nmnist{kept: o.Invalid == Kept,
		anyOrder: o.anyOrder()}}), nil
}

type nmnist struct {
	kept     bool // words with y = 240 count as events (see Kept)
	anyOrder bool
	shift    Micros // us added to times: 2^13 for each wrap of the clock
	last     Micros
}

func (d *nmnist) whole([]byte) string { return "5 bytes of an event" }

func (d *nmnist) places(b []byte, g *Grid, p *Places) (used int, err error) {
	for {
		used += d.plain(b[used:], g, p)
		if len(b)-used < nmnistEventSize || p.N == p.room {
			return used, nil
		}
		y, t := b[used+1], d.time(binary.BigEndian.Uint32(b[used+1:]))
		switch {
		case y == nmnistOverflowY && !d.kept:
			d.shift += nmnistOverflow
			used += nmnistEventSize
		case t < d.last && d.anyOrder:
			d.last = t
		case t < d.last:
			return used, runsBack(used, d.last, t)
		default:
			return used, errNoPlace
		}
	}
}

// time returns the time of an event whose last four bytes are w.
func (d *nmnist) time(w uint32) Micros { return d.shift + Micros(w&(1<<nmnistTimeBits-1)) }

// plain decodes events up to the first word that is no event, whose time runs back, or that has no
// place in the grid.
func (d *nmnist) plain(b []byte, g *Grid, p *Places) (used int) {
	all := as[[nmnistEventSize]byte](b)
	n := min(len(all), p.room-p.N)
	all, at, times := all[:n], p.At[p.N:][:n], p.T[p.N:][:n]
	shift, last, overflow := d.shift, d.last, nmnistOverflowY
	if d.kept {
		overflow = -1
	}
	for i := range all {
		e := &all[i]
		w := binary.BigEndian.Uint32(e[1:])
		t := shift + Micros(w&(1<<nmnistTimeBits-1))
		place := g.Column[e[0]] + g.Line[e[1]]
		if int(e[1]) == overflow || t < last || place < 0 {
			n = i
			break
		}
		last = t
		times[i] = t
		at[i] = uint32(place) + w>>nmnistTimeBits&1
	}
	d.last = last
	p.N += n
	return n * nmnistEventSize
}

// AppendNMNIST appends an event in the 40-bit format. An event that the format cannot hold is an
// error: x above 255, y above 255 or equal to 240, or a time outside of 0 to 2^23-1 us. The times
// are not extended by wraps of the clock.
func AppendNMNIST(b []byte, e Event) ([]byte, error) {
	if e.X > 255 || e.Y > 255 || e.Y == nmnistOverflowY || e.T < 0 || e.T >= 1<<nmnistTimeBits {
		return b, fmt.Errorf("%s cannot hold x %d, y %d, t %d us; want x and y up to 255, y not "+
			"240, t below 2^23", nmnistFormat, e.X, e.Y, e.T)
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
