package events

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// AEDAT 1.0 and 2.0 (docs.inivation.com, "AEDAT 2.0"): lines that begin with "#", then events of big-endian words, an address of 32 bits (AEDAT 1: 16)
// and a time of 32 bits in us:
//
//	DVS128: | external 1 | y 7 | x 7 | on 1 |                  in the lowest 16 bits
//	DAVIS:  | other 1 | y 9 | x 10 | on 1 | 11 |             of 346x260 or 240x180 pixels
//
// The origin is the lower left corner, and jAER counts the x of a DAVIS from the right. External events and those of a DAVIS that are samples of its frames or its
// IMU are no events here.
type aedat2 struct {
	size        int // bytes of an event
	sensor      Size
	davis       bool
	orientation Orientation
	last        Micros
}

func (d *aedat2) whole([]byte) string { return fmt.Sprintf("%d bytes of an event", d.size) }

// word is the address and the time of an event.
func (d *aedat2) word(b []byte) (address uint32, t Micros) {
	address = uint32(binary.BigEndian.Uint16(b))
	if d.size == 8 {
		address = binary.BigEndian.Uint32(b)
	}
	return address, Micros(int32(binary.BigEndian.Uint32(b[d.size-4:])))
}

// other says whether an address is that of no event of the sensor's.
func (d *aedat2) other(address uint32) bool {
	if d.davis {
		return address>>31 != 0
	}
	return address>>15&1 != 0
}

func (d *aedat2) seek(rest *io.SectionReader, from Micros) int64 {
	return bisectWords(rest, int64(d.size), from, func(b []byte) (at int, latest Micros, ok bool) {
		for ; len(b)-at >= d.size; at += d.size {
			if a, t := d.word(b[at:]); !d.other(a) {
				return at, t, true
			}
		}
		return 0, 0, false
	})
}

func (d *aedat2) decode(b []byte, buf []Event) (used, n int, err error) {
	for ; len(b)-used >= d.size && n < len(buf); used += d.size {
		a, t := d.word(b[used:])
		var e Event
		switch {
		case d.other(a):
			continue
		case d.davis:
			e = Event{T: t, X: uint16(a >> 12 & 0x3ff), Y: uint16(a >> 22 & 0x1ff), On: a>>11&1 != 0}
		default:
			e = Event{T: t, X: uint16(a >> 1 & 0x7f), Y: uint16(a >> 8 & 0x7f), On: a&1 != 0}
		}
		if t < d.last {
			return used, n, runsBack(used, d.last, t)
		}
		if int(e.X) >= d.sensor.Width || int(e.Y) >= d.sensor.Height {
			return used, n, &FormatError{Offset: int64(used), Want: fmt.Sprintf("an event inside %v pixels", d.sensor), Got: fmt.Sprintf("x %d, y %d", e.X, e.Y)}
		}
		d.last = t
		switch width, height := uint16(d.sensor.Width), uint16(d.sensor.Height); d.orientation {
		case Upright:
			e.Y = height - 1 - e.Y
			if d.davis {
				e.X = width - 1 - e.X
			}
		case SpikingJelly:
			e.X, e.Y, e.On = height-1-e.Y, width-1-e.X, !e.On
		}
		buf[n] = e
		n++
	}
	return used, n, nil
}

// chips are the sensors by what a line "# AEChip: ..." of jAER ends with.
var chips = []struct {
	name   string
	source string // in AEDAT 3
	sensor Size
	davis  bool
}{
	{"dvs128", "DVS128", Size{128, 128}, false},
	{"davis346", "DAVIS346", Size{346, 260}, true},
	{"davis240", "DAVIS240C", Size{240, 180}, true},
}

// openAEDAT2 reads AEDAT 1 and 2. Without the name of a chip the sensor is a DVS128, as in CIFAR10-DVS.
func openAEDAT2(s source, o Options) (Reader, error) {
	h, err := readLines(s, "AEDAT", func(_ []string, b []byte) bool { return beginsLine(b) })
	if err != nil {
		return nil, err
	}
	d := &aedat2{size: 8, sensor: chips[0].sensor, orientation: o.Orientation}
	format := "AEDAT 2.0"
	if !strings.HasPrefix(h.lines[0], "#!AER-DAT2") {
		d.size, format = 6, "AEDAT 1.0"
	}
	if chip := strings.ToLower(h.value("AEChip:")); chip != "" {
		known := false
		for _, c := range chips {
			if strings.Contains(chip, c.name) {
				d.sensor, d.davis, known = c.sensor, c.davis, true
			}
		}
		if !known {
			return nil, &FormatError{format, 0, "an AEChip DVS128, DAVIS240 or DAVIS346", h.value("AEChip:")}
		}
	}
	if d.davis && o.Orientation == SpikingJelly {
		return nil, fmt.Errorf("orientation spikingjelly is for the DVS128 of CIFAR10-DVS, not for %v pixels", d.sensor)
	}
	return newStream(h.rest, h.offset, format, d.sensor, d), nil
}

// beginsLine says whether b, at the beginning of a line, is one more line of an AEDAT header: "#" and printable text up to its
// end. An event may begin with "#" too, but the seven bytes that follow it are no text: its time would be beyond nine minutes.
func beginsLine(b []byte) bool {
	if len(b) == 0 || b[0] != '#' {
		return false
	}
	for _, c := range b[1:min(len(b), 8)] {
		if c == '\n' || c == '\r' {
			return true
		}
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
