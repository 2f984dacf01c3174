package frames

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ssnn/events"
)

var sensor = events.Size{Width: 5, Height: 4}

// obvious integrates by the words of the rule: it cuts the list of events first.
func obvious(c Config, all []events.Event) []uint16 {
	parts := make([][]events.Event, c.T)
	if c.Split == Count {
		each := len(all) / c.T
		for t := range parts {
			parts[t] = all[t*each : (t+1)*each]
		}
		parts[c.T-1] = all[(c.T-1)*each:]
	} else {
		first, last := all[0].T, all[len(all)-1].T
		each := (last - first) / events.Micros(c.T)
		for _, e := range all {
			t := 0
			for t < c.T-1 && e.T >= first+events.Micros(t+1)*each {
				t++
			}
			parts[t] = append(parts[t], e)
		}
	}
	var out []uint16
	for _, part := range parts {
		for y := range c.Pixels().Height {
			for x := range c.Pixels().Width {
				for _, on := range []bool{false, true} {
					n := uint16(0)
					for _, e := range part {
						if meets(int(e.X), x, c.Sensor.Width, c.Pixels().Width) && meets(int(e.Y), y, c.Sensor.Height, c.Pixels().Height) && e.On == on {
							n++
						}
					}
					out = append(out, n)
				}
			}
		}
	}
	return out
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
		c := Config{T: rapid.IntRange(1, 6).Draw(t, "T"), Sensor: sensor, Split: rapid.SampledFrom([]Split{Count, Duration}).Draw(t, "split")}
		if rapid.Bool().Draw(t, "scaled") {
			c.Size = events.Size{Width: rapid.IntRange(1, 12).Draw(t, "width"), Height: rapid.IntRange(1, 12).Draw(t, "height")}
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
		if err != nil {
			t.Fatal(err)
		}
		if want := obvious(c, all); !slices.Equal(got, want) {
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
		"none":     {nil, "no events"},
		"outside":  {[]events.Event{{X: 1}, {X: 5, Y: 3}}, "event 1 at x 5, y 3, want one inside the sensor of 5x4 pixels"},
		"too many": {many, "more than 65535 events at x 0, y 0 in frame 0"},
	} {
		if _, err := (Config{T: 1, Sensor: sensor}).Integrate(c.events); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

func TestIntegrateRefusesTimeRunningBack(t *testing.T) {
	all := []events.Event{{T: 50}, {T: 1000}, {T: 1}}
	_, err := Config{T: 2, Split: Duration, Sensor: sensor}.Integrate(all)
	if want := "event 2 at 1 us, want at least 1000 us"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestDurationOfAllTime(t *testing.T) {
	all := []events.Event{{T: math.MinInt64}, {T: -1}, {T: math.MaxInt64}}
	got, err := Config{T: 2, Split: Duration, Sensor: events.Size{Width: 1, Height: 1}}.Integrate(all)
	if want := []uint16{1, 0, 2, 0}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestValidate(t *testing.T) {
	for want, c := range map[string]Config{
		"0 timesteps, want at least 1":          {Sensor: sensor},
		"split 7, want count or duration":       {T: 1, Split: 7, Sensor: sensor},
		"sensor 0x0, want 1 to 65536 pixels":    {T: 1},
		"sensor 99999999x1, want 1 to 65536":    {T: 1, Sensor: events.Size{Width: 99999999, Height: 1}},
		"want at most 1073741824 counts":        {T: 1, Sensor: events.Size{Width: 65536, Height: 65536}},
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
	all := []events.Event{{T: 10, X: 0, On: true}, {T: 20, X: 1}, {T: 90, X: 1}, {T: 100, X: 1, On: true}, {T: 110, X: 1, On: true}}
	counts, err := Config{T: 2, Sensor: events.Size{Width: 2, Height: 1}}.Integrate(all)
	fmt.Println(counts, err)
	// Output: [0 1 1 0 0 0 1 2] <nil>
}
