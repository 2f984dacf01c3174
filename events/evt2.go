package events

import (
	"encoding/binary"
	"io"
)

// EVT 2.0 is little-endian words of 32 bits,
//
//	| type 4 | ts 6 | x 11 | y 11 |    type 0 off, 1 on; ts is the lower part of the time, in us
//	| 8 | time 28 |                    the upper part of the times that follow, in 64 us
//
// and triggers (10), others (14) and their continuations (15), which the decoder passes over.
type evt2 struct{ clock }

func (*evt2) whole([]byte) string { return "4 bytes of a word" }

func (d *evt2) places(b []byte, g *Grid, p *Places) (used int, err error) {
	return d.decode(b, func(rest []byte) (used int, full bool) {
		used = d.plain(rest, g, p)
		return used, p.N == p.room
	})
}

func (d *evt2) events(b []byte, buf []Event) (used, n int, err error) {
	used, err = d.decode(b, func(rest []byte) (used int, full bool) {
		made := d.plainEvents(rest, buf[n:])
		n += made
		return 4 * made, n == len(buf)
	})
	return used, n, err
}

// decode calls plain once an upper part of the time has come, and itself handles the word that
// plain stops at.
func (d *evt2) decode(b []byte, plain func(rest []byte) (used int, full bool)) (
	used int, err error) {

	for {
		full := false
		if d.seen {
			var n int
			n, full = plain(b[used:])
			used += n
		}
		if len(b)-used < 4 || full {
			return used, nil
		}
		w := binary.LittleEndian.Uint32(b[used:])
		switch kind := w >> 28; kind {
		case 0, 1:
			t := d.high - d.base + Micros(w>>22&63)
			switch {
			case d.seen && t < d.last && d.anyOrder:
				d.last = t
				continue
			case d.seen && t < d.last:
				return used, runsBack(used, d.last, t)
			case d.seen:
				return used, errNoPlace
			}
		case 8:
			d.set(Micros(w&0xfffffff) << 6)
		case 10, 14, 15:
		default:
			return used, unknown(used, kind)
		}
		used += 4
	}
}

// plain decodes events up to the first word that is no event, whose time runs back, or that has no
// place in the grid.
func (d *evt2) plain(b []byte, g *Grid, p *Places) (used int) {
	words := as[[4]byte](b)
	n := min(len(words), p.room-p.N)
	words, at, times := words[:n], p.At[p.N:][:n], p.T[p.N:][:n]
	high, last := d.high-d.base, d.last
	for i := range words {
		w := binary.LittleEndian.Uint32(words[i][:])
		t := high + Micros(w>>22&63)
		place := g.Column[w>>11&0x7ff] + g.Line[w&0x7ff]
		if w>>29 != 0 || t < last || place < 0 {
			n = i
			break
		}
		last = t
		times[i] = t
		at[i] = uint32(place) + w>>28
	}
	d.last = last
	p.N += n
	return n * 4
}

// plainEvents decodes events up to the first word that is no event or whose time runs back.
func (d *evt2) plainEvents(b []byte, buf []Event) (n int) {
	words := as[[4]byte](b)
	n = min(len(words), len(buf))
	words, buf = words[:n], buf[:n]
	high, last := d.high-d.base, d.last
	for i := range words {
		w := binary.LittleEndian.Uint32(words[i][:])
		t := high + Micros(w>>22&63)
		if w>>29 != 0 || t < last {
			n = i
			break
		}
		last = t
		pixel := w>>11&0x7ff | w&0x7ff<<16 // x and y, written in one go
		buf[i] = Event{T: t, X: uint16(pixel), Y: uint16(pixel >> 16), On: w>>28 != 0}
	}
	d.last = last
	return n
}

func (d *evt2) seek(rest *io.SectionReader, from Micros) int64 {
	return d.clock.seek(rest, 4, from, func(_, word []byte) (Micros, bool) {
		w := binary.LittleEndian.Uint32(word)
		return Micros(w&0xfffffff) << 6, w>>28 == 8
	})
}

