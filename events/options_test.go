package events

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// What a format marks as no event is one by the other choice.
func TestInvalidEvents(t *testing.T) {
	aedat := slices.Concat([]byte("#!AER-DAT3.1\r\n#Source 1: DVS128\r\n#!END-HEADER\r\n"),
		packet(1, 8, 0, 4, 3, polarity(10, 1, 2, 1, 1), polarity(11, 9, 9, 1, 0),
			polarity(12, 3, 4, 0, 1)))
	bits := []byte{3, 4, 0x80, 0, 100, 0, 240, 0, 0, 107, 5, 6, 0, 0, 150}
	for _, c := range []struct {
		data          []byte
		dropped, kept []Event
	}{
		{aedat, []Event{{10, 1, 2, true}, {12, 3, 4, false}},
			[]Event{{10, 1, 2, true}, {11, 9, 9, true}, {12, 3, 4, false}}},
		{bits, []Event{{100, 3, 4, true}, {8192 + 150, 5, 6, false}},
			[]Event{{100, 3, 4, true}, {107, 0, 240, false}, {150, 5, 6, false}}},
	} {
		for choice, want := range map[Invalid][]Event{Dropped: c.dropped, Kept: c.kept} {
			got, err := ReadAll(open(t, c.data, Options{Invalid: choice}))
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %v, %v, want %v", invalids.Words[choice], got, err, want)
			}
		}
	}
	// The clock that ran over runs back if that is no sign of it.
	got, err := ReadAll(open(t, append(bits, 5, 6, 0, 0, 9), Options{Invalid: Kept}))
	if err == nil || len(got) != 3 || !strings.Contains(err.Error(),
		"byte 15: want a time of at least 150 us") {
		t.Errorf("%v, %v, want an error where the time runs back", got, err)
	}
	if _, err := Detect(bytes.NewReader([]byte("t,x,y,p\n1,2,3,1\n")),
		Options{Invalid: Kept}); err == nil || !strings.Contains(err.Error(),
		"want AEDAT 3 or 40-bit") {
		t.Errorf("error %v for a table", err)
	}
}

// ASL-DVS as SpikingJelly reads it counts from the other side: x of 239 and y of 179, which stay
// inside of the sensor.
func TestSpikingJellyASLDVS(t *testing.T) {
	data := testdata(t, "plain.mat")
	stored, err := readAll(data)
	if err != nil {
		t.Fatal(err)
	}
	inside := slices.IndexFunc(stored, func(e Event) bool { return e.X > 239 || e.Y > 179 })
	got, err := ReadAll(open(t, data, Options{Orientation: SpikingJelly}))
	if err == nil || !strings.Contains(err.Error(), "want in element") ||
		!strings.Contains(err.Error(), "an event inside 240x180 pixels") || len(got) != inside {

		t.Errorf("%d events, %v, want the %d before one outside", len(got), err, inside)
	}
	for _, c := range [][2]Event{{{X: 0, Y: 0}, {X: 239, Y: 179}},
		{{T: 5, X: 239, Y: 100, On: true}, {T: 5, X: 0, Y: 79, On: true}}} {
		if got, err := turnASLDVS(c[0]); err != nil || got != c[1] {
			t.Errorf("%v: %v, %v, want %v", c[0], got, err, c[1])
		}
	}
}
