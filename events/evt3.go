package events

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"
)

// EVT 3.0 is little-endian words of 16 bits that change the state of the decoder. The upper four
// bits are the type:
//
//	0 y 11              the row of the events that follow
//	2 on 1, x 11        an event
//	3 on 1, x 11        where the next vector begins
//	4 mask 12, 5 mask 8 a vector: events at the pixels of the mask; the next begins 12 or 8 on
//	6 time 12, 8 time 12   the lower part of the time, in us, and the upper, in 4,096 us
//
// The decoder passes over triggers (10), others (14), their continuations (7, 15) and an IMU (13).
// It puts times together by the rule of openeb: an upper part that differs from the one before sets
// the lower part to 0, and an upper part that is smaller by 2,048 or more says that the clock, of
// 24 bits, has wrapped. A smaller lower part alone does not say so: the time then runs back.
type evt3 struct {
	// height is that of the sensor, in pixels; events in rows beyond it are dropped, as openeb does
	height   int
	skipped  *atomic.Int64 // counts the dropped events, unless it is nil
	anyOrder bool
	high     Micros // the upper part of the time, in 4,096 us
	loops    Micros // how often the clock has wrapped
	seen     bool   // an upper part of the time has come
	shift    bool   // the first upper part is subtracted from all times
	base     Micros // us that are subtracted from all times
	start    Micros // the time without its lower part
	row      bool   // y is inside of the sensor, and an upper part has come
	inside   bool   // y is inside of the sensor
	y, x     uint16 // the row, and the column where the next vector begins
	on       bool   // polarity of the next vector
	t        Micros // the time now
	last     Micros // time of the last event
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

// plain decodes single events, rows, and lower parts of the time that do not run back. It has no
// branches that depend on which of the three a word is, as the processor could not predict them.
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
		y ^= (w ^ y) & uint32(int32(kind-1)>>31) // y = w if the word is a row
	}
	d.t, d.y = t, uint16(y)
	d.wrote(n, p)
	return i
}

// vectors decodes vectors and the words that say where vectors begin.
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

// wrote sets the number of events in p to n.
func (d *evt3) wrote(n int, p *Places) {
	if n > p.N {
		d.last = p.T[n-1]
		p.N = n
	}
}

// word takes over the state that a word of any type sets. It makes no events: for a word that does
// it returns errNoPlace, or the error of a time that runs back.
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

// setHigh takes a new upper part of the time, in 4,096 us.
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
