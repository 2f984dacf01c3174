package events

import (
	"bytes"
	"crypto/sha3"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"testing/iotest"
)

// Real recordings, with facts that others decoded: see testdata/recordings.
func TestSamples(t *testing.T) {
	for name, want := range map[string]struct {
		format      string
		sensor      Size
		events, on  int
		first, last Micros
		edge        Size // the smallest sensor that holds all
	}{
		"evt2_sample.raw": {"EVT 2.0", Size{640, 480}, 539481, 367855, 1317888, 1367888,
			Size{600, 476}},
		"evt3_sample.raw": {"EVT 3.0", Size{1280, 720}, 219596, 115532, 11718656,
			11727457, Size{1280, 720}},
		"sample_ncars.dat": {"DAT", Size{}, 2009, 1350, 0, 99952, Size{78, 42}},
		"dvs_sample.es": {"Event Stream", Size{320, 240}, 473225, 270001, 0, 999000,
			Size{320, 240}},
		"sample_aedat_header.aedat": {"AEDAT 2.0", Size{346, 260}, 0, 0, 0, 0, Size{}},
	} {
		f, err := Open(recording(name), Options{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := ReadAll(f)
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := want
		got.format, got.sensor, got.events, got.on, got.edge = f.Format(), f.Sensor(), len(all), 0,
			Size{}
		for _, e := range all {
			got.on += int(bit(e.On))
			got.edge = Size{max(got.edge.Width, int(e.X)+1), max(got.edge.Height, int(e.Y)+1)}
		}
		if len(all) > 0 {
			got.first, got.last = all[0].T, all[len(all)-1].T
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// The fields of the Event Stream, against digests published with it (faery).
func TestEventStreamDigests(t *testing.T) {
	for _, c := range []struct {
		o Options
		y string
	}{
		{Options{}, "6ccc2ff279b4fb7f87b37d128d84da6771df6b40b624bf3cd4e6622a"},
		{Options{Orientation: Stored}, "6aa82f1dfddd6948a7359816ad62f7fb2c59d00f803e4128868db87b"},
	} {
		f, err := Open(recording("dvs_sample.es"), c.o)
		if err != nil {
			t.Fatal(err)
		}
		all, err := ReadAll(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		var times, xs, ys, ons []byte
		for _, e := range all {
			times = binary.LittleEndian.AppendUint64(times, uint64(e.T))
			xs = binary.LittleEndian.AppendUint16(xs, e.X)
			ys = binary.LittleEndian.AppendUint16(ys, e.Y)
			ons = append(ons, byte(bit(e.On)))
		}
		for _, d := range []struct {
			data []byte
			want string
		}{
			{times, "6f3f9af2e99d83707fd74fef3486abdd9f2f81680d3c4fcc306b1965"},
			{xs, "976eab4dc499e350481c3f568f71b2713e3ffa944bc1866f31448460"},
			{ys, c.y},
			{ons, "6f3c58f949e7c11c55707d11f739d98669882d551403c79482ab81f9"},
		} {
			if got := fmt.Sprintf("%x", sha3.Sum224(d.data)); got != d.want {
				t.Errorf("orientation %v: digest %s, want %s", c.o.Orientation, got, d.want)
			}
		}
	}
}

// A file that is cut gives the events before the cut, and says where it is cut.
func TestCuts(t *testing.T) {
	for _, name := range []string{"evt2_sample.raw", "evt3_sample.raw", "sample_ncars.dat",
		"dvs_sample.es", "nmnist-5-00001.bin"} {
		data, err := os.ReadFile(recording(name))
		if err != nil {
			t.Fatal(err)
		}
		testCuts(t, name, data[:min(len(data), 40_000)])
	}
}

// testCuts cuts a recording at every byte of its first kilobyte and at 100 others.
func testCuts(t *testing.T, name string, data []byte) {
	t.Helper()
	all, _ := readAll(data)
	o := said(data, Options{})
	cuts := make([]int, 0, 1200)
	for i := 1; i < min(1024, len(data)); i++ {
		cuts = append(cuts, i)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for len(data) > 1024 && len(cuts) < 1123 {
		cuts = append(cuts, 1024+random.IntN(len(data)-1024))
	}
	slices.Sort(cuts)
	before := 0
	for _, cut := range cuts {
		var got []Event
		r, err := Detect(bytes.NewReader(data[:cut]), o)
		if err == nil {
			got, err = ReadAll(r)
		}
		if len(got) < before || len(got) > len(all) || !slices.Equal(got, all[:len(got)]) {
			t.Fatalf("%s cut at %d: %d events, want at least the %d of a shorter file, and those "+
				"of the whole", name, cut, len(got), before)
		}
		before = len(got)
		var format *FormatError
		if err != nil && (!errors.As(err, &format) || format.Offset < 0 ||
			format.Offset > int64(cut)) && len(got) > 0 {

			t.Fatalf("%s cut at %d: error %v, want one that says where", name, cut, err)
		}
	}
	if len(all) > 0 && before == 0 {
		t.Errorf("%s: no cut gave an event", name)
	}
}

// readAll reads a recording from memory.
func readAll(data []byte) ([]Event, error) {
	r, err := detect(data, Options{})
	if err != nil {
		return nil, err
	}
	return ReadAll(r)
}

// FuzzDetect: no file makes a reader panic, and what it yields depends neither on how the bytes
// come nor on the buffer.
func FuzzDetect(f *testing.F) {
	for _, name := range []string{"evt2_sample.raw", "evt3_sample.raw", "sample_ncars.dat",
		"dvs_sample.es", "nmnist-5-00001.bin", "sample_aedat_header.aedat"} {
		data, err := os.ReadFile(recording(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:min(len(data), 700)])
	}
	for _, format := range Writable() {
		var b bytes.Buffer
		if w, err := NewWriter(&b, format, Size{128, 128}); err == nil {
			w.Write([]Event{{1, 2, 3, true}, {5000, 100, 100, false}, {200_000, 1, 1, true}})
			w.Close()
			f.Add(b.Bytes())
		}
	}
	f.Add(evt21File("", 0x8000_0001_0000_0000, 0x1002_0008_0000_00ff))
	f.Add([]byte("#!AER-DAT2.0\r\n\x00\x00\x12\x35\x00\x00\x00\x10"))
	f.Add([]byte("% evt 4.0\n\x01\x00\x00\xe0\x01\x00\x00\xb0\x01\x00\x00\xc0\xff\x00\x00\x00"))
	seedCases(f, func(data []byte) { f.Add(data) }, ".aedat", ".csv", ".txt", ".npy")
	f.Fuzz(func(t *testing.T, data []byte) {
		want, wantErr := readAll(data)
		checkWindow(t, data, want, wantErr)
		r, err := Detect(iotest.OneByteReader(bytes.NewReader(data)), said(data, Options{}))
		if err != nil {
			return // as a stream it may not be readable
		}
		var got []Event
		buf := make([]Event, 3)
		for err == nil {
			var n int
			n, err = r.Read(buf)
			got = append(got, buf[:n]...)
		}
		if err == io.EOF {
			err = nil
		}
		if !slices.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("in small pieces %d events and %v, at once %d and %v", len(got), err,
				len(want), wantErr)
		}
		for i := 1; i < len(want); i++ {
			if want[i].T < want[i-1].T {
				t.Fatalf("event %d runs back", i)
			}
		}
	})
}
