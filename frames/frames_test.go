package frames

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ssnn/events"
)

var sensor = events.Size{Width: 5, Height: 4}

// parts are the events of each frame, as places in all, by the words of the rules.
func parts(c Config, all []events.Event) [][]int {
	parts := make([][]int, c.T)
	first, last := all[0].T, all[len(all)-1].T
	for t := range parts {
		for i, e := range all {
			in := false
			switch c.Split {
			case Count:
				each := len(all) / c.T
				in = i >= t*each && (i < (t+1)*each || t == c.T-1)
			case Duration:
				each := (last - first) / events.Micros(c.T)
				from, to := first+events.Micros(t)*each, first+events.Micros(t+1)*each
				in = e.T >= from && (e.T < to || t == c.T-1)
				if each == 0 {
					in = t == c.T-1
				}
			case FixedCount:
				from := t * int(c.Each-c.Overlap)
				in = i >= from && i < from+int(c.Each)
			case FixedDuration:
				from := first + events.Micros(t*int(c.Each-c.Overlap))
				in = e.T >= from && e.T < from+events.Micros(c.Each)
			}
			if in {
				parts[t] = append(parts[t], i)
			}
		}
	}
	return parts
}

// obvious integrates by the words of the rules, value by value.
func obvious(c Config, all []events.Event) []uint16 {
	var out []uint16
	var before []events.Event // of all frames up to this one
	split := parts(c, all)
	for t, part := range split {
		if len(part) > 0 {
			before = all[:part[len(part)-1]+1]
		}
		for y := range c.Pixels().Height {
			for x := range c.Pixels().Width {
				for channel := range c.Channels() {
					seen := func(e events.Event) bool {
						a := c.area()
						return int(e.X) >= a.X && int(e.X) < a.X+a.Width && int(e.Y) >= a.Y &&
							int(e.Y) < a.Y+a.Height &&
							meets(int(e.X)-a.X, x, a.Width, c.Pixels().Width) &&
							meets(int(e.Y)-a.Y, y, a.Height, c.Pixels().Height) &&
							(c.Polarity == Merged || e.On == (channel == 1))
					}
					value := 0
					switch c.Values {
					case Counts:
						for _, i := range part {
							if seen(all[i]) && (c.Clip == 0 || value < c.Clip) {
								value++
							}
						}
					case Surface:
						for _, e := range before {
							if seen(e) {
								age := float64(before[len(before)-1].T - e.T)
								value = int(math.Round(65535 * math.Exp(-age/float64(c.Tau))))
							}
						}
					case Voxels:
						for _, e := range all {
							if at := place(c, all, e); seen(e) && math.Abs(at-float64(t)) < 1 {
								later := math.Round(256 * (at - math.Floor(at)))
								if float64(t) > at {
									value += int(later)
								} else {
									value += 256 - int(later)
								}
							}
						}
					}
					out = append(out, uint16(value))
				}
			}
		}
	}
	return out
}

// place is when an event happens, from 0 to T-1.
func place(c Config, all []events.Event, e events.Event) float64 {
	first, last := all[0].T, all[len(all)-1].T
	if first == last {
		return 0
	}
	return float64(c.T-1) * (float64(e.T-first) / float64(last-first))
}

// meets says whether pixel in of a line of from pixels is seen at pixel out of to.
func meets(in, out, from, to int) bool {
	if to < from {
		return in*to/from == out
	}
	return out*from/to == in
}

