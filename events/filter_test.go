package events

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// held reads events that are in memory, so many at a time.
type held struct {
	all    []Event
	sensor Size
	part   int
}

func (h *held) Format() string { return "memory" }
func (h *held) Sensor() Size   { return h.sensor }
func (h *held) Read(buf []Event) (int, error) {
	n := copy(buf[:min(len(buf), h.part)], h.all)
	h.all = h.all[n:]
	return readResult(n, buf[:max(n, 1)], map[bool]error{true: io.EOF}[n == 0])
}

// filterTwins are the filters as they are defined, in time that grows by the square of the events.
var filterTwins = map[string]func(f Filter, all []Event) []Event{
	"background": func(f Filter, all []Event) []Event {
		return those(all, func(i int) bool {
			for _, o := range all[:i] {
				dx, dy := int(o.X)-int(all[i].X), int(o.Y)-int(all[i].Y)
				if dx*dx <= 1 && dy*dy <= 1 && (dx != 0 || dy != 0) &&
					all[i].T-o.T <= Micros(f.values["us"]) {

					return true
				}
			}
			return false
		})
	},
	"refractory": func(f Filter, all []Event) []Event {
		return those(all, func(i int) bool {
			for _, o := range slices.Backward(all[:i]) {
				if o.X == all[i].X && o.Y == all[i].Y {
					return all[i].T-o.T > Micros(f.values["us"])
				}
			}
			return true
		})
	},
	"polarity": func(f Filter, all []Event) []Event {
		return those(all, func(i int) bool { return all[i].On == (f.values["keep"] == 1) })
	},
	"region": func(f Filter, all []Event) []Event {
		v := f.values
		return those(all, func(i int) bool {
			x, y := int64(all[i].X), int64(all[i].Y)
			return x >= v["x"] && x < v["x"]+v["width"] && y >= v["y"] && y < v["y"]+v["height"]
		})
	},
	"decimate": func(f Filter, all []Event) []Event {
		return those(all, func(i int) bool {
			n := int64(0)
			for _, o := range all[:i+1] {
				if o.X == all[i].X && o.Y == all[i].Y {
					n++
				}
			}
			return n%f.values["n"] == 0
		})
	},
	"hot": func(f Filter, all []Event) []Event {
		hot := map[Pixel]bool{}
		for _, p := range f.pixels {
			hot[p] = true
		}
		if f.pixels == nil {
			counts := map[Pixel]float64{}
			for _, e := range all {
				if e.T-all[0].T < Micros(f.values["us"]) {
					counts[Pixel{e.X, e.Y}]++
				}
			}
			mean, deviation := 0., 0.
			for _, c := range counts {
				mean += c / float64(len(counts))
			}
			for _, c := range counts {
				deviation += (c - mean) * (c - mean) / float64(len(counts))
			}
			for p, c := range counts {
				var around []float64
				for i := range uint16(9) {
					if i != 4 { // 65535 stands for -1, where nothing is
						around = append(around, counts[Pixel{p.X + i%3 - 1, p.Y + i/3 - 1}])
					}
				}
				slices.Sort(around)
				median := (around[3] + around[4]) / 2
				most := mean + float64(f.values["deviations"])*math.Sqrt(deviation)
				hot[p] = c >= fewEvents && c-median > most+1e-9
			}
		}
		return those(all, func(i int) bool { return !hot[Pixel{all[i].X, all[i].Y}] })
	},
}

func those(all []Event, is func(i int) bool) (left []Event) {
	for i, e := range all {
		if is(i) {
			left = append(left, e)
		}
	}
	return left
}

