package events

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Files that NumPy wrote (testdata/make_numpy.py) hold the first 500 events of a RAW file, as
// another decoder read them.
func TestNumPy(t *testing.T) {
	raw, err := Open(recording("evt3_sample.raw"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	want := make([]Event, 500)
	if n, err := raw.Read(want); n != len(want) || err != nil {
		t.Fatal(n, err)
	}
	for name, o := range map[string]Options{
		"fields.npy": {}, "lines.npy": {}, "milliseconds.npy": {Columns: "x y p t[ms]"},
		"arrays.npz": {}, "single.npz": {},
	} {
		f, err := Open(filepath.Join("testdata", name), o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadAll(f)
		f.Close()
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %d events, %v, not those of the RAW file", name, len(got), err)
		}
	}
}

func TestNumPyCuts(t *testing.T) {
	for _, name := range []string{"fields.npy", "lines.npy"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		testCuts(t, name, data)
		if _, err := readAll(data[:len(data)-3]); err == nil ||
			!strings.Contains(err.Error(), "want 1 more elements, got the end of the file") {

			t.Errorf("%s cut: error %v", name, err)
		}
	}
	data, err := os.ReadFile(filepath.Join("testdata", "arrays.npz"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(data[:len(data)-3]); err == nil ||
		!strings.Contains(err.Error(), "want a zip archive of arrays") {

		t.Errorf("cut: error %v", err)
	}
}

func TestNumPyRefuses(t *testing.T) {
	array := func(descr, shape string, data ...byte) []byte {
		text := "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }\n"
		return append([]byte("\x93NUMPY\x01\x00"+string([]byte{byte(len(text)), 0})+text), data...)
	}
	for want, data := range map[string][]byte{
		"numbers, like <i8, got \"|O\"":                    array("'|O'", "(3, 4)"),
		"an array of structures, or of 4 numbers an event": array("'<i8'", "(3,)"),
		`want columns called t, x, y and p once each (--columns "x y t p"`: array("[('a', "+
			"'<i8'), ('x', '<i2'), ('y', '<i2'), ('p', '<i2')]", "(3,)"),
		"byte 70: want 3 more elements, got the end": array("'<i1'",
			"(3, 4)"),
		"a polarity of -1, 0 or 1, got 2": array("'|u1'", "(1, 4)", 1, 2, 3, 2),
		"a time of at least 5 us": array("'|u1'", "(2, 4)", 5, 2, 3, 1, 4, 2,
			3, 1),
		`want fields that are numbers, got ""`:         array("[]", "(3, 4)"),
		"a header with descr, fortran_order and shape": []byte("\x93NUMPY\x01\x00\x02\x00{}"),
		"fields that are numbers": array("[('t', '<i8', (2,)), ('x', '<i2')]",
			"(3,)"),
	} {
		if _, err := readAll(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func FuzzNumPy(f *testing.F) {
	for _, name := range []string{"fields.npy", "arrays.npz", "single.npz"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:min(len(data), 2000)])
		f.Add(data)
	}
	seedCases(f, func(data []byte) { f.Add(data) }, ".npy", ".npz")
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte("PK")) || bytes.HasPrefix(data, []byte("\x93NUMPY")) {
			readAll(data)
		}
	})
}

// Times of NumPy's own types, of an instant or a span, say their unit.
func TestNumPyTimes(t *testing.T) {
	for kind, scale := range map[string]int64{"<M8[us]": 1, "<m8[us]": 1, ">M8[ns]": 1000,
		"<m8[ns]": 1000} {

		text := "{'descr': [('t', '" + kind + "'), ('x', '<u2'), ('y', '<u2'), ('p', '|b1')], " +
			"'fortran_order': False, 'shape': (2,), }\n"
		data := []byte("\x93NUMPY\x01\x00" + string([]byte{byte(len(text)), 0}) + text)
		want := []Event{{T: 1_700_000_000_000_005, X: 7, Y: 3, On: true},
			{T: 1_700_000_000_000_105, X: 14, Y: 6}}
		for _, e := range want {
			if kind[0] == '>' {
				data = binary.BigEndian.AppendUint64(data, uint64(int64(e.T)*scale))
			} else {
				data = binary.LittleEndian.AppendUint64(data, uint64(int64(e.T)*scale))
			}
			data = append(data, byte(e.X), 0, byte(e.Y), 0, map[bool]byte{true: 1}[e.On])
		}
		got, err := readAll(data)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", kind, got, err, want)
		}
	}
}

// Fields of every type of float may stand anywhere in a structure: x and y are looked at where they
// lie, and not at its beginning.
func TestFloatsWithinStructures(t *testing.T) {
	want := []Event{{T: 5, X: 7, Y: 3, On: true}, {T: 105, X: 14, Y: 6}}
	for _, kind := range []string{"<f4", ">f4", "<f8", ">f8"} {
		order := binary.AppendByteOrder(binary.LittleEndian)
		if kind[0] == '>' {
			order = binary.BigEndian
		}
		text := "{'descr': [('t', '" + kind + "'), ('x', '" + kind + "'), ('y', '" + kind +
			"'), ('p', '" + kind + "')], 'fortran_order': False, 'shape': (2,), }\n"
		data := []byte("\x93NUMPY\x01\x00" + string([]byte{byte(len(text)), 0}) + text)
		for _, e := range want {
			p := 0.
			if e.On {
				p = 1
			}
			for _, v := range []float64{float64(e.T) / 1e6, float64(e.X), float64(e.Y), p} {
				if kind[2] == '4' {
					data = order.AppendUint32(data, math.Float32bits(float32(v)))
				} else {
					data = order.AppendUint64(data, math.Float64bits(v))
				}
			}
		}
		got, err := readAll(data)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", kind, got, err, want)
		}
		// x is 7.5 now
		half := order.AppendUint64(nil, math.Float64bits(7.5))
		at := len(data) - 2*32 + 8
		if kind[2] == '4' {
			half, at = order.AppendUint32(nil, math.Float32bits(7.5)), len(data)-2*16+4
		}
		copy(data[at:], half)
		if _, err := readAll(data); err == nil ||
			!strings.Contains(err.Error(), "x as a whole number, got 7.5") {

			t.Errorf("%s: error %v, want that x is no whole number", kind, err)
		}
	}
}