func TestIntegrate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{T: rapid.IntRange(1, 6).Draw(t, "T"), Sensor: sensor,
			Values: Values(rapid.IntRange(0, 2).Draw(t, "values"))}
		switch c.Values {
		case Surface:
			c.Tau = events.Micros(rapid.IntRange(1, 100).Draw(t, "tau"))
		case Counts:
			c.Clip = rapid.IntRange(0, 3).Draw(t, "clip")
		}
		if c.Values != Voxels {
			c.Split = Split(rapid.IntRange(0, 3).Draw(t, "split"))
		}
		if c.Split == FixedCount || c.Split == FixedDuration {
			c.Each = Extent(rapid.IntRange(1, 30).Draw(t, "each"))
			c.Overlap = Extent(rapid.IntRange(0, int(c.Each)-1).Draw(t, "overlap"))
		}
		c.Polarity = Polarity(rapid.IntRange(0, 1).Draw(t, "polarity"))
		if rapid.Bool().Draw(t, "cropped") {
			c.Crop.X, c.Crop.Y = rapid.IntRange(0, 4).Draw(t,
				"crop x"), rapid.IntRange(0, 3).Draw(t, "crop y")
			c.Crop.Width = rapid.IntRange(1, sensor.Width-c.Crop.X).Draw(t, "crop width")
			c.Crop.Height = rapid.IntRange(1, sensor.Height-c.Crop.Y).Draw(t, "crop height")
		}
		if rapid.Bool().Draw(t, "scaled") {
			c.Size = events.Size{Width: rapid.IntRange(1, 12).Draw(t, "width"),
				Height: rapid.IntRange(1, 12).Draw(t, "height")}
		}
		var all []events.Event
		for range rapid.IntRange(1, 50).Draw(t, "events") {
			last := events.Micros(1000)
			if len(all) > 0 {
				last = all[len(all)-1].T
			}
			all = append(all, events.Event{
				T:  last + events.Micros(rapid.IntRange(0, 20).Draw(t, "gap")),
				X:  uint16(rapid.IntRange(0, sensor.Width-1).Draw(t, "x")),
				Y:  uint16(rapid.IntRange(0, sensor.Height-1).Draw(t, "y")),
				On: rapid.Bool().Draw(t, "on"),
			})
		}
		got, err := c.Integrate(all)
		inside := slices.DeleteFunc(slices.Clone(all), func(e events.Event) bool {
			a := c.area()
			return int(e.X) < a.X || int(e.X) >= a.X+a.Width || int(e.Y) < a.Y ||
				int(e.Y) >= a.Y+a.Height
		})
		if len(inside) == 0 {
			if err == nil {
				t.Fatal("no events inside of the crop are no error")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if want := obvious(c, inside); !slices.Equal(got, want) {
			t.Fatalf("%+v: got %v, want %v", c, got, want)
		}
	})
}

