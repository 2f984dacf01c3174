package events

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

// Limited gives the events up to the limit, by Read and as places, and through a window; one more
// is an error.
func TestLimited(t *testing.T) {
	data := testdata(t, "../../testdata/recordings/nmnist-7-60001.bin")
	all, err := ReadAll(open(t, data, Options{}))
	if err != nil {
		t.Fatal(err)
	}
	n := len(all)
	for _, most := range []int{0, 1, 1023, 1024, 1025, n - 1, n, n + 1} {
		got, err := ReadAll(Limited(open(t, data, Options{}), most))
		many, over := errors.AsType[*LimitError](err)
		if !slices.Equal(got, all[:min(most, n)]) || over != (most < n) ||
			over && many.Events != most {

			t.Errorf("limit %d: %d events, %v", most, len(got), err)
		}
		places := 0
		for r, p := Limited(open(t, data, Options{}), most), new(Places); ; places += p.N {
			if err = ReadPlaces(r, pixelGrid(), p); err != nil || p.N == 0 {
				break
			}
		}
		if _, over := errors.AsType[*LimitError](err); over != (most < n) || places > most ||
			most >= n && (err != io.EOF || places != n) {

			t.Errorf("limit %d: %d places, %v", most, places, err)
		}
	}
	from := all[n-200].T
	first := slices.IndexFunc(all, func(e Event) bool { return e.T >= from })
	var table bytes.Buffer
	for _, e := range all {
		fmt.Fprintln(&table, int64(e.T), e.X, e.Y, e.On)
	}
	got, err := ReadAll(between(t, Limited(open(t, table.Bytes(), Options{}), n/2),
		Window{From: &from})) // sought, or it would read more
	if err != nil || !slices.Equal(got, all[first:]) {
		t.Errorf("%d events of a window, want %d: %v", len(got), n-first, err)
	}
}

// What would be unpacked to more than is allowed is refused, in each format that unpacks much at
// once, and what needs as much is read.
func TestUnpackedLimit(t *testing.T) {
	for _, c := range []struct {
		name         string
		enough, less int64
	}{
		{"compressed.mat", 1 << 20, 1000},
		{"metavision.hdf5", 4 << 20, 1000},
		{"dsec.h5", 4 << 20, 1000},
		{"../../testdata/recordings/sample.aedat4", 8 << 20, 1000},
	} {
		data := testdata(t, c.name)
		want, err := ReadAll(open(t, data, Options{}))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ReadAll(open(t, data, Options{Unpacked: c.enough})); err != nil ||
			!slices.Equal(got, want) {

			t.Errorf("%s: %d events, %v", c.name, len(got), err)
		}
		r, err := detect(data, Options{Unpacked: c.less})
		if err == nil {
			_, err = ReadAll(r)
		}
		if err == nil || !strings.Contains(err.Error(), fmt.Sprint(c.less, " bytes")) {
			t.Errorf("%s with %d bytes: %v", c.name, c.less, err)
		}
	}
}

// Arrays of all types of number are read to the nearest float32.
func TestReadArray(t *testing.T) {
	header := func(descr, order, shape string) []byte {
		text := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n", descr, order,
			shape)
		return append(binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"),
			uint16(len(text))), text...)
	}
	double := binary.LittleEndian.AppendUint64(nil, math.Float64bits(1.1))
	for _, c := range []struct {
		descr string
		data  []byte
		want  []float32
	}{
		{"|u1", []byte{0, 255}, []float32{0, 255}},
		{"|i1", []byte{1, 255}, []float32{1, -1}},
		{"|b1", []byte{1, 0}, []float32{1, 0}},
		{"<i2", []byte{1, 0, 0xfe, 0xff}, []float32{1, -2}},
		{">u2", []byte{1, 0, 0, 1}, []float32{256, 1}},
		{"<u8", append(make([]byte, 8), 0, 0, 0, 0, 0, 0, 0, 0x80), []float32{0, 1 << 63}},
		{"<i8", append([]byte{5, 0, 0, 0, 0, 0, 0, 0}, slices.Repeat([]byte{0xff}, 8)...),
			[]float32{5, -1}},
		{"<f8", append(slices.Clone(double), double...), []float32{1.1, 1.1}},
		{"<f8", append(slices.Clone(double), 0, 0, 0, 0, 0, 0, 0xe0, 0x7f),
			[]float32{1.1, float32(math.Inf(1))}},
		{">f4", []byte{0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0}, []float32{1, -2}},
	} {
		data := append(header(c.descr, "False", "2, 1"), c.data...)
		got, err := ReadArray(bytes.NewReader(data), 2, 1)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v (%v)", c.descr, got, c.want, err)
		}
		for cut := range data {
			if got, err := ReadArray(bytes.NewReader(data[:cut]), 2, 1); err == nil {
				t.Errorf("%s cut at byte %d: %v and no error", c.descr, cut, got)
			}
		}
	}
	for _, c := range []struct {
		data []byte
		says string
	}{
		{append(header("|u1", "False", "2, 1"), 0, 0, 0),
			"want the end of the file after the last element, got more"},
		{append(header("|u1", "True", "2, 1"), 0, 0), "Fortran order true"},
		{append(header("|u1", "False", "1, 2"), 0, 0),
			"want numbers of shape [2 1] in C order, got shape [1 2]"},
	} {
		if _, err := ReadArray(bytes.NewReader(c.data), 2, 1); err == nil ||
			!strings.Contains(err.Error(), c.says) {

			t.Errorf("got %v, want %s", err, c.says)
		}
	}
}
