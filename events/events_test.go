package events

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func recording(name string) string { return filepath.Join("..", "testdata", "recordings", name) }

func TestRealRecordings(t *testing.T) {
	for _, c := range []struct {
		name        string
		events      int
		first, last Micros
	}{
		{"nmnist-5-00001.bin", 4681, 893, 305924},
		{"nmnist-0-00002.bin", 5028, 937, 305341},
		{"nmnist-7-60001.bin", 3330, 5087, 307827},
		{"gesture-1.bin", 63471, 28, 1449996},
	} {
		f, err := Open(recording(c.name), Options{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := ReadAll(f)
		f.Close()
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if len(all) != c.events || all[0].T != c.first || all[len(all)-1].T != c.last {
			t.Errorf("%s: %d events, %d to %d us, want %d, %d to %d", c.name, len(all), all[0].T,
				all[len(all)-1].T, c.events, c.first, c.last)
		}
		var again []byte
		for _, e := range all {
			if again, err = AppendNMNIST(again, e); err != nil {
				t.Fatal(err)
			}
		}
		if stored, _ := os.ReadFile(recording(c.name)); !bytes.Equal(stored, again) {
			t.Errorf("%s: written again it has other bytes", c.name)
		}
	}
}

// Any events come back as they were written, however the bytes and the buffer are cut.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []Event
		var data []byte
		for range rapid.IntRange(0, 40).Draw(t, "events") {
			last := Micros(0)
			if len(want) > 0 {
				last = want[len(want)-1].T
			}
			e := Event{
				T:  last + Micros(rapid.IntRange(0, 100_000).Draw(t, "gap")),
				X:  uint16(rapid.IntRange(0, 255).Draw(t, "x")),
				Y:  uint16(rapid.IntRange(0, 239).Draw(t, "y")),
				On: rapid.Bool().Draw(t, "on"),
			}
			want = append(want, e)
			var err error
			if data, err = AppendNMNIST(data, e); err != nil {
				t.Fatal(err)
			}
		}
		r := NMNIST(iotest.OneByteReader(bytes.NewReader(data)))
		buf := make([]Event, rapid.IntRange(1, 7).Draw(t, "buffer"))
		var got []Event
		for {
			n, err := r.Read(buf)
			got = append(got, buf[:n]...)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestOverflowOfTheClock(t *testing.T) {
	data := []byte{
		3, 4, 0x80, 0, 100, // on at 100 us
		0, 240, 0, 0, 7, // the clock ran over
		5, 6, 0, 0, 50,
		0, 240, 0x80, 0, 0, // twice
		7, 8, 0x80, 0, 1,
	}
	got, err := ReadAll(NMNIST(bytes.NewReader(data)))
	want := []Event{{100, 3, 4, true}, {8192 + 50, 5, 6, false}, {16384 + 1, 7, 8, true}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestDamage(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		good int
		want string
	}{
		{"cut", []byte{1, 2, 0, 0, 9, 1, 2, 0}, 1, "40-bit events, byte 5: want 5 bytes of an " +
			"event, got 3 at the end of the file"},
		{"time runs back", []byte{1, 2, 0, 0, 9, 1, 2, 0, 0, 8}, 1, "40-bit events, byte 5: want " +
			"a time of at least 9 us, that of the event before, got 8 us (--skip-invalid leaves " +
			"such events out)"},
	} {
		got, err := ReadAll(NMNIST(bytes.NewReader(c.data)))
		var format *FormatError
		if !errors.As(err, &format) || err.Error() != c.want || len(got) != c.good {
			t.Errorf("%s: %d events and error %v, want %d and %q", c.name, len(got), err, c.good,
				c.want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for begin, want := range map[string]string{
		"": "an empty file, want a recording: AEDAT 1 to 4, " +
			"Prophesee RAW",
		"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d": "a PNG picture, want a recording: ",
		"\x1f\x8b\x08\x00": "gzip, byte 4: want a file that can be unpacked, got " +
			"unexpected EOF",
		"SQLite format 3\x00": "ROS 2 bag (SQLite), byte 0: want 100 bytes of a page, got " +
			"16 at the",
		"#ROSBAG V1.2\n": "ROS 1 bag, byte 0: want a bag of version 2.0 " +
			"(rosbag migrate writes one)",
		"Dear all,\nhere it is\n": `text that begins with "Dear all,", want a recording: `,
		"#!AER-DAT2.0\r\n# x": "AEDAT, byte 14: want the end of a line " +
			"of the header, got the end of the file",
		"#!AER-DAT2.0\r\n# AEChip: x.CochleaAMS\r\n": "want an AEChip DVS128, or DAVIS128, " +
			"208, 240, 346 or 640, got x.CochleaAMS",
		"#!AER-DAT3.1\r\n#Format: SerializedTS,PNGFrames\r\n#!END-HEADER\r\n": "want " +
			"#Format: RAW, without packed times, got SerializedTS,PNGFrames",
		"% system_ID 49\n":         "(--format evt2, evt21, evt3 or evt4 says it)",
		"Event Stream\x02\x00\x00": "byte 15: want 20 bytes of a header",
		"Event Stream\x02\x00\x00\x04\x09\x00\x09\x00": "byte 15: want type 1 (DVS) or 2 " +
			"(ATIS), got 4",
		"% Version 2\n\x0e\x08": "want events of type 0 or 12 and 8 bytes, got type 14, 8 bytes",
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(begin), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, Options{}); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), path) {

			t.Errorf("%q: error %v, want %q and the path", begin, err, want)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none"), Options{}); !errors.Is(err,
		os.ErrNotExist) {
		t.Errorf("error %v, want %v", err, os.ErrNotExist)
	}
}

// An event where a RAW header would have its "% " is an event.
func TestOpenTakesAnEventForOne(t *testing.T) {
	r, err := Detect(strings.NewReader("% \x80\x00\x07"), Options{Format: Bin})
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadAll(r)
	if want := []Event{{7, '%', ' ', true}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestOpenNamesAFolderOnce(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir, Options{}); err == nil || strings.Count(err.Error(), dir) != 1 {
		t.Errorf("error %v, want one that names the folder once", err)
	}
}

func TestAppendRefusesWhatDoesNotFit(t *testing.T) {
	for _, e := range []Event{{X: 256}, {Y: 256}, {Y: 240}, {T: -1}, {T: 1 << 23}} {
		if b, err := AppendNMNIST(nil, e); err == nil || b != nil {
			t.Errorf("%v: wrote %v, want an error", e, b)
		}
	}
}

// FuzzNMNIST: no input panics; the events before damage are those of the file cut there; what was
// read can be written.
func FuzzNMNIST(f *testing.F) {
	for _, name := range []string{"nmnist-5-00001.bin", "gesture-1.bin"} {
		data, err := os.ReadFile(recording(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:500])
		f.Add(data[:503])
	}
	f.Add([]byte{3, 4, 0x80, 0, 100, 0, 240, 0, 0, 7, 5, 6, 0, 0, 50})
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := ReadAll(NMNIST(bytes.NewReader(data)))
		var format *FormatError
		switch {
		case err == nil && len(data)%5 != 0:
			t.Fatalf("no error for %d bytes", len(data))
		case errors.As(err, &format):
			again, err := ReadAll(NMNIST(bytes.NewReader(data[:format.Offset])))
			if err != nil || !slices.Equal(all, again) {
				t.Fatalf("cut at the damage: %v, %v, want %v", again, err, all)
			}
		case err != nil:
			t.Fatal(err)
		}
		for i, e := range all {
			if i > 0 && e.T < all[i-1].T {
				t.Fatalf("event %d runs back", i)
			}
		}
	})
}

func BenchmarkNMNIST(b *testing.B) {
	data, err := os.ReadFile(recording("gesture-1.bin"))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	buf := make([]Event, 4096)
	for b.Loop() {
		r := NMNIST(bytes.NewReader(data))
		for {
			if _, err := r.Read(buf); err != nil {
				break
			}
		}
	}
	b.ReportMetric(float64(len(data)/5*b.N)/b.Elapsed().Seconds(), "events/s")
}

func ExampleOpen() {
	f, err := Open("../testdata/recordings/nmnist-5-00001.bin", Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	all, err := ReadAll(f)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d events, %d to %d us\n", len(all), all[0].T, all[len(all)-1].T)
	// Output: 4681 events, 893 to 305924 us
}

// A recording is the same however many of its events come at a time.
func TestAppendAll(t *testing.T) {
	all := make([]Event, 10_000)
	for i := range all {
		all[i] = Event{T: Micros(3 * i), X: uint16(i % 34), Y: uint16(i % 31), On: i%2 == 0}
	}
	for _, most := range []int{1, 1000, 20_000} {
		if got, err := AppendAll(nil, &slice{all, most}); err != nil || !slices.Equal(got, all) {
			t.Errorf("%d at a time: %d events, %v, want %d", most, len(got), err, len(all))
		}
		if got, err := AppendAll(slices.Clone(all[:7]), &slice{all[7:], most}); err != nil ||
			!slices.Equal(got, all) {

			t.Errorf("%d at a time behind 7: %d events, %v, want %d", most, len(got), err, len(all))
		}
	}
}

// slice is a reader of a few events at a time.
type slice struct {
	all  []Event
	most int
}

func (s *slice) Format() string { return "slice" }
func (s *slice) Sensor() Size   { return Size{} }
func (s *slice) Read(buf []Event) (int, error) {
	if len(s.all) == 0 {
		return 0, io.EOF
	}
	n := copy(buf[:min(len(buf), s.most)], s.all)
	s.all = s.all[n:]
	return n, nil
}
