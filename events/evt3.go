package events

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"
)

// EVT 3.0: little-endian words of 16 bits that change the state of the decoder, the type in the
// upper four,
//
//	0 y 11              the row of the events that follow
//	2 on 1, x 11        an event
//	3 on 1, x 11        where vectors begin
//	4 mask 12, 5 mask 8 events at the pixels of the mask; the next vector begins 12 or 8 further
//	6 time 12, 8 time 12   the lower and the upper part of the time
//
// and triggers (10), others (14) and what continues them (7, 15) and an IMU (13), which are no
// events. Times are put together by the rule of openeb: an upper part that differs from the one
// before sets the lower to 0, and one that is smaller by 2,048 or more says that the clock, of 24
// bits, ran over. A lower part alone that is smaller than the one before is just that.
type evt3 struct {
	// of the sensor; events in rows beyond it are no events, as openeb has it
	height   int
	skipped  *atomic.Int64 // counts these, unless it is nil
	anyOrder bool
	high     Micros
	loops    Micros
	seen     bool   // an upper part of the time
	shift    bool   // the first upper part is subtracted from all times
	base     Micros // what is subtracted
	start    Micros // the time but for its lower part
	row      bool   // y is inside of the sensor, and there was a time
	inside   bool   // before the first time: y is inside of the sensor
	y, x     uint16
	on       bool
	t        Micros // now
	last     Micros // of the event before
}

func (*evt3) whole([]byte) string { return "2 bytes of a word" }

func (d *evt3) places(b []byte, g *Grid, p *Places) (used int, err error) {
	words := as[[2]byte](b)
	i := 0
	for p.room-p.N >= 12 {
		if d.anyOrder {
			d.last = min(d.last, d.t)
		}
		if d.row && d.t >= d.last {
			before := i
			i += d.plain(words[i:], g, p)
			i += d.vectors(words[i:], g, p)
			if i > before {
				continue
			}
		}
		if i == len(words) {
			break
		}
		if err := d.word(binary.LittleEndian.Uint16(words[i][:]), 2*i); err != nil {
			return 2 * i, err
		}
		i++
	}
	return 2 * i, nil
}

// plain decodes single events, rows and lower parts of the time that do not fall, without branches
// that depend on which of the three a word is: nothing foresees that.
func (d *evt3) plain(words [][2]byte, g *Grid, p *Places) (i int) {
	n, room := p.N, min(p.room, len(p.At))
	t, y, start, outside := d.t, uint32(d.y), d.start, uint32(d.height)
	for ; i < len(words) && n < room; i++ {
		w := uint32(binary.LittleEndian.Uint16(words[i][:]))
		kind := w >> 12
		if w-outside < 2<<12-outside || 0b1000101>>kind&1 == 0 {
			break
		}
		later := start + Micros(w&0xfff) - t
		if kind != 6 {
			later = 0
		}
		place := g.Column[w&0x7ff] + g.Line[y&0x7ff]
		isEvent := 0
		if kind == 2 {
			isEvent = 1
		}
		if int(place)&-isEvent < 0 || later < 0 {
			break
		}
		t += later
		p.At[n] = uint32(place) + w>>11&1
		p.T[n] = t
		n += isEvent
		y ^= (w ^ y) & uint32(int32(kind-1)>>31) // w if it is a row
	}
	d.t, d.y = t, uint16(y)
	d.wrote(n, p)
	return i
}

// vectors decodes vectors and where they begin.
func (d *evt3) vectors(words [][2]byte, g *Grid, p *Places) (i int) {
	n, most := p.N, min(p.room, len(p.At))-12
	x, on, row := uint32(d.x), bit(d.on), g.Line[d.y]
words:
	for ; i < len(words) && n <= most; i++ {
		w := uint32(binary.LittleEndian.Uint16(words[i][:]))
		mask, step := w&0xfff, uint32(12)
		switch w >> 12 {
		case 3:
			x, on = w&0x7ff, w>>11&1
			continue
		case 4:
		case 5:
			mask, step = w&0xff, 8
		default:
			break words
		}
		k := n
		for ; mask != 0; mask &= mask - 1 {
			place := g.Column[(x+uint32(bits.TrailingZeros32(mask)))&0x7fff] + row
			if place < 0 {
				break words
			}
			p.At[k] = uint32(place) + on
			p.T[k] = d.t
			k++
		}
		n = k
		x += step
	}
	d.x, d.on = uint16(x&0x7fff), on != 0
	d.wrote(n, p)
	return i
}

// wrote takes over the new number of events.
func (d *evt3) wrote(n int, p *Places) {
	if n > p.N {
		d.last = p.T[n-1]
		p.N = n
	}
}

// word decodes a word of any type.
func (d *evt3) word(w uint16, at int) error {
	kind, value := w>>12, w&0x7ff
	switch kind {
	case 0:
		d.y = value
		d.inside = int(value) < d.height
		d.row = d.inside && d.seen
	case 3:
		d.x, d.on = value, w&0x800 != 0
	case 6:
		d.t = d.start + Micros(w&0xfff)
	case 8:
		d.setHigh(Micros(w & 0xfff))
	case 2, 4, 5:
		mask := w & [...]uint16{2: 0, 4: 0xfff, 5: 0xff}[kind]
		switch {
		case !d.row || kind != 2 && mask == 0:
			if !d.inside && d.seen && d.skipped != nil {
				d.skipped.Add(int64(max(bits.OnesCount16(mask), int(3-min(kind, 3)))))
			}
			d.x = (d.x + [...]uint16{2: 0, 4: 12, 5: 8}[kind]) & 0x7fff
		case d.t < d.last:
			return runsBack(at, d.last, d.t)
		default:
			return errNoPlace
		}
	case 7, 10, 13, 14, 15:
	default:
		return unknown(at, uint32(kind))
	}
	return nil
}

// setHigh takes the upper part of the time.
func (d *evt3) setHigh(high Micros) {
	switch {
	case !d.seen:
		d.seen = true
		d.row = d.inside
		if d.shift {
			d.base = high << 12
		}
	case high == d.high:
		return
	case d.high >= high+2048:
		d.loops++
	}
	d.high = high
	d.start = d.loops<<24 + high<<12 - d.base
	d.t = d.start
}
