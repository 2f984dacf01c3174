package events

import (
	"encoding/binary"
	"math"
)

// batch is how many numbers of each column are read before they are turned into events.
const batch = 512

// events fills buf with events whose t, x, y and p lie in rows. The numbers of rows[i] are step[i]
// bytes apart. It stops at the first numbers that make no event; errSkipped says that the event was
// counted and left out.
func (d *numbers) events(buf []Event, rows [4][]byte, step [4]int64) (n int, wrong *FormatError) {
	var values [4][batch]int64
	for len(buf) > 0 {
		k := min(len(buf), batch)
		for i, f := range d.fields {
			if i == 0 {
				k = f.times(values[i][:k], rows[i], int(step[i]), d.scale)
			} else {
				k = f.wholes(values[i][:k], rows[i], int(step[i]))
			}
		}
		made := 0
		for j, t := range values[0][:k] {
			x, y, p := values[1][j]-d.first[1], values[2][j]-d.first[2], values[3][j]-d.first[3]
			if uint64(x|y) > math.MaxUint16 || uint64(p+1) > 2 ||
				d.any && Micros(t) < d.last && !d.anyOrder {

				break
			}
			d.last, d.any = Micros(t), true
			buf[j] = Event{Micros(t), uint16(x), uint16(y), p > 0}
			made++
		}
		for i := range rows {
			rows[i] = rows[i][min(int64(len(rows[i])), int64(made)*step[i]):]
		}
		n += made
		if made < min(len(buf), batch) {
			if _, wrong = d.event(rows[0], rows[1], rows[2], rows[3]); wrong != errSkipped {
				return n, wrong
			}
			return n, errSkipped
		}
		buf = buf[made:]
	}
	return n, nil
}

// times reads numbers as times, as number does, up to the first that is no time. It returns how
// many it has read.
func (f field) times(out []int64, b []byte, step int, scale float64) (n int) {
	if scale == 1 && f.kind != 'f' {
		return f.wholes(out, b, step)
	}
	for i := range out {
		v, ok := f.number(b[i*step:], scale)
		if !ok {
			return i
		}
		out[i] = v
	}
	return len(out)
}

// wholes reads whole numbers, as whole does, up to the first that is not whole. It returns how many
// it has read.
func (f field) wholes(out []int64, b []byte, step int) (n int) {
	if f.big || f.kind == 'f' || f.size == 8 && f.kind == 'u' {
		for i := range out {
			v, ok := f.whole(b[i*step:])
			if !ok {
				return i
			}
			out[i] = v
		}
		return len(out)
	}
	unused := 64 - 8*f.size
	b = b[f.offset:]
	for i := range out {
		w := b[i*step:]
		var v int64
		switch f.size {
		case 1:
			v = int64(w[0])
		case 2:
			v = int64(binary.LittleEndian.Uint16(w))
		case 4:
			v = int64(binary.LittleEndian.Uint32(w))
		default:
			v = int64(binary.LittleEndian.Uint64(w))
		}
		if f.kind == 'i' {
			v = v << unused >> unused
		}
		out[i] = v
	}
	return len(out)
}
