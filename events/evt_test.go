package events

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// words are a RAW file of little-endian words.
func words[T uint16 | uint32 | uint64](header string, all ...T) []byte {
	b := []byte(header)
	for _, w := range all {
		b, _ = binary.Append(b, binary.LittleEndian, w)
	}
	return b
}

func evt21File(endianness string, all ...uint64) []byte {
	if endianness == "little" {
		return words("% format EVT21;height=480;width=640;endianness=little\n% end\n", all...)
	}
	swapped := make([]uint64, len(all))
	for i, w := range all {
		swapped[i] = w>>32 | w<<32
	}
	return words("% format EVT21;height=480;width=640\n% end\n", swapped...)
}

func TestEVT(t *testing.T) {
	const evt3 = "% evt 3.0\n% geometry 640x480\n"
	for _, c := range []struct {
		name string
		data []byte
		want []Event
	}{
		{"EVT 2.0: an event before the first time has none",
			words("% evt 2.0\n% geometry 640x480\n",
				uint32(0x1000_0000), 0x8000_0002, 0x1<<28|5<<22|7<<11|9, 0x0<<28|6<<22|8<<11|10,
				0xa0000000, 0xe0000000),
			[]Event{{128 + 5, 7, 9, true}, {128 + 6, 8, 10, false}}},
		{"EVT 2.0: the clock runs over", words("% evt 2.0\n",
			uint32(0x8fff_ffff), 0x1000_0000, 0x8000_0000, 0x1000_0000),
			[]Event{{1<<34 - 64, 0, 0, true}, {1 << 34, 0, 0, true}}},
		{"EVT 2.1, high half first", evt21File("", 8<<60|3<<32,
			1<<60|2<<54|100<<43|50<<32|0x8000_0003),
			[]Event{{194, 100, 50, true}, {194, 101, 50, true}, {194, 131, 50, true}}},
		{"EVT 2.1, little-endian", evt21File("little", 8<<60|3<<32, 0<<60|2<<54|100<<43|50<<32|1),
			[]Event{{194, 100, 50, false}}},
		{"EVT 4.0", words("% format EVT4;height=480;width=640\n% end\n",
			uint32(0xe000_0001), 0xa<<28|1<<22|3<<11|4, 0xb<<28|1<<22|3<<11|4,
			0xd<<28|2<<22|10<<11|20, 0x5, 0xf000_0000),
			[]Event{{65, 3, 4, false}, {65, 3, 4, true}, {66, 10, 20, true}, {66, 12, 20, true}}},
		{"EVT 3.0: single events and vectors, whose base moves on", words(evt3,
			uint16(0x8001), 0x6005, 0x0000|7, 0x2800|3, 0x3800|100, 0x4000|0x801, 0x4000,
			0x5000|0xf81, 0x2000|4),
			[]Event{{4096 + 5, 3, 7, true}, {4096 + 5, 100, 7, true}, {4096 + 5, 111, 7, true},
				{4096 + 5, 124, 7, true}, {4096 + 5, 131, 7, true}, {4096 + 5, 4, 7, false}}},
		{"EVT 3.0: a new upper part of the time sets the lower to 0, a fall of the lower alone " +
			"changes nothing else", words(evt3,
			uint16(0x8001), 0x6fff, 0, 0x2001, 0x8002, 0x2002, 0x6008, 0x6003, 0x2003),
			[]Event{{2*4096 - 1, 1, 0, false}, {2 * 4096, 2, 0, false}, {2*4096 + 3, 3, 0, false}}},
		{"EVT 3.0: the clock runs over", words(evt3, uint16(0x8fff), 0, 0x2001, 0x8000, 0x2002),
			[]Event{{0xfff << 12, 1, 0, false}, {1 << 24, 2, 0, false}}},
		{"EVT 3.0: rows outside of the sensor have no events",
			words(evt3, uint16(0x8001), 481, 0x2001, 479, 0x2002),
			[]Event{{4096, 2, 479, false}}},
		{"EVT 3.0: nothing before the first time", words(evt3, uint16(7), 0x2001, 0x8001, 0x2002),
			[]Event{{4096, 2, 7, false}}},
	} {
		got, err := readAll(c.data)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}

func TestTimeShift(t *testing.T) {
	for name, first := range map[string]Micros{"evt2_sample.raw": 0, "evt3_sample.raw": 0} {
		f, err := Open(recording(name), Options{TimeShift: true})
		if err != nil {
			t.Fatal(err)
		}
		all, err := ReadAll(f)
		f.Close()
		if err != nil || all[0].T < first || all[0].T >= first+4096 {
			t.Errorf("%s: first time %d us, %v, want it in the first time word", name, all[0].T,
				err)
		}
	}
}

func TestRAWRefuses(t *testing.T) {
	for data, want := range map[string]string{
		"% evt 9.0\n\x00\x00": "a header that names EVT 2.0, 2.1, " +
			"3.0 or 4.0",
		"% format EVT3;height=x;width=3\n% end\n":       "a width and a height in the header",
		"% evt 2.0\n% geometry big\n":                   "a geometry like 1280x720",
		"% evt 2.0\n% endianness big\n\x00\x00\x00\x80": "little-endian words",
		"% evt 2.0\n\x00\x00\x00\x80\x00\x00\x00\x50": "byte 14: want a word of a known type, " +
			"got type 0x5",
		"% evt 2.0\n\x01\x00\x00\x80\x00\x00\x00\x10\x00\x00": "byte 18: want 4 bytes of a word, " +
			"got 2 at the end of the file",
		"% evt 2.0\n\x02\x00\x00\x80\x00\x00\x00\x10\x01\x00\x00\x80\x00\x00\x00\x10": "byte 22: " +
			"want a time of at least 128 us, that of the event before, got 64 us",
	} {
		_, err := readAll([]byte(data))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", data, err, want)
		}
	}
}
