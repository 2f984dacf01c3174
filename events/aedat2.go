package events

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
)

// AEDAT 1.0 and 2.0 (docs.inivation.com, "AEDAT 2.0") are lines that begin with "#", then events of
// big-endian words: an address of 32 bits (AEDAT 1: 16 bits) and a time of 32 bits in us, which
// runs over every 2^32 us:
//
//	DVS128: | external 1 | y 7 | x 7 | off 1 |                     the lowest 16 bits
//	DAVIS:  | APS or IMU 1 | y 9 | x 10 | on 1 | external 1 | 10 |  of any DAVIS
//
// Where the specification and the programs that write these files differ, this reader follows the
// programs: jAER (chip/retina/DVS128.java, eu/seebetter/ini/chips/davis) and CIFAR10-DVS's own
// dat2mat.m. Both count x from the right, and a DVS128's lowest bit is 0 where the pixel became
// brighter. The origin of y is the lower edge. The reader passes over external events, samples of
// frames and samples of the IMU.
//
// Some programs write no name of a chip: v2e (v2ecore/output/aedat2_output.py) and jAER's MATLAB
// scripts. The addresses of a DVS128 have 16 bits, so a larger address belongs to a DAVIS.
type aedat2 struct {
	size        int // bytes of an event
	sensor      Size
	davis       bool
	named       bool // the header or an option says which chip wrote the file
	orientation Orientation
	clock       clock32
	anyOrder    bool
	skipped     *atomic.Int64 // counts events outside of the sensor; nil: they are an error
}

// clock32 turns 32-bit words in us, which wrap around, into times. The first word is taken as
// signed, as jAER writes it. Each later time is within 2^31 us of the time before.
type clock32 struct {
	begun bool
	word  uint32
	time  Micros // the time of word
}

// after is the time that word stands for where it comes next.
func (c *clock32) after(word uint32) Micros {
	if !c.begun {
		return Micros(int32(word))
	}
	return c.time + Micros(int32(word-c.word))
}

// set makes word, whose time is t, the last word read.
func (c *clock32) set(word uint32, t Micros) { *c = clock32{true, word, t} }

func (d *aedat2) whole([]byte) string { return fmt.Sprintf("%d bytes of an event", d.size) }

// word splits the event at the beginning of b into its address and the word of its time.
func (d *aedat2) word(b []byte) (address, time uint32) {
	address = uint32(binary.BigEndian.Uint16(b))
	if d.size == 8 {
		address = binary.BigEndian.Uint32(b)
	}
	return address, binary.BigEndian.Uint32(b[d.size-4:])
}

// other says whether an address belongs to a record that is no event of a pixel: an external
// event, or a sample of a frame or of the IMU.
func (d *aedat2) other(address uint32) bool {
	if d.davis {
		return address&(1<<31|1<<10) != 0
	}
	return address>>15&1 != 0
}

// provesDAVIS says whether an address cannot come from a DVS128, whose addresses have 16 bits. jAER
// extends the sign of the DVS128's external events, so their upper bits are all 1.
func provesDAVIS(address uint32) bool {
	return address>>16 != 0 && address>>15 != 1<<17-1
}

// seek bisects by times counted from the first event, which grow only in recordings of up to
// 2^32 us. Times of longer recordings seem out of order, and such a recording is read through.
func (d *aedat2) seek(rest *io.SectionReader, from Micros) int64 {
	base := d.clock
	skip := bisectWords(rest, int64(d.size), from, func(b []byte) (at int, latest Micros, ok bool) {
		for ; len(b)-at >= d.size; at += d.size {
			a, word := d.word(b[at:])
			if d.other(a) {
				continue
			}
			if !base.begun { // bisectWords probes the beginning first
				base.set(word, base.after(word))
			}
			return at, base.time + Micros(word-base.word), true
		}
		return 0, 0, false
	})
	if skip == 0 {
		return 0
	}
	b := make([]byte, d.size)
	if _, err := rest.ReadAt(b, skip); err != nil {
		return 0
	}
	_, word := d.word(b)
	d.clock.set(word, base.time+Micros(word-base.word))
	return skip
}

func (d *aedat2) decode(b []byte, buf []Event) (used, n int, err error) {
	for ; len(b)-used >= d.size && n < len(buf); used += d.size {
		a, word := d.word(b[used:])
		if d.other(a) {
			continue
		}
		if !d.davis && provesDAVIS(a) {
			return used, n, d.noDVS128(used, a)
		}
		t := d.clock.after(word)
		if d.clock.begun && t < d.clock.time && !d.anyOrder {
			return used, n, runsBack(used, d.clock.time, t)
		}
		e := Event{T: t, X: uint16(a >> 1 & 0x7f), Y: uint16(a >> 8 & 0x7f), On: a&1 == 0}
		if d.davis {
			e = Event{T: t, X: uint16(a >> 12 & 0x3ff), Y: uint16(a >> 22 & 0x1ff),
				On: a>>11&1 != 0}
		}
		if int(e.X) >= d.sensor.Width || int(e.Y) >= d.sensor.Height {
			if d.skipped == nil {
				return used, n, outside(used, d.sensor, int(e.X), int(e.Y))
			}
			d.skipped.Add(1)
			continue
		}
		d.clock.set(word, t)
		switch width, height := uint16(d.sensor.Width), uint16(d.sensor.Height); d.orientation {
		case Upright:
			e.X, e.Y = width-1-e.X, height-1-e.Y
		case SpikingJelly:
			e.X, e.Y = height-1-e.Y, width-1-e.X
		}
		buf[n] = e
		n++
	}
	return used, n, nil
}

