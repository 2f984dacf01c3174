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
	dvs := aedat2File("", [2]uint32{3<<1 | 5<<8 | 1, 10}, [2]uint32{1 << 15, 11}, [2]uint32{127<<1 | 127<<8, 12})
	for _, c := range []struct {
		name string
		data []byte
		o    Options
		want []Event
	}{
		{"DVS128, counted from the lower left", dvs, Options{}, []Event{{10, 3, 127 - 5, true}, {12, 127, 0, false}}},
		{"as stored", dvs, Options{Orientation: Stored}, []Event{{10, 3, 5, true}, {12, 127, 127, false}}},
		{"as SpikingJelly", dvs, Options{Orientation: SpikingJelly}, []Event{{10, 127 - 5, 127 - 3, false}, {12, 0, 0, true}}},
		{"an event that begins like a line of the header", aedat2File("", [2]uint32{'#'<<24 | 2<<1, 7}), Options{}, []Event{{7, 2, 127, false}}},
		{"DAVIS346, with a sample of a frame", aedat2File("Davis346red", [2]uint32{7<<12 | 9<<22 | 1<<11, 5}, [2]uint32{1 << 31, 6}), Options{},
			[]Event{{5, 345 - 7, 259 - 9, true}}},
	} {
		r, err := Detect(strings.NewReader(string(c.data)), c.o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadAll(r)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v, want %v", c.name, got, err, c.want)
		}
	}
	if _, err := Detect(strings.NewReader(string(aedat2File("Davis346red"))), Options{Orientation: SpikingJelly}); err == nil {
		t.Error("a DAVIS as SpikingJelly reads a DVS128 is no error")
	}
	if _, err := Open(recording("dvs_sample.es"), Options{Orientation: SpikingJelly}); err == nil {
		t.Error("an Event Stream as SpikingJelly reads a DVS128 is no error")
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
	const header = "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: DVS128\r\n#Start-Time: 2016-10-01\r\n#!END-HEADER\r\n"
	data := []byte(header)
	data = append(data, packet(1, 8, 0, 4, 3, polarity(10, 1, 2, 1, 1), polarity(11, 9, 9, 1, 0), polarity(12, 3, 4, 0, 1))...)
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
		if got, err := readAll(data[:cut]); err == nil || !strings.Contains(err.Error(), want) || len(got) != 2 {
			t.Errorf("cut at %d: %d events and %v, want 2 and %q", cut, len(got), err, want)
		}
	}
	for name, c := range map[string]struct {
		packet []byte
		want   string
	}{
		"size of an event": {packet(1, 9, 0, 1, 1), "want an event size of 8 bytes, got 9"},
		"negative number":  {packet(1, 8, 0, 1, -1), "want a number of events of at least 0, got -1"},
		"overflows":        {packet(1, 8, -1, 1, 1), "want a number of overflows of at least 0"},
	} {
		if _, err := readAll(append([]byte(header), c.packet...)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func TestAEDAT30CountsFromBelow(t *testing.T) {
	data := append([]byte("#!AER-DAT3.0\r\n#Source 1: DVS128\r\n"), packet(1, 8, 0, 1, 1, polarity(10, 1, 2, 1, 1))...)
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
