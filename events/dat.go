package events

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Prophesee DAT (docs.prophesee.ai, "DAT File Format"; github.com/prophesee-ai/openeb,
// dat_tools.py): lines that begin with "%", two bytes of type (0 or 12: changes of contrast) and
// size (8) of an event, then events of two little-endian words of 32 bits, t in us and
//
//	version 2: | 3 | on 1 | y 14 | x 14 |    version 1: | 14 | on 1 | y 8 | x 9 |
//
// t wraps at 2^32. Files without such lines lack the bytes of type and size too.
const datFormat = "DAT"

type dat struct {
	version  int
	anyOrder bool
	wraps    Micros // us added to times: 2^32 for each wrap of the clock
	last     Micros
}

func (d *dat) whole([]byte) string { return "8 bytes of an event" }

func (d *dat) places(b []byte, g *Grid, p *Places) (used int, err error) {
	return d.decode(b, func(rest []byte) (used int, full bool) {
		used = d.plain(rest, g, p)
		return used, p.N == p.room
	})
}

func (d *dat) events(b []byte, buf []Event) (used, n int, err error) {
	used, err = d.decode(b, func(rest []byte) (used int, full bool) {
		made := d.plainEvents(rest, buf[n:])
		n += made
		return 8 * made, n == len(buf)
	})
	return used, n, err
}

// decode calls plain, and itself handles an event that plain stops at: one after the clock has
// wrapped, one whose time runs back, or one without a place in the grid.
func (d *dat) decode(b []byte, plain func(rest []byte) (used int, full bool)) (
	used int, err error) {

	for {
		n, full := plain(b[used:])
		used += n
		if len(b)-used < 8 || full {
			return used, nil
		}
		t := d.wraps + Micros(binary.LittleEndian.Uint32(b[used:]))
		switch {
		case t >= d.last:
			return used, errNoPlace
		case d.last-t <= 1<<31 && d.anyOrder:
			d.last = t
			continue
		case d.last-t <= 1<<31:
			return used, runsBack(used, d.last, t)
		}
		d.wraps += 1 << 32
	}
}

func (d *dat) seek(rest *io.SectionReader, from Micros) int64 {
	if d.wraps > 0 {
		return 0
	}
	return bisectWords(rest, 8, from,
		eachWord(8, func(b []byte) (Micros, bool) {
			return Micros(binary.LittleEndian.Uint32(b)),
				true
		}))
}

// plain decodes events up to the first whose time runs back or that has no place in the grid.
func (d *dat) plain(b []byte, g *Grid, p *Places) (used int) {
	words := as[[8]byte](b)
	n := min(len(words), p.room-p.N)
	words, at, times := words[:n], p.At[p.N:][:n], p.T[p.N:][:n]
	wraps, last, first := d.wraps, d.last, d.version == 1
	for i := range words {
		w := binary.LittleEndian.Uint64(words[i][:])
		t := wraps + Micros(uint32(w))
		if first {
			w = asVersion2(w)
		}
		place := g.Column[w>>32&0x3fff] + g.Line[w>>46&0x3fff]
		if t < last || place < 0 {
			n = i
			break
		}
		last = t
		times[i] = t
		at[i] = uint32(place) + uint32(w>>60)&1
	}
	d.last = last
	p.N += n
	return n * 8
}

// plainEvents decodes events up to the first whose time runs back.
func (d *dat) plainEvents(b []byte, buf []Event) (n int) {
	words := as[[8]byte](b)
	n = min(len(words), len(buf))
	words, buf = words[:n], buf[:n]
	wraps, last, first := d.wraps, d.last, d.version == 1
	for i := range words {
		w := binary.LittleEndian.Uint64(words[i][:])
		t := wraps + Micros(uint32(w))
		if first {
			w = asVersion2(w)
		}
		if t < last {
			n = i
			break
		}
		last = t
		pixel := uint32(w>>32)&0x3fff | uint32(w>>30)&(0x3fff<<16) // x and y, written in one go
		buf[i] = Event{T: t, X: uint16(pixel), Y: uint16(pixel >> 16), On: w>>60&1 != 0}
	}
	d.last = last
	return n
}

// asVersion2 moves the fields of an event of version 1 to their bits in version 2.
func asVersion2(w uint64) uint64 { return w&(0x1ff<<32) | w<<5&(0xff<<46) | w<<11&(1<<60) }

// openDAT reads a DAT file behind the lines of its header.
func openDAT(h header, o Options) (Reader, error) {
	if len(h.rest.begin) < 2 {
		return nil, &FormatError{datFormat, h.offset, "type and size of an event",
			"the end of the file"}
	}
	if kind, size := h.rest.begin[0], h.rest.begin[1]; kind != 0 && kind != 12 || size != 8 {
		return nil, &FormatError{datFormat, h.offset, "events of type 0 or 12 and 8 bytes",
			fmt.Sprintf("type %d, %d bytes", kind, size)}
	}
	d := &dat{version: 2, anyOrder: o.anyOrder()}
	switch v := h.value("Version"); v {
	case "1":
		d.version = 1
	case "2", "":
	default:
		return nil, &FormatError{datFormat, 0, "version 1 or 2", v}
	}
	var sensor Size
	if h.has("Width") && h.has("Height") {
		var err error
		if sensor, err = sizeOf(h.value("Width") + "x" + h.value("Height")); err != nil {
			return nil, &FormatError{datFormat, 0, "a width and a height in the header",
				err.Error()}
		}
	}
	if g := h.value("geometry"); g != "" && sensor == (Size{}) {
		var err error
		if sensor, err = sizeOf(g); err != nil {
			return nil, &FormatError{datFormat, 0, "a geometry like 1280x720 in the header",
				err.Error()}
		}
	}
	h.rest.begin = h.rest.begin[2:]
	return newStream(h.rest, h.offset+2, datFormat, sensor, &asEvents{placer: d}), nil
}

// newDATWriter returns a writer of DAT version 2.
func newDATWriter(w io.Writer, sensor Size) (Writer, error) {
	if err := cannotHold(datFormat, sensor, Size{1 << 14, 1 << 14}); err != nil {
		return nil, err
	}
	header := fmt.Sprintf("%% Data file containing CD events.\n%% Version 2\n%% Height "+
		"%d\n%% Width %d\n\x0c\x08", sensor.Height, sensor.Width)
	last := Micros(0)
	return newWordWriter(w, header, func(b []byte, e Event) ([]byte, error) {
		if e.T < 0 || e.T-last >= 1<<31 {
			return b, farTime(datFormat, e.T,
				"0 or more and less than 2^31 us after the one before")
		}
		last = e.T
		b = binary.LittleEndian.AppendUint32(b, uint32(e.T))
		return binary.LittleEndian.AppendUint32(b, uint32(e.X)|uint32(e.Y)<<14|bit(e.On)<<28), nil
	})
}

// bit is 1 for true.
func bit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