func TestIntegrateRefuses(t *testing.T) {
	many := make([]events.Event, math.MaxUint16+1)
	for name, c := range map[string]struct {
		events []events.Event
		want   string
	}{
		"none": {nil, "no events"},
		"outside": {[]events.Event{{X: 1}, {X: 5, Y: 3}},
			"event 1 at x 5, y 3, want one inside the sensor of 5x4 pixels"},
		"too many": {many, "more than 65535 events at x 0, y 0 of frame 0"},
	} {
		if _, err := (Config{T: 1, Sensor: sensor}).Integrate(c.events); err == nil ||
			!strings.Contains(err.Error(), c.want) {

			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func TestIntegrateRefusesTimeRunningBack(t *testing.T) {
	all := []events.Event{{T: 50}, {T: 1000}, {T: 1}}
	_, err := Config{T: 2, Split: Duration, Sensor: sensor}.Integrate(all)
	if want := "event 2 at 1 us, want at least 1000 us"; err == nil ||
		!strings.Contains(err.Error(), want) {

		t.Errorf("error %v, want %q", err, want)
	}
}

func TestDurationOfAllTime(t *testing.T) {
	all := []events.Event{{T: math.MinInt64}, {T: -1}, {T: math.MaxInt64}}
	got, err := Config{T: 2, Split: Duration, Sensor: events.Size{Width: 1,
		Height: 1}}.Integrate(all)
	if want := []uint16{1, 0, 2, 0}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestValidate(t *testing.T) {
	for want, c := range map[string]Config{
		"0 timesteps, want at least 1":                {Sensor: sensor},
		"split 7, want count, duration,":              {T: 1, Split: 7, Sensor: sensor},
		"frames.each 0, want 1 to 2147483647: the us": {T: 1, Split: FixedDuration, Sensor: sensor},
		"want neither with the split count":           {T: 1, Each: 3, Sensor: sensor},
		"frames.overlap 3, want 0 or more": {T: 1, Split: FixedCount, Each: 3,
			Overlap: 3, Sensor: sensor},
		"frames.values 3, want counts,":         {T: 1, Values: 3, Sensor: sensor},
		"frames.clip 5, want 0 to 65535":        {T: 1, Values: Voxels, Clip: 5, Sensor: sensor},
		"frames.tau 0, want 1 to 2147483647 us": {T: 1, Values: Surface, Sensor: sensor},
		"frames.crop 5x4+1+0, want a part of":   {T: 1, Crop: Area{5, 4, 1, 0}, Sensor: sensor},
		"frames.sensor is missing, want":        {T: 1},
		"sensor 99999999x1, want 1 to 65536": {T: 1,
			Sensor: events.Size{Width: 99999999, Height: 1}},
		"want at most 1073741824 counts": {T: 1,
			Sensor: events.Size{Width: 65536, Height: 65536}},
		"timesteps of 5x4 pixels, want at most": {T: math.MaxInt, Sensor: sensor},
	} {
		_, err := c.Integrate([]events.Event{{}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %q", c, err, want)
		}
	}
	if err := (Config{T: 8, Sensor: events.Size{Width: 1280, Height: 720}}).Validate(); err != nil {
		t.Error(err)
	}
}

func ExampleConfig_Integrate() {
	all := []events.Event{{T: 10, X: 0, On: true}, {T: 20, X: 1}, {T: 90, X: 1},
		{T: 100, X: 1, On: true}, {T: 110, X: 1, On: true}}
	counts, err := Config{T: 2, Sensor: events.Size{Width: 2, Height: 1}}.Integrate(all)
	fmt.Println(counts, err)
	// Output: [0 1 1 0 0 0 1 2] <nil>
}

// BenchmarkIntegrate reads and integrates a recording that is in memory.
func BenchmarkIntegrate(b *testing.B) {
	for _, c := range []struct {
		name   string
		sensor events.Size
	}{
		{"gesture-1.bin", events.Size{Width: 128, Height: 128}},
		{"evt2_sample.raw", events.Size{Width: 640, Height: 480}},
		{"evt3_sample.raw", events.Size{Width: 1280, Height: 720}},
		{"dvs_sample.es", events.Size{Width: 320, Height: 240}},
		{"sample.aedat4", events.Size{Width: 346, Height: 260}},
		{"dat", events.Size{Width: 640, Height: 480}},
		{"aedat", events.Size{Width: 640, Height: 480}},
	} {
		b.Run(c.name, func(b *testing.B) {
			data, err := os.ReadFile("../testdata/recordings/" + c.name)
			if err != nil { // the same events in another format
				data = converted(b, "../testdata/recordings/evt2_sample.raw", c.name)
			}
			g, err := NewIntegrator(Config{T: 8, Sensor: c.sensor,
				Size: events.Size{Width: 48, Height: 48}})
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				r, err := events.DetectNamed(bytes.NewReader(data), c.name, events.Options{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err = g.Read(r); err != nil {
					b.Fatal(err)
				}
				n++
			}
			r, err := events.DetectNamed(bytes.NewReader(data), c.name, events.Options{})
			if err != nil {
				b.Fatal(err)
			}
			all, err := events.ReadAll(r)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(n*len(all))/1e6/b.Elapsed().Seconds(), "Mevents/s")
		})
	}
}

// converted is a recording in another format.
func converted(b *testing.B, path, format string) []byte {
	f, err := events.Open(path, events.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	all, err := events.ReadAll(f)
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	w, err := events.NewWriter(&out, format, f.Sensor())
	if err != nil {
		b.Fatal(err)
	}
	if err := w.Write(all); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}
