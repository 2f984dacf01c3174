package events

import (
	"bytes"
	"fmt"
	"io"
	"math/bits"
	"strings"
)

// Prophesee RAW (docs.prophesee.ai, "RAW File Format"; the decoders of
// github.com/prophesee-ai/openeb) is lines "% key value" up to the first line that begins otherwise
// or to the line "% end", then words of EVT 2.0, 2.1, 3.0 or 4.0.

// rawSizes are the sizes of sensors by the system_ID of headers that give no geometry (openeb,
// psee_raw_file_header.cpp).
var rawSizes = map[string]Size{
	"21": {640, 480},
	"48": {1280, 720}, "49": {1280, 720},
}

// isProphesee says whether a file begins with the header of a RAW or DAT file. "% " alone might be
// a 40-bit event at x 37, y 32, but a third byte that is a letter would be a time later than two
// seconds. Comments of MATLAB begin with "% " too, but a table of text follows them.
func isProphesee(b []byte) bool {
	isTable, _ := looksLikeTable(b)
	return bytes.HasPrefix(b, []byte("% ")) && len(b) > 2 && b[2] > ' ' && b[2] <= '~' && !isTable
}

// openProphesee reads a RAW or DAT file.
func openProphesee(s source, o Options) (Reader, error) {
	h, err := readLines(s, "Prophesee RAW or DAT", func(lines []string, b []byte) bool {
		if len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "% end" {
			return false
		}
		return bytes.HasPrefix(b, []byte("% ")) || bytes.HasPrefix(b, []byte("%\n"))
	})
	if err != nil {
		return nil, err
	}
	raw := h.has("evt") || h.has("format") || h.has("system_ID") || o.Format.isWords()
	switch {
	case raw && o.Format == "dat", !raw && o.Format == "raw":
		return nil, fmt.Errorf("format %s, want one that fits the header, which is that of a "+
			"Prophesee RAW file (raw) if it has a line of evt, format or system_ID, else of DAT "+
			"(dat)", o.Format)
	case raw:
		return openRAW(h, o)
	}
	return openDAT(h, o)
}