// EVT 2.1 is words of 64 bits,
//
//	| type 4 | ts 6 | x 11 | y 11 | mask 32 |
//	| 8 | time 28 | 32 |
//
// with the types of EVT 2.0. Bit i of the mask is an event at the pixel i to the right of x. Unless
// the header gives an endianness, the high half of a word comes first.
type evt21 struct {
	clock
	swapped bool
}

func (*evt21) whole([]byte) string { return "8 bytes of a word" }

func (d *evt21) decode(b []byte, buf []Event) (used, n int, err error) {
	for ; len(b)-used >= 8 && len(buf)-n >= 32; used += 8 {
		w := d.word(b[used:])
		switch kind := uint32(w >> 60); kind {
		case 0, 1:
			if !d.seen {
				continue
			}
			t := d.high - d.base + Micros(w>>54&63)
			if t < d.last && !d.anyOrder {
				return used, n, runsBack(used, d.last, t)
			}
			d.last = t
			n += pixels(buf[n:], Event{T: t, X: uint16(w >> 43 & 0x7ff), Y: uint16(w >> 32 & 0x7ff),
				On: kind != 0}, uint32(w))
		case 8:
			d.set(Micros(w>>32&0xfffffff) << 6)
		case 10, 14, 15:
		default:
			return used, n, unknown(used, kind)
		}
	}
	return used, n, nil
}

func (d *evt21) word(b []byte) uint64 {
	w := binary.LittleEndian.Uint64(b)
	if d.swapped {
		w = w>>32 | w<<32
	}
	return w
}

func (d *evt21) seek(rest *io.SectionReader, from Micros) int64 {
	return d.clock.seek(rest, 8, from, func(_, word []byte) (Micros, bool) {
		w := d.word(word)
		return Micros(w>>32&0xfffffff) << 6, w>>60 == 8
	})
}

// EVT 4.0 is like EVT 2.0 with other types: events 10 (off) and 11 (on), the time 14, triggers 9,
// others 6 and 7, padding 15. A vector of type 12 (off) or 13 (on) is a word like an event's and a
// mask of 32 bits, whose bit i is an event at the pixel i to the right of x.
type evt4 struct{ clock }

func (*evt4) whole(rest []byte) string {
	if len(rest) >= 4 {
		return "8 bytes of a vector"
	}
	return "4 bytes of a word"
}

func (d *evt4) decode(b []byte, buf []Event) (used, n int, err error) {
	for ; len(b)-used >= 4 && len(buf)-n >= 32; used += 4 {
		w := binary.LittleEndian.Uint32(b[used:])
		kind := w >> 28
		if kind >= 10 && kind <= 13 {
			at, mask := used, uint32(1)
			if kind >= 12 {
				if len(b)-used < 8 {
					break
				}
				used += 4
				mask = binary.LittleEndian.Uint32(b[used:])
			}
			if !d.seen {
				continue
			}
			t := d.high - d.base + Micros(w>>22&63)
			if t < d.last && !d.anyOrder {
				return at, n, runsBack(at, d.last, t)
			}
			d.last = t
			n += pixels(buf[n:], Event{T: t, X: uint16(w >> 11 & 0x7ff), Y: uint16(w & 0x7ff),
				On: kind&1 != 0}, mask)
			continue
		}
		switch kind {
		case 14:
			d.set(Micros(w&0xfffffff) << 6)
		case 6, 7, 9, 15:
		default:
			return used, n, unknown(used, kind)
		}
	}
	return used, n, nil
}

// seek does not mistake a mask for an upper part of the time: the word before a mask has type 12 or
// 13.
func (d *evt4) seek(rest *io.SectionReader, from Micros) int64 {
	return d.clock.seek(rest, 4, from, func(before, word []byte) (Micros, bool) {
		w, kind := binary.LittleEndian.Uint32(word), binary.LittleEndian.Uint32(before)>>28
		return Micros(w&0xfffffff) << 6, w>>28 == 14 && kind != 12 && kind != 13
	})
}
