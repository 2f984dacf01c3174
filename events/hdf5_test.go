package events

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/internal/hdf5"
)

// hdf5Files are those that the HDF Group's library wrote (testdata/make_hdf5.py) with the events of
// fields.npy.
var hdf5Files = map[string]struct {
	o      Options
	sensor Size
}{
	"metavision.hdf5":        {Options{}, Size{1280, 720}},
	"metavision-latest.hdf5": {Options{}, Size{1280, 720}},
	"dsec.h5":                {Options{}, Size{}},
	"m3ed.h5":                {Options{Group: "/prophesee/left"}, Size{}},
	"seconds.h5":             {Options{}, Size{1280, 720}},
	"lines.h5":               {Options{Columns: "x y t p"}, Size{}},
	"root.h5":                {Options{}, Size{}},
	"row.h5":                 {Options{}, Size{}},
	"matlab73.mat":           {Options{}, Size{}},
}

func testdata(tb testing.TB, name string) []byte {
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// open opens a recording in memory, as detect does.
func open(tb testing.TB, data []byte, o Options) Reader {
	r, err := detect(data, o)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// fieldEvents are the events of fields.npy.
func fieldEvents(tb testing.TB) []Event {
	all, err := ReadAll(open(tb, testdata(tb, "fields.npy"), Options{}))
	if err != nil || len(all) != 500 {
		tb.Fatal(len(all), err)
	}
	return all
}

func TestHDF5(t *testing.T) {
	want := fieldEvents(t)
	for name, c := range hdf5Files {
		r := open(t, testdata(t, name), c.o)
		got, err := ReadAll(r)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %d events, %v, not those of fields.npy", name, len(got), err)
		}
		if r.Sensor() != c.sensor || r.Format() != "HDF5" {
			t.Errorf("%s: sensor %v, format %s, want %v", name, r.Sensor(), r.Format(), c.sensor)
		}
		r = between(t, open(t, testdata(t, name), c.o), Window{From: new(want[123].T)})
		if got, err := ReadAll(r); err != nil || !slices.Equal(got,
			Window{From: new(want[123].T)}.keep(want)) {
			t.Errorf("%s: %d events from that of number 123 on, %v", name, len(got), err)
		}
	}
}

// Times may begin near 0: Metavision says what to subtract, DSEC what to add.
func TestHDF5TimeShift(t *testing.T) {
	want := fieldEvents(t)
	for name, shift := range map[string]Micros{"metavision.hdf5": 11718656, "dsec.h5": 11_000_000,
		"root.h5": 0} {
		got, err := ReadAll(open(t, testdata(t, name), Options{TimeShift: true}))
		if err != nil || len(got) != len(want) || got[0].T != want[0].T-shift ||
			got[499].T != want[499].T-shift {

			t.Errorf("%s: %d events, %v, want times less %d us", name, len(got), err, shift)
		}
	}
}

func TestHDF5Refuses(t *testing.T) {
	for want, c := range map[string]struct {
		name string
		o    Options
	}{
		"HDF5: events in /prophesee/left, /prophesee/right, want one of them named (--group " +
			"/prophesee/left)": {"m3ed.h5", Options{}},
		`HDF5: no events in group "prophesee/lef", want one of "prophesee, prophesee/left, ` +
			`prophesee/right"`: {"m3ed.h5", Options{Group: "prophesee/lef"}},
		`HDF5: no events in group "davis/left/imus", want one of "davis, davis/again, ` +
			`davis/left, davis/left/events`: {"lines.h5", Options{Group: "davis/left/imus"}},
		"columns \"x y\": t has no column": {"lines.h5", Options{Columns: "x y"}},
	} {
		if _, err := Detect(bytes.NewReader(testdata(t, c.name)), c.o); err == nil ||
			!strings.Contains(err.Error(), want) {

			t.Errorf("%s: error %v, want %q", c.name, err, want)
		}
	}
	if _, err := Detect(io.MultiReader(bytes.NewReader(testdata(t, "root.h5"))),
		Options{}); err == nil || !strings.Contains(err.Error(),
		"HDF5 that comes as a stream, want a file") {
		t.Errorf("error %v", err)
	}
	// The right eye's polarities are those of the left, turned round.
	got, err := ReadAll(open(t, testdata(t, "m3ed.h5"), Options{Group: "prophesee/right"}))
	if err != nil || len(got) != 500 || got[0].On == fieldEvents(t)[0].On {
		t.Errorf("%d events, %v", len(got), err)
	}
	got, err = ReadAll(open(t, testdata(t, "lines.h5"), Options{Columns: "t y x p"}))
	if format, ok := errors.AsType[*FormatError](err); !ok || format.Offset == 0 || len(got) != 0 ||
		!strings.Contains(err.Error(), "want x as a whole number (event 0), got ") {

		t.Errorf("%d events, error %v", len(got), err)
	}
}

// A file that is cut gives the events before the cut, as far as what says where they are was not
// cut off, and an error.
func TestHDF5Cuts(t *testing.T) {
	want := fieldEvents(t)
	most := 0
	for name, c := range hdf5Files {
		data := testdata(t, name)
		begin := 8 + max(0, int(hdf5.Begin(data))) // before that it is another file
		for cut := begin; cut < len(data); cut++ {
			if cut > 1024 && cut < len(data)-64 {
				cut += 36
			}
			var got []Event
			r, err := Detect(bytes.NewReader(data[:cut]), c.o)
			if err == nil {
				got, err = ReadAll(r)
			}
			if err == nil || len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
				t.Fatalf("%s cut at %d: %d events, error %v, want some of the first and an error",
					name, cut, len(got), err)
			}
			if format, ok := errors.AsType[*FormatError](err); !ok || format.Offset < 0 ||
				format.Offset > int64(cut) {

				t.Fatalf("%s cut at %d: error %v, want one that says where", name, cut, err)
			}
			most = max(most, len(got))
		}
	}
	if most != 500 {
		t.Errorf("%d events at most, want all that lie before what is missed behind them", most)
	}
	data := testdata(t, "root.h5")
	if got, err := readAll(data[:len(data)-1]); len(got) != 499 || err == nil ||
		!strings.Contains(err.Error(), "want 500 bytes of data, got 499 at the end of the file") {

		t.Errorf("cut by a byte: %d events, %v", len(got), err)
	}
}

// FuzzHDF5: no file makes the reader panic or hang, and times do not run back.
func FuzzHDF5(f *testing.F) {
	for name := range hdf5Files {
		f.Add(testdata(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !bytes.HasPrefix(data, []byte(hdf5.Signature)) {
			return
		}
		r, err := Detect(bytes.NewReader(data), Options{Group: "", Columns: "x y t p"})
		if err != nil {
			return
		}
		buf, last := make([]Event, 1000), Micros(-1<<63)
		for range 100 {
			n, err := r.Read(buf)
			for _, e := range buf[:n] {
				if e.T < last {
					t.Fatalf("time runs back to %d", e.T)
				}
				last = e.T
			}
			if err != nil {
				break
			}
		}
	})
}
