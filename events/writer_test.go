package events

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What is written in any format is read as it was, by the reader that finds it out.
func TestWriters(t *testing.T) {
	for _, format := range Writable() {
		t.Run(format, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				sensor := Size{rapid.IntRange(1, 200).Draw(t, "width"),
					rapid.IntRange(1, 200).Draw(t, "height")}
				longest := 1 << rapid.IntRange(0, 25).Draw(t, "longest gap")
				if format == "bin" {
					longest = 1000
				}
				var want []Event
				last := Micros(0)
				for range rapid.IntRange(1, 60).Draw(t, "events") {
					last += Micros(rapid.IntRange(0, longest).Draw(t, "gap"))
					want = append(want, Event{
						T:  last,
						X:  uint16(rapid.IntRange(0, sensor.Width-1).Draw(t, "x")),
						Y:  uint16(rapid.IntRange(0, sensor.Height-1).Draw(t, "y")),
						On: rapid.Bool().Draw(t, "on"),
					})
				}
				var b bytes.Buffer
				w, err := NewWriter(&b, format, sensor)
				if err != nil {
					t.Fatal(err)
				}
				cut := rapid.IntRange(0, len(want)).Draw(t, "first call")
				for _, part := range [][]Event{want[:cut], want[cut:]} {
					if err := w.Write(part); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				if b.Len() >= wordsToSee && isZeros(b.Bytes()) {
					t.Skip("zeros alone are no recording")
				}
				var o Options
				switch format {
				case "csv", "npz", "npy": // events may be too few a second for a guess
					o.Columns = "t[us] x y p"
				case "bin":
					o.Format = Bin
				}
				r, err := Detect(bytes.NewReader(b.Bytes()), o)
				if err != nil {
					t.Fatal(err)
				}
				got, err := ReadAll(r)
				if err != nil || !slices.Equal(got, want) {
					t.Fatalf("read %v, %v, wrote %v", got, err, want)
				}
				if s := r.Sensor(); s != sensor && s != (Size{}) {
					t.Fatalf("sensor %v, wrote %v", s, sensor)
				}
			})
		})
	}
}

func TestWritersRefuse(t *testing.T) {
	const day = 86400e6
	for _, c := range []struct {
		format string
		sensor Size
		events []Event
		want   string
	}{
		{"bmp", Size{9, 9}, nil,
			`format "bmp", want one of aedat, aedat4, bin, `},
		{"dat", Size{}, nil, "a sensor of 0x0 pixels"},
		{"raw", Size{4000, 9}, nil, "EVT 3.0 cannot hold a sensor of 4000x9 pixels, want at most " +
			"2048x2048"},
		{"dat", Size{9, 9}, []Event{{X: 9}},
			"event 0 at x 9, y 0, want one inside the sensor of 9x9 pixels"},
		{"dat", Size{9, 9}, []Event{{T: 5}, {T: 4}}, "event 1 at 4 us, want at least 5 us"},
		{"dat", Size{9, 9}, []Event{{T: -1}}, "DAT cannot hold a time of -1 us"},
		{"dat", Size{9, 9}, []Event{{T: 1 << 40}}, "times that begin at 0 (--zero) may fit"},
		{"es", Size{9, 9}, []Event{{T: 0}, {T: day}}, "Event Stream cannot hold a time"},
		{"raw", Size{9, 9}, []Event{{T: 0}, {T: day}}, "EVT 3.0 cannot hold a time"},
		{"aedat", Size{9, 9}, []Event{{T: -1}}, "AEDAT 3.1 cannot hold a time"},
		{"bin", Size{300, 300}, []Event{{X: 299}}, "40-bit events cannot hold x 299"},
	} {
		var b bytes.Buffer
		w, err := NewWriter(&b, c.format, c.sensor)
		if err == nil {
			err = w.Write(c.events)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %v: error %v, want %q", c.format, c.events, err, c.want)
		}
	}
}

// Times of days, over many turns of every clock.
func TestWritersLongTimes(t *testing.T) {
	for format, gap := range map[string]Micros{"aedat": 1 << 40, "raw": 1 << 33, "dat": 1<<31 - 1,
		"es": 3e9} {
		var want []Event
		for i := range Micros(5) {
			want = append(want, Event{T: i * gap, X: uint16(i)})
		}
		var b bytes.Buffer
		w, err := NewWriter(&b, format, Size{9, 9})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(want); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		w.Close()
		if got, err := readAll(b.Bytes()); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: read %v, %v, wrote %v", format, got, err, want)
		}
	}
}