// noDVS128 is the error for an address that a DVS128 cannot have, in a file read as a DVS128's.
func (d *aedat2) noDVS128(at int, address uint32) *FormatError {
	want := "an address of a DVS128, 16 bits"
	if !d.named {
		want += " (the header names no chip; --sensor 346x260 reads a DAVIS346)"
	}
	return &FormatError{Offset: int64(at), Want: want, Got: fmt.Sprintf("%#x", address)}
}

// chips are the sensors, by a part of the line "# AEChip: ..." of jAER or "#Source 1: ..." of
// AEDAT 3, in lower case. Where several names are part of the line, the last of them in this list
// counts. The sizes come from jAER's chip classes and from cAER (input_common.c,
// parseSourceString). Only a quarter of the pixels of a DAVIS640H, also called DAVISHet640, make
// events.
var chips = []struct {
	name   string
	source string // the name that an AEDAT 3 file gives it
	sensor Size
	davis  bool
}{
	{"dvs128", "DVS128", Size{128, 128}, false},
	{"davis346", "DAVIS346", Size{346, 260}, true},
	{"davis240", "DAVIS240C", Size{240, 180}, true},
	{"davis128", "DAVIS128", Size{128, 128}, true},
	{"davis208", "DAVIS208", Size{208, 192}, true},
	{"davis640", "DAVIS640", Size{640, 480}, true},
	{"davis640h", "DAVIS640H", Size{320, 240}, true},
	{"davishet640", "DAVIS640H", Size{320, 240}, true},
}

// openAEDAT2 reads AEDAT 1 and 2.
func openAEDAT2(s source, o Options) (Reader, error) {
	h, err := readLines(s, "AEDAT", func(_ []string, b []byte) bool { return beginsLine(b) })
	if err != nil {
		return nil, err
	}
	d := &aedat2{size: 8, orientation: o.Orientation, anyOrder: o.anyOrder(), skipped: o.skips()}
	format := "AEDAT 2.0"
	if !strings.HasPrefix(h.lines[0], "#!AER-DAT2") {
		d.size, format = 6, "AEDAT 1.0"
	}
	var wrong *FormatError
	if chip := h.value("AEChip:"); chip != "" {
		wrong = d.chip(chip)
	} else {
		wrong = d.unnamed(h, o.Sensor)
	}
	if wrong != nil {
		wrong.Format = format
		return nil, wrong
	}
	if d.davis && o.Orientation == SpikingJelly {
		return nil, fmt.Errorf("orientation spikingjelly is for the DVS128 of CIFAR10-DVS, not "+
			"for %v pixels", d.sensor)
	}
	return newStream(h.rest, h.offset, format, d.sensor, d), nil
}

// chip takes the sensor that the header names.
func (d *aedat2) chip(name string) *FormatError {
	for _, c := range chips {
		if strings.Contains(strings.ToLower(name), c.name) {
			d.sensor, d.davis, d.named = c.sensor, c.davis, true
		}
	}
	if !d.named {
		return &FormatError{Want: "an AEChip DVS128, or DAVIS128, 208, 240, 346 or 640",
			Got: name}
	}
	return nil
}

// unnamed finds out the sensor of a file whose header names none: the given size, or else a sensor
// that fits the addresses. Programs write two sizes of DAVIS without a name, 346x260 and 240x180;
// an event outside of the smaller size shows the larger one.
func (d *aedat2) unnamed(h header, given Size) *FormatError {
	dvs, large, small := chips[0].sensor, chips[1].sensor, chips[2].sensor
	isDAVIS, isLarge := d.look(h, small)
	switch {
	case given != (Size{}) && (isDAVIS || given != dvs):
		d.sensor, d.davis, d.named = given, true, true
	case !isDAVIS:
		d.sensor, d.named = dvs, given == dvs
	case isLarge:
		d.sensor, d.davis = large, true
	default:
		return &FormatError{
			Offset: h.offset,
			Want: fmt.Sprintf("the size of a DAVIS, which the header does not name "+
				"(--sensor %v or --sensor %v)", large, small),
			Got: "addresses that both sizes have",
		}
	}
	return nil
}

// mostLook is how many bytes of events look reads to find out the chip of a file that names none.
const mostLook = 128 << 10

// look says whether any address proves a DAVIS, and whether any event of a DAVIS would lie outside
// of the given sensor.
func (d *aedat2) look(h header, sensor Size) (isDAVIS, outside bool) {
	if d.size != 8 {
		return false, false
	}
	r := io.Reader(bytes.NewReader(h.rest.begin))
	if h.rest.at != nil {
		r = io.NewSectionReader(h.rest.at, h.offset, mostLook)
	}
	b := make([]byte, bufferSize)
	for {
		n, err := io.ReadFull(r, b)
		for at := 0; at+d.size <= n; at += d.size {
			a, _ := d.word(b[at:])
			isDAVIS = isDAVIS || provesDAVIS(a)
			event := a&(1<<31|1<<10) == 0
			if event && (int(a>>12&0x3ff) >= sensor.Width || int(a>>22) >= sensor.Height) {
				return isDAVIS, true
			}
		}
		if err != nil {
			return isDAVIS, false
		}
	}
}

// beginsLine says whether b, which begins where a line would, is one more line of an AEDAT header:
// "#", then printable text up to the end of the line. An event may begin with "#" too, but its
// other seven bytes would be text only if its time were later than nine minutes.
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
