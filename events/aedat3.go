package events

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"sync/atomic"
)

// AEDAT 3.1 (docs.inivation.com, "AEDAT 3.1"; libcaer) has lines that begin with "#" up to
// "#!END-HEADER", then packets, all little-endian. The header of a packet is
//
//	type i16, source i16, size i32, offset of the time i32, overflows of the clock i32,
//	capacity i32, number i32, valid i32
//
// where size is the bytes of one event and number is the number of events. A polarity event
// (type 1) is
//
//	| x 15 | y 15 | on 1 | valid 1 |, t i32    and 2^31 us for each overflow
//
// Over a network (libcaer, network.h) a header of 20 bytes replaces the lines:
//
//	magic number i64, sequence number i64, version i8, format i8, source i16
//
// with version 1 and format 0 (RAW). Over TCP this header comes once, with sequence number 0; over
// UDP it begins each datagram (see package stream).
//
// The reader skips packets of other types by their length, and leaves out events that are not
// valid. AEDAT 3.0 has its origin in the lower left corner and no line "#!END-HEADER".
type aedat3 struct {
	left      int      // polarity events not read yet of the packet being read
	skip      int64    // bytes not skipped yet of a packet of another type
	valid     uint64   // 1 where all events count as valid (see Kept)
	overflows Micros   // us added to the times of the packet being read
	flip      *flipped // set where y counts from the lower edge
	last      Micros
	anyOrder  bool
	skipped   *atomic.Int64 // counts events that flip has no line for; nil: they are an error
}

const aedat3Header = 28

func newAEDAT3(o Options) *aedat3 {
	d := &aedat3{anyOrder: o.anyOrder(), skipped: o.skips()}
	if o.Invalid == Kept {
		d.valid = 1
	}
	return d
}

func (d *aedat3) whole(rest []byte) string {
	if d.left > 0 {
		return "8 bytes of an event"
	}
	return "28 bytes of a packet's header"
}

func (d *aedat3) missing() string {
	switch {
	case d.left > 0:
		return fmt.Sprintf("%d more events of a packet", d.left)
	case d.skip > 0:
		return fmt.Sprintf("%d more bytes of a packet", d.skip)
	}
	return ""
}

func (d *aedat3) places(b []byte, g *Grid, p *Places) (used int, err error) {
	line := &g.Line
	if d.flip != nil {
		line = d.flip.of(line)
	}
	for p.N < p.room {
		switch {
		case d.skip > 0:
			k := min(d.skip, int64(len(b)-used))
			used += int(k)
			if d.skip -= k; d.skip > 0 {
				return used, nil
			}
		case d.left == 0:
			if len(b)-used < aedat3Header {
				return used, nil
			}
			if err := d.packet(b[used:]); err != nil {
				err.Offset += int64(used)
				return used, err
			}
			used += aedat3Header
		default:
			used += d.plain(b[used:], &g.Column, line, p)
			if d.left == 0 || p.N == p.room {
				continue
			}
			if len(b)-used < 8 {
				return used, nil
			}
			w := binary.LittleEndian.Uint64(b[used:])
			t, y := d.overflows+Micros(int32(w>>32)), int(w>>2&0x7fff)
			switch {
			case (w|d.valid)&1 == 0:
				d.left--
				used += 8
			case t < d.last && d.anyOrder:
				d.last = t
			case t < d.last:
				return used, runsBack(used, d.last, t)
			case d.flip != nil && y >= d.flip.height && d.skipped != nil:
				d.skipped.Add(1)
				d.left--
				used += 8
			case d.flip != nil && y >= d.flip.height:
				return used, &FormatError{Offset: int64(used),
					Want: fmt.Sprintf("y below %d", d.flip.height), Got: fmt.Sprint(y)}
			default:
				return used, errNoPlace
			}
		}
	}
	return used, nil
}

// plain decodes events of a packet up to one that needs a closer look.
func (d *aedat3) plain(b []byte, column, line *[1 << 16]int32, p *Places) (used int) {
	words := as[[8]byte](b)
	n := min(len(words), d.left, p.room-p.N)
	words, at, times := words[:n], p.At[p.N:][:n], p.T[p.N:][:n]
	overflows, last, valid := d.overflows, d.last, d.valid
	for i := range words {
		w := binary.LittleEndian.Uint64(words[i][:])
		t := overflows + Micros(int32(w>>32))
		place := column[w>>17&0x7fff] + line[w>>2&0x7fff]
		if (w|valid)&1 == 0 || t < last || place < 0 {
			n = i
			break
		}
		last = t
		times[i] = t
		at[i] = uint32(place) + uint32(w>>1)&1
	}
	d.last = last
	d.left -= n
	p.N += n
	return n * 8
}

// flipped looks up a Grid's lines by a y that counts from the lower edge.
type flipped struct {
	height int
	line   [1 << 16]int32
}

func newFlipped(height int) *flipped {
	f := &flipped{height: height}
	for y := range f.line {
		f.line[y] = math.MinInt32 / 2
	}
	return f
}

func (f *flipped) of(line *[1 << 16]int32) *[1 << 16]int32 {
	for y := range f.height {
		f.line[y] = line[f.height-1-y]
	}
	return &f.line
}

