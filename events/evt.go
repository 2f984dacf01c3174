package events

import (
	"bytes"
	"fmt"
	"io"
	"math/bits"
	"strings"
)

// Prophesee RAW (docs.prophesee.ai, "RAW File Format"; the decoders of
// github.com/prophesee-ai/openeb): lines "% key value" up to the first that begins otherwise, or up
// to "% end", then words of EVT 2.0, 2.1, 3.0 or 4.0.

// rawSizes are sensors by the system_ID of headers that have no geometry (openeb,
// psee_raw_file_header.cpp).
var rawSizes = map[string]Size{
	"21": {640, 480},
	"48": {1280, 720}, "49": {1280, 720},
}

// isProphesee says whether a file has the header of a RAW or DAT file. "% " alone might be a 40-bit
// event at x 37, y 32; a letter as its third byte would put it later than two seconds. MATLAB's
// comments begin so too: what follows them is text.
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

// openRAW reads what follows the lines of the header.
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
	swapped := true // EVT 2.1 of sensors that say nothing: the high half first
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

// rawDecoder is the decoder of words, or nil, and what they are called.
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

// openWords opens words without a header, of which nothing says how large the sensor is.
func openWords(format string) func(s source, o Options) (Reader, error) {
	return func(s source, o Options) (Reader, error) {
		name, d := rawDecoder(format, Size{}, true, o)
		return newStream(s, 0, name, Size{}, d), nil
	}
}

// clock puts together the upper part of times, of 28 bits in 64 us, with how often it has begun
// anew.
type clock struct {
	high Micros // with the loops
	// an upper part; events before the first have no time and are dropped, as by openeb
	seen     bool
	shift    bool // the first upper part is subtracted from all times
	anyOrder bool
	base     Micros // what is subtracted
	last     Micros // time of the last event
}

// clockWrap is where the upper part begins anew, after 4.8 hours.
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

// upper finds an upper part of the time in words, told by the word and the one before it.
type upper func(before, word []byte) (high Micros, ok bool)

// find finds the first in b, but not in its first word.
func (u upper) find(b []byte, size int) (at int, high Micros, ok bool) {
	for at = size; len(b)-at >= size; at += size {
		if high, ok = u(b[at-size:at], b[at:at+size]); ok {
			return at, high, true
		}
	}
	return 0, 0, false
}

// seek is seek for words of this size: decoding can begin where there is an upper part of the time.
func (c *clock) seek(rest *io.SectionReader, size int, from Micros, u upper) (skip int64) {
	if c.seen {
		return 0 // it may have begun anew
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

// pixels writes an event for each bit of a mask, so far to the right of e, and says how many.
func pixels(buf []Event, e Event, mask uint32) (n int) {
	x := e.X
	for ; mask != 0; mask &= mask - 1 {
		e.X = x + uint16(bits.TrailingZeros32(mask))
		buf[n] = e
		n++
	}
	return n
}

// unknown is the error for a word of a type that the format does not have.
func unknown(at int, kind uint32) error {
	return &FormatError{Offset: int64(at), Want: "a word of a known type",
		Got: fmt.Sprintf("type %#x", kind)}
}