// openRAW reads a RAW file behind the lines of its header.
func openRAW(h header, o Options) (Reader, error) {
	format, sensor := "", rawSizes[h.value("system_ID")]
	fields := strings.Split(h.value("format"), ";")
	switch {
	case fields[0] != "":
		format = strings.ToUpper(fields[0])
	case h.has("evt"):
		format = map[string]string{"2.0": "EVT2", "2.1": "EVT21", "3.0": "EVT3",
			"4.0": "EVT4"}[h.value("evt")]
	}
	if said := strings.ToUpper(string(o.Format)); o.Format.isWords() && format != said {
		if format != "" {
			return nil, fmt.Errorf("format %s, want that of the header, %s", o.Format, format)
		}
		format = said
	}
	swapped := true // without endianness in the header, EVT 2.1 has the high half of words first
	values := map[string]string{}
	for _, f := range fields[1:] {
		key, value, _ := strings.Cut(f, "=")
		values[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	if values["width"] != "" {
		size, err := sizeOf(values["width"] + "x" + values["height"])
		if err != nil {
			return nil, &FormatError{"Prophesee RAW", 0, "a width and a height in the header",
				err.Error()}
		}
		sensor = size
	}
	if g := h.value("geometry"); g != "" {
		size, err := sizeOf(g)
		if err != nil {
			return nil, &FormatError{"Prophesee RAW", 0, "a geometry like 1280x720 in the header",
				err.Error()}
		}
		sensor = size
	}
	for _, e := range []string{values["endianness"], h.value("endianness")} {
		switch e {
		case "little":
			swapped = false
		case "", "legacy":
		case "big":
			return nil, &FormatError{"Prophesee RAW", 0, "little-endian words",
				"endianness big in the header"}
		}
	}
	name, d := rawDecoder(format, sensor, swapped, o)
	if d == nil {
		return nil, &FormatError{"Prophesee RAW", 0, "a header that names EVT 2.0, 2.1, 3.0 or " +
			"4.0 (--format evt2, evt21, evt3 or evt4 says it)",
			fmt.Sprintf("format %q, evt %q", h.value("format"), h.value("evt"))}
	}
	return newStream(h.rest, h.offset, name, sensor, d), nil
}

// rawDecoder returns the decoder of a format of words and the format's full name, or nil.
func rawDecoder(format string, sensor Size, swapped bool, o Options) (name string, d decoder) {
	c := clock{shift: o.TimeShift, anyOrder: o.anyOrder()}
	switch format {
	case "EVT2":
		return "EVT 2.0", &asEvents{placer: &evt2{clock: c}}
	case "EVT21":
		return "EVT 2.1", &evt21{clock: c, swapped: swapped}
	case "EVT3":
		height := sensor.Height
		if height == 0 {
			height = 1 << 11
		}
		return "EVT 3.0", &asEvents{placer: &evt3{height: height, shift: o.TimeShift,
			anyOrder: o.anyOrder(), skipped: o.skips()}}
	case "EVT4":
		return "EVT 4.0", &evt4{clock: c}
	}
	return "", nil
}

// openWords opens a file of words without a header. The size of the sensor is unknown.
func openWords(format string) func(s source, o Options) (Reader, error) {
	return func(s source, o Options) (Reader, error) {
		name, d := rawDecoder(format, Size{}, true, o)
		return newStream(s, 0, name, Size{}, d), nil
	}
}

// clock puts together times of an upper part, which has 28 bits and counts 64 us, and the number of
// times that the upper part has wrapped.
type clock struct {
	high Micros // the upper part in us, with its wraps
	// seen says that an upper part has come. Events before the first have no time and are dropped,
	// as openeb does.
	seen     bool
	shift    bool // the first upper part is subtracted from all times
	anyOrder bool
	base     Micros // us that are subtracted from all times
	last     Micros // time of the last event
}

// clockWrap is the time after which the upper part wraps, 4.8 hours.
const clockWrap Micros = 1 << 34

// set takes a new upper part, in us.
func (c *clock) set(high Micros) {
	if !c.seen && c.shift {
		c.base = high
	}
	if c.seen {
		loops := c.high / clockWrap
		if high+loops*clockWrap+clockWrap/2 < c.high {
			loops++
		}
		high += loops * clockWrap
	}
	c.high, c.seen = high, true
}

// upper reads the upper part of the time, in us, from a word. It is false for a word of another
// type, for which it may have to look at the word before.
type upper func(before, word []byte) (high Micros, ok bool)

// find finds the first word of b that is an upper part. It leaves out b's very first word, whose
// word before is unknown.
func (u upper) find(b []byte, size int) (at int, high Micros, ok bool) {
	for at = size; len(b)-at >= size; at += size {
		if high, ok = u(b[at-size:at], b[at:at+size]); ok {
			return at, high, true
		}
	}
	return 0, 0, false
}

// seek bisects for the last upper part of the time before from, at which decoding can begin, and
// returns how many bytes to skip. Words have size bytes.
func (c *clock) seek(rest *io.SectionReader, size int, from Micros, u upper) (skip int64) {
	if c.seen {
		return 0 // the clock may have wrapped
	}
	var base Micros
	if c.shift {
		b := make([]byte, size+mostProbe) // begins with a word of zeros
		n, _ := rest.ReadAt(b[size:], 0)
		var ok bool
		if _, base, ok = u.find(b[:size+n], size); !ok {
			return 0
		}
	}
	skip = bisectWords(rest, int64(size), from, func(b []byte) (int, Micros, bool) {
		at, high, ok := u.find(b, size)
		return at, high - base + 63, ok
	})
	if skip > 0 {
		c.base, c.seen = base, true
	}
	return skip
}

// pixels writes an event for each bit of a mask and returns their number. Bit i stands for the
// pixel i to the right of e.
func pixels(buf []Event, e Event, mask uint32) (n int) {
	x := e.X
	for ; mask != 0; mask &= mask - 1 {
		e.X = x + uint16(bits.TrailingZeros32(mask))
		buf[n] = e
		n++
	}
	return n
}

// unknown is the error for a word whose type the format does not have, at byte at.
func unknown(at int, kind uint32) error {
	return &FormatError{Offset: int64(at), Want: "a word of a known type",
		Got: fmt.Sprintf("type %#x", kind)}
}
