package events

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// between is a window of a reader.
func between(tb testing.TB, r Reader, w Window) Reader {
	tb.Helper()
	r, err := w.Of(r)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// keep is the slow twin: all events, and those of them that are in the window.
func (w Window) keep(all []Event) []Event {
	var kept []Event
	for _, e := range all {
		if (w.From == nil || e.T >= *w.From) && (w.Until == nil || e.T < *w.Until) {
			kept = append(kept, e)
		}
	}
	return kept
}

func (w Window) String() string {
	text := "window"
	if w.From != nil {
		text += fmt.Sprint(" from ", *w.From)
	}
	if w.Until != nil {
		text += fmt.Sprint(" until ", *w.Until)
	}
	return text
}

// windowsOf are windows before, after, around and inside of a recording, empty ones, and random
// ones.
func windowsOf(all []Event, random *rand.Rand, n int) []Window {
	if len(all) == 0 {
		return []Window{{}, {new(Micros(5)), new(Micros(9))}}
	}
	first, last := all[0].T, all[len(all)-1].T
	some := all[len(all)/2].T
	windows := []Window{
		{}, {From: &first}, {Until: &first}, {From: &last}, {Until: &last},
		{new(first - 9), &first}, {new(last + 1), new(last + 9)}, {From: new(last + 1)},
		{&some, &some}, {&some, new(some + 1)}, {From: &some}, {Until: &some},
		{new(first - 1), new(last + 1)}, {new(Micros(-1) << 60), new(Micros(1) << 60)},
	}
	for i := aedat3Most; i < len(all) && i < 3*aedat3Most; i += aedat3Most {
		windows = append(windows, Window{From: new(all[i].T)})
	}
	for range n {
		from := all[random.IntN(len(all))].T + Micros(random.IntN(5)-2)
		length := random.Int64N(int64(last-from)+100) >> random.IntN(16)
		windows = append(windows, Window{&from, new(from + Micros(length))})
	}
	return windows
}

// samples are all recordings at hand, by name.
func samples(t *testing.T) (files map[string][]byte, options map[string]Options) {
	files, options = madeFiles(t, madeEvents(30_000,
		1000)), map[string]Options{"milliseconds.npy": {Columns: "x y p t[ms]"}}
	for name, c := range hdf5Files {
		options[name] = c.o
	}
	for _, pattern := range []string{recording("*.*"), filepath.Join("testdata", "*.*")} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if ending := filepath.Ext(name); ending == ".py" || ending == ".md" {
				continue
			}
			if files[filepath.Base(name)], err = os.ReadFile(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	return files, options
}

// A window has the events that filtering all by time leaves, of recordings of all formats, whatever
// the buffer.
func TestWindows(t *testing.T) {
	files, options := samples(t)
	for name, data := range files {
		random := rand.New(rand.NewPCG(1, uint64(len(data))))
		all, err := ReadAll(open(t, data, options[name]))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, w := range windowsOf(all, random, 10) {
			want := w.keep(all)
			r := between(t, open(t, data, options[name]), w)
			if i%2 == 0 {
				got, err := ReadAll(r)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%s, %v: %d events, %v, want %d", name, w, len(got), err, len(want))
				}
			} else if got := readWith(t, r, random); !slices.Equal(got, want) {
				t.Errorf("%s, %v: as places and in small pieces %d events, want %d", name, w,
					len(got), len(want))
			}
		}
	}
}

// checkWindow checks a window from the middle of a recording on, of which reading on gave these
// events and this error.
func checkWindow(t *testing.T, data []byte, all []Event, err error) {
	if len(all) == 0 {
		return
	}
	w := Window{From: &all[len(all)/2].T}
	got, windowErr := ReadAll(between(t, open(t, data, Options{}), w))
	if want := w.keep(all); err == nil && (windowErr != nil || !slices.Equal(got, want)) {
		t.Fatalf("%v: %v, %v, want %v", w, got, windowErr, want)
	}
}

// readWith reads by turns as places and into buffers of all sizes.
func readWith(t *testing.T, r Reader, random *rand.Rand) (all []Event) {
	var p Places
	for {
		if random.IntN(2) == 0 {
			if err := ReadPlaces(r, pixelGrid(), &p); err != nil && err != io.EOF {
				t.Fatal(err)
			}
			for i, at := range p.At[:p.N] {
				all = append(all, Event{p.T[i], uint16(at >> 1 & 0x7fff), uint16(at >> 16),
					at&1 > 0})
			}
		}
		buf := make([]Event, 1<<random.IntN(12))
		n, err := r.Read(buf)
		all = append(all, buf[:n]...)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// counting counts the bytes that are read.
type counting struct {
	*bytes.Reader
	n int64
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += int64(n)
	return n, err
}

func (c *counting) ReadAt(b []byte, at int64) (int, error) {
	n, err := c.Reader.ReadAt(b, at)
	c.n += int64(n)
	return n, err
}

// Of a long recording little is read for a short window in its middle, where the format allows it;
// where not, not more than up to the window's end.
func TestWindowsReadLittle(t *testing.T) {
	all := madeEvents(400_000, 100)
	middle := all[200_000].T
	for name, data := range madeFiles(t, all) {
		share := .1
		switch name {
		case "bin", "es", "raw", "npz", "aedat4 not ended":
			share = .6
		}
		for _, o := range []Options{{}, {TimeShift: true}} {
			if o.TimeShift && !strings.HasPrefix(name, "evt") {
				continue
			}
			c := &counting{Reader: bytes.NewReader(data)}
			r, err := Detect(c, said(data, o))
			if err != nil {
				t.Fatal(err)
			}
			got, err := ReadAll(between(t, r, Window{&middle, new(middle + 100)}))
			if err != nil || len(got) == 0 {
				t.Fatal(name, len(got), err)
			}
			if read := float64(c.n) / float64(len(data)); read > share {
				t.Errorf("%s: %.1f %% of %d bytes read, want at most %.0f", name, 100*read,
					len(data), 100*share)
			}
		}
	}
}

// Clocks that ran over make times of words that fall: windows before and after that are right all
// the same.
func TestWindowsWhereTheClockRanOver(t *testing.T) {
	var all []Event
	for i, e := range madeEvents(60_000, 100) {
		e.T += Micros(i/15_000) * (1<<31 - 200)
		all = append(all, e)
	}
	files := madeFiles(t, all)
	for _, name := range []string{"dat", "aedat", "raw", "csv", "npy", "npz", "npz stored"} {
		for _, w := range windowsOf(all, rand.New(rand.NewPCG(3, 4)), 10) {
			got, err := ReadAll(between(t, open(t, files[name], Options{}), w))
			if want := w.keep(all); err != nil || !slices.Equal(got, want) {
				t.Fatalf("%s, %v: %d events, %v, want %d", name, w, len(got), err, len(want))
			}
		}
	}
}

// A window of a damaged recording has the events that filtering those before the damage leaves, and
// then the error, unless the window is over before; or it lies behind damage that nobody looked at,
// and is as if there were none.
func TestWindowsOfDamage(t *testing.T) {
	made := madeFiles(t, madeEvents(10_000, 1000))
	random := rand.New(rand.NewPCG(5, 6))
	seen := map[bool]int{}
	for _, name := range slices.Sorted(maps.Keys(made)) { // so that chance is the same each time
		good := made[name]
		undamaged, _ := readAll(good)
		for trial := range 12 {
			data := slices.Clone(good)
			if trial%2 == 0 {
				data = data[:1000+random.IntN(len(data)-1000)]
			} else {
				at := 1000 + random.IntN(len(data)-2000)
				for i := range 16 {
					data[at+i] = byte(random.Uint32() >> (trial % 3 * 8))
				}
			}
			r, err := detect(data, Options{})
			if err != nil {
				continue
			}
			all, damage := ReadAll(r)
			windows := windowsOf(undamaged, random, 4)
			for range 6 {
				w := windows[random.IntN(len(windows))]
				got, err := ReadAll(between(t, open(t, data, Options{}), w))
				over := w.Until != nil && len(all) > 0 && all[len(all)-1].T >= *w.Until
				asRead := slices.Equal(got, w.keep(all)) &&
					(fmt.Sprint(err) == fmt.Sprint(damage) || over && err == nil)
				behind := w.From != nil && slices.Equal(got, w.keep(undamaged)) && err == nil &&
					len(data) == len(good)
				if !asRead && !behind {
					t.Fatalf("%s, trial %d, %v: %d events and %v; without a window %d of them "+
						"and %v", name, trial, w, len(got), err, len(w.keep(all)), damage)
				}
				var format *FormatError
				if err != nil && !errors.As(err, &format) && name != "npz" {
					t.Errorf("%s: %v, want an error that says where", name, err)
				}
				seen[err != nil]++
			}
		}
	}
	if seen[true] < 200 || seen[false] < 200 {
		t.Errorf("%d windows with an error and %d without, want many of both", seen[true],
			seen[false])
	}
}

func TestWindowsRefuse(t *testing.T) {
	_, err := Window{new(Micros(9)), new(Micros(5))}.Of(NMNIST(strings.NewReader("")))
	if want := "a window from 9 until 5 us, want one that does not end before it " +
		"begins"; err == nil ||
		err.Error() != want {

		t.Errorf("error %v, want %q", err, want)
	}
}
