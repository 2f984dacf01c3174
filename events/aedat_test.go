package events

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// aedat2File is a file of events, each an address and a time.
func aedat2File(chip string, all ...[2]uint32) []byte {
	b := []byte("#!AER-DAT2.0\r\n")
	if chip != "" {
		b = append(b, "# AEChip: eu.seebetter.ini.chips.davis."+chip+"\r\n"...)
	}
	for _, e := range all {
		b = binary.BigEndian.AppendUint32(b, e[0])
		b = binary.BigEndian.AppendUint32(b, e[1])
	}
	return b
}

func TestAEDAT2(t *testing.T) {
	dvs := aedat2File("", [2]uint32{3<<1 | 5<<8 | 1, 10}, [2]uint32{1 << 15, 11},
		[2]uint32{0xffff_8000, 11},
		[2]uint32{127<<1 | 127<<8, 12})
	davis := [][2]uint32{
		{7<<12 | 9<<22 | 1<<11, 5},
		{1<<31 | 3<<12, 6}, // a sample of a frame
		{1<<10 | 3, 7},     // an external event
		{300<<12 | 200<<22, 8},
	}
	small := davis[:3]
	for _, c := range []struct {
		name string
		data []byte
		o    Options
		want []Event
	}{
		{"DVS128", dvs, Options{}, []Event{{10, 127 - 3, 127 - 5, false}, {12, 0, 0, true}}},
		{"as stored", dvs, Options{Orientation: Stored},
			[]Event{{10, 3, 5, false}, {12, 127, 127, true}}},
		{"as SpikingJelly", dvs, Options{Orientation: SpikingJelly},
			[]Event{{10, 127 - 5, 127 - 3, false}, {12, 0, 0, true}}},
		{"an event that begins like a line of the header",
			aedat2File("", [2]uint32{'#'<<24 | 2<<12, 7}), Options{Sensor: Size{346, 260}},
			[]Event{{7, 345 - 2, 259 - 140, false}}},
		{"DAVIS346", aedat2File("Davis346red", davis...), Options{},
			[]Event{{5, 345 - 7, 259 - 9, true}, {8, 45, 59, false}}},
		{"DAVIS346 without a name", aedat2File("", davis...), Options{},
			[]Event{{5, 345 - 7, 259 - 9, true}, {8, 45, 59, false}}},
		{"DAVIS240 without a name", aedat2File("", small...), Options{Sensor: Size{240, 180}},
			[]Event{{5, 239 - 7, 179 - 9, true}}},
		{"DAVIS346 by option", aedat2File("", small...), Options{Sensor: Size{346, 260}},
			[]Event{{5, 345 - 7, 259 - 9, true}}},
	} {
		r, err := Detect(strings.NewReader(string(c.data)), c.o)
		if err != nil {
			t.Fatal(c.name, err)
		}
		got, err := ReadAll(r)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v, want %v", c.name, got, err, c.want)
		}
	}
	for want, data := range map[string][]byte{
		"the size of a DAVIS, which the header does not name (--sensor 346x260 or --sensor " +
			"240x180)": aedat2File("", small...),
		"want an address of a DVS128, 16 bits, got 0x11000": aedat2File("DVS128",
			[2]uint32{17 << 12, 5}),
	} {
		if _, err := readAll(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := Detect(strings.NewReader(string(aedat2File("Davis346red"))),
		Options{Orientation: SpikingJelly}); err == nil {
		t.Error("a DAVIS as SpikingJelly reads a DVS128 is no error")
	}
	if _, err := Open(recording("dvs_sample.es"), Options{Orientation: SpikingJelly}); err == nil {
		t.Error("an Event Stream as SpikingJelly reads a DVS128 is no error")
	}
}

// Times go on where the clock of 32 bits runs over, from any first time, also where the reader
// begins in the middle.
func TestAEDAT2Clock(t *testing.T) {
	const gap = 1 << 18
	for _, first := range []int32{0, 5, -7, 1<<31 - 100*gap, -1 << 31} {
		var words [][2]uint32
		var want []Event
		for i := range 5000 {
			words = append(words, [2]uint32{0, uint32(first) + uint32(i*gap)})
			want = append(want, Event{Micros(first) + Micros(i*gap), 127, 127, true})
		}
		data := aedat2File("DVS128", words...)
		if got, err := readAll(data); err != nil || !slices.Equal(got, want) {
			t.Fatalf("from %d: %d events, %v", first, len(got), err)
		}
		for _, from := range []int{3, 90, 2000, 3999, 4999} {
			w := Window{From: &want[from].T}
			got, err := ReadAll(between(t, open(t, data, Options{}), w))
			if err != nil || !slices.Equal(got, want[from:]) {
				t.Errorf("from %d, event %d: %d events, %v", first, from, len(got), err)
			}
		}
	}
	back := aedat2File("DVS128", [2]uint32{0, 1 << 31}, [2]uint32{0, 1<<31 - 1})
	if got, err := readAll(back); len(got) != 1 || err == nil ||
		!strings.Contains(err.Error(), "want a time of at least") {

		t.Errorf("%v, %v, want an error where the time runs back", got, err)
	}
}

// packet is one of AEDAT 3, its events of eight bytes.
func packet(kind int16, size, overflows, capacity, number int32, all ...uint64) []byte {
	b := binary.LittleEndian.AppendUint16(nil, uint16(kind))
	b = binary.LittleEndian.AppendUint16(b, 1)
	for _, v := range []int32{size, 4, overflows, capacity, number, number} {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	for _, w := range all {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b
}

func polarity(t, x, y, on, valid uint64) uint64 { return t<<32 | x<<17 | y<<2 | on<<1 | valid }

func TestAEDAT3(t *testing.T) {
	const header = "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#Start-Time: " +
		"2016-10-01\r\n#!END-HEADER\r\n"
	data := []byte(header)
	data = append(data, packet(1, 8, 0, 4, 3, polarity(10, 1, 2, 1, 1), polarity(11, 9, 9, 1, 0),
		polarity(12, 3, 4, 0, 1))...)
	data = append(data, packet(2, 24, 0, 2, 1, 1, 2, 3)...) // a frame of 24 bytes
	data = append(data, packet(1, 8, 0, 0, 0)...)
	data = append(data, packet(1, 8, 2, 1, 1, polarity(5, 127, 127, 1, 1))...)
	want := []Event{{10, 1, 2, true}, {12, 3, 4, false}, {2<<31 + 5, 127, 127, true}}
	got, err := readAll(data)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	testCuts(t, "AEDAT 3.1", data)

	for cut, want := range map[int]string{
		len(data) - 3:      "want 8 bytes of an event, got 5 at the end of the file",
		len(data) - 8 - 20: "want 28 bytes of a packet's header, got 8 at the end of the file",
		len(data) - 8:      "want 1 more events of a packet, got the end of the file",
	} {
		if got, err := readAll(data[:cut]); err == nil || !strings.Contains(err.Error(), want) ||
			len(got) != 2 {

			t.Errorf("cut at %d: %d events and %v, want 2 and %q", cut, len(got), err, want)
		}
	}
	for name, c := range map[string]struct {
		packet []byte
		want   string
	}{
		"size of an event": {packet(1, 9, 0, 1, 1), "want an event size of 8 bytes, got 9"},
		"negative number": {packet(1, 8, 0, 1, -1),
			"want a number of events of at least 0, got -1"},
		"overflows": {packet(1, 8, -1, 1, 1), "want a number of overflows of at least 0"},
	} {
		if _, err := readAll(append([]byte(header), c.packet...)); err == nil ||
			!strings.Contains(err.Error(), c.want) {

			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// The header names the camera, or the size of what a program made.
func TestSourcesOfAEDAT3(t *testing.T) {
	for source, want := range map[string]Size{
		"DVS128": {128, 128}, "DAVIS240A": {240, 180}, "DAVIS346Cbsi": {346, 260},
		"DAVIS128": {128, 128}, "DAVIS208": {208, 192}, "DAVIS640": {640, 480},
		"DAVISHet640": {320, 240}, "DAVIS640het": {320, 240}, "1280x720": {1280, 720},
		"File,dvsSizeX=240,dvsSizeY=180,apsSizeX=0,apsSizeY=0": {240, 180}, "DYNAPSE": {},
	} {
		text := "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: " + source + "\r\n#!END-HEADER\r\n"
		if got := open(t, []byte(text), Options{}).Sensor(); got != want {
			t.Errorf("%s: %v, want %v", source, got, want)
		}
	}
}

func TestAEDAT30CountsFromBelow(t *testing.T) {
	data := append([]byte("#!AER-DAT3.0\r\n#Source 1: DVS128\r\n"),
		packet(1, 8, 0, 1, 1, polarity(10, 1, 2, 1, 1))...)
	if got, err := readAll(data); err != nil || !slices.Equal(got, []Event{{10, 1, 125, true}}) {
		t.Errorf("got %v, %v", got, err)
	}
}

// Version 1 has 9 bits of x and 8 of y.
func TestDATVersion1(t *testing.T) {
	data := []byte("% Version 1\n% Width 304\n% Height 240\n\x00\x08")
	data = binary.LittleEndian.AppendUint32(data, 77)
	data = binary.LittleEndian.AppendUint32(data, 303|239<<9|1<<17)
	if got, err := readAll(data); err != nil || !slices.Equal(got, []Event{{77, 303, 239, true}}) {
		t.Errorf("got %v, %v", got, err)
	}
}
