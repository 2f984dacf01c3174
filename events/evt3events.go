package events

import (
	"encoding/binary"
	"math/bits"
)

// This file repeats the loops of evt3 for readers that want events and no grid. Writing events
// directly takes two thirds of the time of writing places and turning them into events.

// events decodes words into buf while buf has room for the 12 events that one word may make.
func (d *evt3) events(b []byte, buf []Event) (used, n int, err error) {
	words := as[[2]byte](b)
	i := 0
	for len(buf)-n >= 12 {
		if d.anyOrder {
			d.last = min(d.last, d.t)
		}
		if d.row && d.t >= d.last {
			before := i
			read, made := d.plainEvents(words[i:], buf[n:])
			i, n = i+read, n+made
			read, made = d.vectorEvents(words[i:], buf[n:])
			i, n = i+read, n+made
			if i > before {
				continue
			}
		}
		if i == len(words) {
			break
		}
		err := d.word(binary.LittleEndian.Uint16(words[i][:]), 2*i)
		if err != nil {
			return 2 * i, n, err
		}
		i++
	}
	return 2 * i, n, nil
}

// plainEvents is plain with events in the place of grid places.
func (d *evt3) plainEvents(words [][2]byte, buf []Event) (i, n int) {
	t, y, start, outside := d.t, uint32(d.y), d.start, uint32(d.height)
	for ; i < len(words) && n < len(buf); i++ {
		w := uint32(binary.LittleEndian.Uint16(words[i][:]))
		kind := w >> 12
		value := w & 0x7ff
		later, row := start+Micros(w&0xfff), y
		if kind != 6 {
			later = t
		}
		if kind == 0 {
			row = value
		}
		if later < t || row >= outside || 0b1000101>>kind&1 == 0 {
			break
		}
		t, y = later, row
		buf[n] = Event{T: t, X: uint16(value), Y: uint16(y), On: w>>11&1 != 0}
		made := 0
		if kind == 2 {
			made = 1
		}
		n += made
	}
	d.t, d.y = t, uint16(y)
	if n > 0 {
		d.last = buf[n-1].T
	}
	return i, n
}

// vectorEvents is vectors with events in the place of grid places.
func (d *evt3) vectorEvents(words [][2]byte, buf []Event) (i, n int) {
	x, on := d.x, d.on
words:
	for ; i < len(words) && len(buf)-n >= 12; i++ {
		w := uint32(binary.LittleEndian.Uint16(words[i][:]))
		mask, step := w&0xfff, uint16(12)
		switch w >> 12 {
		case 3:
			x, on = uint16(w&0x7ff), w>>11&1 != 0
			continue
		case 4:
		case 5:
			mask, step = w&0xff, 8
		default:
			break words
		}
		for ; mask != 0; mask &= mask - 1 {
			at := (x + uint16(bits.TrailingZeros32(mask))) & 0x7fff
			buf[n] = Event{T: d.t, X: at, Y: d.y, On: on}
			n++
		}
		x += step
	}
	d.x, d.on = x&0x7fff, on
	if n > 0 {
		d.last = d.t
	}
	return i, n
}
