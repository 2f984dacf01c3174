package events

import (
	"encoding/binary"
	"math/bits"
)

// EVT 3.0: little-endian words of 16 bits that change the state of the decoder, the type in the upper four,
//
//	0 y 11              the row of the events that follow
//	2 on 1, x 11        an event
//	3 on 1, x 11        where vectors begin
//	4 mask 12, 5 mask 8 events at the pixels of the mask; the next vector begins 12 or 8 further
//	6 time 12, 8 time 12   the lower and the upper part of the time
//
// and triggers (10), others (14) and what continues them (7, 15) and an IMU (13), which are no events. Times are put together by the rule of openeb: an upper part that
// differs from the one before sets the lower to 0, and one that is smaller by 2,048 or more says that the clock, of 24 bits, ran
// over. A lower part alone that is smaller than the one before is just that.
type evt3 struct {
	height int // of the sensor; events in rows beyond it are no events
	high   Micros
	loops  Micros
	seen   bool   // an upper part of the time
	shift  bool   // the first upper part is subtracted from all times
	base   Micros // what is subtracted
	start  Micros // the time but for its lower part
	row    bool   // y is inside of the sensor, and there was a time
	inside bool   // before the first time: y is inside of the sensor
	y, x   uint16
	on     bool
	t      Micros // now
	last   Micros // of the event before
}

func (*evt3) whole([]byte) string { return "2 bytes of a word" }

func (d *evt3) decode(b []byte, buf []Event) (used, n int, err error) {
	for len(b)-used >= 2 && len(buf)-n >= 12 {
		if d.row {
			u, k := d.plain(b[used:], buf[n:])
			used, n = used+u, n+k
			if len(b)-used < 2 || len(buf)-n < 12 {
				break
			}
		}
		if n, err = d.word(binary.LittleEndian.Uint16(b[used:]), used, buf, n); err != nil {
			return used, n, err
		}
		used += 2
	}
	return used, n, nil
}

// plain decodes words while there is nothing to refuse, up to the first of a rare type, with its state in registers.
func (d *evt3) plain(b []byte, buf []Event) (used, n int) {
	if d.t < d.last {
		return 0, 0
	}
	t, y, x, on := d.t, d.y, d.x, d.on
	start, height := d.start, uint(d.height)
	all := len(b)
words:
	for len(b) >= 2 && n+12 <= len(buf) {
		w := uint(b[0]) | uint(b[1])<<8
		switch {
		case w>>12 == 2:
			buf[n] = Event{T: t, X: uint16(w & 0x7ff), Y: y, On: w&0x800 != 0}
			n++
		case w < height:
			y = uint16(w)
		case w>>13 == 2: // 4 and 5
			mask, step := uint32(w&0xfff), uint16(12)
			if w>>12 == 5 {
				mask, step = mask&0xff, 8
			}
			for ; mask != 0; mask &= mask - 1 { // as pixels does; a call here costs a tenth of the speed
				buf[n] = Event{T: t, X: x + uint16(bits.TrailingZeros32(mask)), Y: y, On: on}
				n++
			}
			x += step
		case w>>12 == 3:
			x, on = uint16(w&0x7ff), w&0x800 != 0
		case w>>12 == 6 && start+Micros(w&0xfff) >= t:
			t = start + Micros(w&0xfff)
		default:
			break words
		}
		b = b[2:]
	}
	d.t, d.y, d.x, d.on = t, y, x, on
	if n > 0 {
		d.last = buf[n-1].T
	}
	return all - len(b), n
}

// word decodes a word of any type.
func (d *evt3) word(w uint16, at int, buf []Event, n int) (int, error) {
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
		x, mask, on := d.x, w&0xfff, d.on
		switch kind {
		case 2:
			x, mask, on = value, 1, w&0x800 != 0
		case 4:
			d.x += 12
		case 5:
			mask &= 0xff
			d.x += 8
		}
		if !d.row || mask == 0 {
			return n, nil
		}
		if d.t < d.last {
			return n, runsBack(at, d.last, d.t)
		}
		d.last = d.t
		return n + pixels(buf[n:], Event{T: d.t, X: x, Y: d.y, On: on}, uint32(mask)), nil
	case 7, 10, 13, 14, 15:
	default:
		return n, unknown(at, uint32(kind))
	}
	return n, nil
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
