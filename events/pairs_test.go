package events

import (
	"bytes"
	"maps"
	"slices"
	"testing"
)

// holds is what the formats that are written can hold besides events in order, in us and pixels;
// TestWhatFormatsHold shows that they hold this much and refuse more.
var holds = map[string]struct {
	sensor bool   // its size
	most   Size   // of a sensor
	last   Micros // a time
	gap    Micros // between an event and the one before; 0: any
}{
	"aedat":  {true, Size{1 << 15, 1 << 15}, 1<<62 - 1, 0},
	"aedat4": {true, Size{1 << 15, 1 << 15}, 1<<63 - 1, 0},
	"bin":    {false, Size{256, 240}, 1<<23 - 1, 0},
	"csv":    {false, Size{1 << 16, 1 << 16}, 1<<62/10*10 + 9, 0},
	"dat":    {true, Size{1 << 14, 1 << 14}, 1 << 60, 1<<31 - 1},
	"es":     {true, Size{1<<16 - 1, 1<<16 - 1}, 1 << 60, 3_600_000_000},
	"h5":     {true, Size{1 << 11, 1 << 11}, 1<<62 - 1, 33_554_431_999},
	"hdf5":   {true, Size{1 << 11, 1 << 11}, 1<<62 - 1, 33_554_431_999},
	"npy":    {false, Size{1 << 16, 1 << 16}, 1<<63 - 1, 0},
	"npz":    {false, Size{1 << 16, 1 << 16}, 1<<63 - 1, 0},
	"raw":    {true, Size{1 << 11, 1 << 11}, 1 << 60, 1 << 34},
}

// write writes events in a format.
func write(all []Event, format string, sensor Size) ([]byte, error) {
	var b bytes.Buffer
	w, err := NewWriter(&b, format, sensor)
	if err == nil {
		err = w.Write(all)
	}
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}

// What any format holds comes through any other that is written: the same events, and the same
// sensor where both hold one.
func TestEveryPair(t *testing.T) {
	files := madeFiles(t, madeEvents(3000, 1000))
	pairs := 0
	for _, from := range slices.Sorted(maps.Keys(files)) {
		o := Options{Columns: ""}
		if from == "bin" {
			o.Format = Bin
		}
		r := open(t, files[from], said(files[from], o))
		want, err := ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", from, err)
		}
		known := r.Sensor()
		for _, e := range want { // some are made with another sensor than they say
			known.Width = max(known.Width, int(e.X)+1)
			known.Height = max(known.Height, int(e.Y)+1)
		}
		for _, to := range Writable() {
			if _, stated := holds[to]; !stated {
				t.Fatalf("the table does not say what %s holds", to)
			}
			data, err := write(want, to, known)
			if err != nil {
				t.Errorf("%s as %s: %v", from, to, err)
				continue
			}
			again := open(t, data, said(data, Options{}))
			got, err := ReadAll(again)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s as %s: %d events, %v, want %d", from, to, len(got), err, len(want))
			}
			stored := Size{}
			if holds[to].sensor {
				stored = known
			}
			if again.Sensor() != stored {
				t.Errorf("%s as %s: sensor %v, want %v", from, to, again.Sensor(), stored)
			}
			pairs++
		}
	}
	if least := 20 * len(holds); pairs < least {
		t.Errorf("%d pairs, want %d or more", pairs, least)
	}
}

func TestWhatFormatsHold(t *testing.T) {
	for _, format := range Writable() {
		h := holds[format]
		reads := func(all []Event) error {
			data, err := write(all, format, h.most)
			if err != nil {
				return err
			}
			o := said(data, Options{})
			if slices.Contains([]string{"csv", "npy", "npz"}, format) {
				o.Columns = "t[us] x y p" // two events are too few a second for a guess
			}
			got, err := ReadAll(open(t, data, o))
			if err == nil && !slices.Equal(got, all) {
				t.Errorf("%s: writes %v and reads %v", format, all, got)
			}
			return err
		}
		far := Event{X: uint16(h.most.Width - 1), Y: uint16(h.most.Height - 1), On: true}
		times := []Micros{0, h.last} // of which the format holds both, but no us more between them
		if h.gap > 0 {
			times[1] = h.gap
		}
		for i, late := range []Micros{0, 1} {
			if i == 0 && h.gap > 1<<34 {
				continue // an index of a quarter of a gigabyte
			}
			a, b := far, far
			a.T, b.T = times[0], times[1]+late
			if err := reads([]Event{a, b}); (err == nil) != (i == 0) && b.T > 0 {
				t.Errorf("%s: events at %d and %d us: %v", format, a.T, b.T, err)
			}
		}
		if h.most.Width < 1<<16 {
			more := h.most
			more.Width++
			event := Event{T: 1, X: uint16(h.most.Width)}
			if _, err := write([]Event{event}, format, more); err == nil {
				t.Errorf("%s: holds a sensor of %v pixels, want none above %v", format, more,
					h.most)
			}
		}
	}
}