// Every filter leaves what its definition says, also one after the other, of sensors that are known
// or not, read in parts of any size, and in windows.
func TestFilters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sensor := Size{rapid.IntRange(1, 9).Draw(t, "width"),
			rapid.IntRange(1, 9).Draw(t, "height")}
		all := make([]Event, rapid.IntRange(0, 200).Draw(t, "events"))
		last := Micros(rapid.IntRange(-50, 50).Draw(t, "begin"))
		for i := range all {
			last += Micros(rapid.IntRange(0, 8).Draw(t, "gap"))
			all[i] = Event{last, uint16(rapid.IntRange(0, sensor.Width-1).Draw(t, "x")),
				uint16(rapid.IntRange(0, sensor.Height-1).Draw(t, "y")), rapid.Bool().Draw(t, "on")}
			if rapid.IntRange(0, 2).Draw(t, "hot") == 0 {
				all[i].X, all[i].Y = 0, 0
			}
		}
		var filters []Filter
		want := all
		for range rapid.IntRange(1, 3).Draw(t, "filters") {
			name := rapid.SampledFrom([]string{"background:us=9", "background:us=1",
				"refractory:us=7",
				"polarity:keep=on", "polarity:keep=off", "region:x=1,y=2,width=4,height=3",
				"decimate:n=3",
				"hot:us=200,deviations=1", "hot:pixels=0x0+3x2", "region:x=2"}).Draw(t, "filter")
			var f Filter
			if err := f.UnmarshalText([]byte(name)); err != nil {
				t.Fatal(err)
			}
			filters = append(filters, f)
			want = filterTwins[f.kind.name](f, want)
		}
		if rapid.Bool().Draw(t, "unknown") {
			sensor = Size{}
		}
		open := func() Reader {
			return Options{Filter: filters}.filtering(
				&held{all, sensor, rapid.IntRange(1, 40).Draw(t, "part")})
		}
		r := open()
		got, err := ReadAll(r)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v left %v, %v, want %v of %v", filters, got, err, want, all)
		}
		counts := FilterCounts(r)
		if len(counts) != len(filters) || counts[0].In != int64(len(all)) ||
			counts[len(counts)-1].Left != int64(len(want)) {
			t.Fatalf("counts %v, want %d of %d", counts, len(want), len(all))
		}
		from := Micros(rapid.IntRange(-60, 1500).Draw(t, "from"))
		until := from + Micros(rapid.IntRange(0, 400).Draw(t, "long"))
		w, err := Window{&from, &until}.Of(open())
		if err != nil {
			t.Fatal(err)
		}
		got, err = ReadAll(w)
		want = those(want, func(i int) bool { return want[i].T >= from && want[i].T < until })
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v from %d until %d left %v, %v, want %v of %v", filters, from, until, got,
				err, want, all)
		}
	})
}

func TestFilterTexts(t *testing.T) {
	list := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(list, []byte("# hot\n4,5\n12 30\n\n4x5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"background":               "background:us=5000",
		"background:us=20":         "background:us=20",
		"refractory":               "refractory:us=1000",
		"polarity:keep=off":        "polarity:keep=off",
		"region:width=3,x=1":       "region:x=1,y=0,width=3,height=65536",
		"hot":                      "hot:us=1000000,deviations=5",
		"hot:pixels=12x30+4x5+4x5": "hot:pixels=4x5+12x30",
		"hot:list=" + list:         "hot:pixels=4x5+12x30",
		"decimate:n=4":             "decimate:n=4",
		"blur": `error: filter "blur", want hot, background, refractory, polarity, region or ` +
			`decimate`,
		"background:us=0":           "error: want a whole number of 1 to 1000000000",
		"background:":               "error: want a value of us, like us=5000",
		"background:ms=3":           "error: want a value of us, like us=5000",
		"polarity:keep=both":        "error: want off or on",
		"hot:pixels=3":              `error: pixel "3", want x and y, like 12x30`,
		"hot:list=/no/such/file":    "error: no such file",
		"region:x=1e3":              "error: want a whole number",
		"refractory:us=9,us=10":     "refractory:us=10",
		"decimate:n=99999999999999": "error: want a whole number",
	} {
		var f Filter
		err := f.UnmarshalText([]byte(text))
		if says, wrong := strings.CutPrefix(want, "error: "); wrong {
			if !strings.Contains(fmt.Sprint(err), says) {
				t.Errorf("%s: error %v, want %q", text, err, says)
			}
			continue
		}
		var again Filter
		if err != nil || f.String() != want || again.UnmarshalText([]byte(want)) != nil ||
			!again.Equal(f) {

			t.Errorf("%s: %v, %v, want %s", text, f, err, want)
		}
	}
}

// What is read with filters is not what is read without: the key of a cache has them.
func TestFiltersInOptions(t *testing.T) {
	var f Filter
	if err := f.UnmarshalText([]byte("decimate:n=4")); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(Options{Filter: []Filter{f}})
	if err != nil || !strings.Contains(string(b), `"Filter":["decimate:n=4"]`) {
		t.Errorf("%s, %v", b, err)
	}
	got, err := openAll(recording("nmnist-5-00001.bin"), Options{Filter: []Filter{f}})
	if err != nil || len(got) < 700 || len(got) > 1100 {
		t.Errorf("%d events, %v", len(got), err)
	}
}

// A plane for sensors of any size has a limit.
func TestFilterFarAway(t *testing.T) {
	for _, name := range []string{"background", "refractory", "decimate", "hot"} {
		var f Filter
		if err := f.UnmarshalText([]byte(name)); err != nil {
			t.Fatal(err)
		}
		_, err := ReadAll(f.Of(&held{[]Event{{X: 65535, Y: 65535}}, Size{}, 1}))
		if !strings.Contains(fmt.Sprint(err), "at most 67108864 of them, got an event at x 6553") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