// packet reads the header of a packet.
func (d *aedat3) packet(b []byte) *FormatError {
	field := func(i int) int32 { return int32(binary.LittleEndian.Uint32(b[4+4*i:])) }
	kind := int16(binary.LittleEndian.Uint16(b))
	size, overflows, number := field(0), field(2), field(4)
	switch {
	case kind < 0:
		return &FormatError{Offset: 0, Want: "a type of events of at least 0",
			Got: fmt.Sprint(kind)}
	case size < 1 || kind == 1 && size != 8:
		return &FormatError{Offset: 4, Want: "an event size of 8 bytes", Got: fmt.Sprint(size)}
	case overflows < 0:
		return &FormatError{Offset: 12, Want: "a number of overflows of at least 0",
			Got: fmt.Sprint(overflows)}
	case number < 0:
		return &FormatError{Offset: 20, Want: "a number of events of at least 0",
			Got: fmt.Sprint(number)}
	}
	d.overflows = Micros(overflows) << 31
	if kind == 1 {
		d.left = int(number)
	} else {
		d.skip = int64(number) * int64(size)
	}
	return nil
}

// seek goes from packet to packet, up to the last one whose first event is before from.
func (d *aedat3) seek(rest *io.SectionReader, from Micros) (skip int64) {
	if d.left > 0 || d.skip > 0 {
		return 0
	}
	var b [aedat3Header + 8]byte
	last := d.last
	for at := int64(0); ; {
		var p aedat3
		if _, err := rest.ReadAt(b[:], at); err != nil || p.packet(b[:]) != nil {
			return skip
		}
		if w := binary.LittleEndian.Uint64(b[aedat3Header:]); p.left > 0 && (w|d.valid)&1 != 0 {
			t := p.overflows + Micros(int32(w>>32))
			switch {
			case t < last:
				return 0
			case t >= from:
				return skip
			}
			last, skip = t, at
		}
		at += aedat3Header + 8*int64(p.left) + p.skip
	}
}

// aedat3Magic is how a network stream begins: 0x1D378BC90B9A6658.
const (
	aedat3Magic         = "\x58\x66\x9a\x0b\xc9\x8b\x37\x1d"
	aedat3NetworkHeader = 20
)

// openAEDAT3Stream reads a stream that comes over TCP.
func openAEDAT3Stream(s source, o Options) (Reader, error) {
	const name = "AEDAT 3.1"
	b := s.begin
	if len(b) < aedat3NetworkHeader {
		return nil, &FormatError{name, 0, "20 bytes of a network header",
			fmt.Sprintf("%d at the end of the file", len(b))}
	}
	switch sequence := int64(binary.LittleEndian.Uint64(b[8:])); {
	case sequence != 0:
		return nil, &FormatError{name, 8, "the sequence number 0 of a stream", fmt.Sprint(sequence)}
	case b[16] != 1:
		return nil, &FormatError{name, 16, "version 1 of network streams", fmt.Sprint(b[16])}
	case b[17] != 0:
		return nil, &FormatError{name, 17, "format 0 (RAW)", fmt.Sprint(b[17])}
	}
	s.begin = b[aedat3NetworkHeader:]
	return newStream(s, aedat3NetworkHeader, name, Size{}, &asEvents{placer: newAEDAT3(o)}), nil
}

// sourceSize matches the size in the line of a source that is no camera (cAER, input_common.c):
// "#Source 1: File,dvsSizeX=240,dvsSizeY=180,...".
var sourceSize = regexp.MustCompile(`dvssizex=([0-9]+),dvssizey=([0-9]+)`)

// openAEDAT3 reads AEDAT 3.0 and 3.1. A line like "#Source 1: DVS128", which names one of chips,
// gives the size of the sensor. For other sizes newAEDAT3Writer writes "#Source 1: 640x480".
func openAEDAT3(s source, o Options) (Reader, error) {
	h, err := readLines(s, "AEDAT 3", func(lines []string, b []byte) bool {
		return (len(lines) == 0 || lines[len(lines)-1] != "#!END-HEADER") && beginsLine(b)
	})
	if err != nil {
		return nil, err
	}
	var sensor Size
	for _, line := range h.lines {
		if kind, ok := strings.CutPrefix(line, "#Format: "); ok &&
			strings.Contains(kind, "SerializedTS") {

			return nil, &FormatError{"AEDAT 3", 0, "#Format: RAW, without packed times", kind}
		}
		if source := strings.ToLower(line); strings.HasPrefix(source, "#source") {
			for _, c := range chips {
				if strings.Contains(source, c.name) {
					sensor = c.sensor
				}
			}
			if _, name, _ := strings.Cut(source, ": "); sensor == (Size{}) {
				sensor, _ = sizeOf(name)
			}
			if m := sourceSize.FindStringSubmatch(source); m != nil {
				sensor, _ = sizeOf(m[1] + "x" + m[2])
			}
		}
	}
	d := newAEDAT3(o)
	format := "AEDAT 3.1"
	if !strings.HasPrefix(h.lines[0], "#!AER-DAT3.1") {
		format = "AEDAT 3.0"
		switch {
		case o.Orientation == Stored:
		case sensor == (Size{}):
			return nil, &FormatError{format, 0,
				"a source whose height is known, as y counts from below", "none"}
		default:
			d.flip = newFlipped(sensor.Height)
		}
	}
	return newStream(h.rest, h.offset, format, sensor, &asEvents{placer: d}), nil
}
