package events

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bagSeries are the events of the made bags: see testdata/ros/README.md.
func bagSeries(begin Micros) []Event {
	all := make([]Event, 300)
	for i := range all {
		all[i] = Event{begin + Micros(100*i), uint16(7 * i % 300), uint16(3 * i % 200), i%2 == 1}
	}
	return all
}

const bagBegin = 1_700_000_000_000_000 // us

func TestBags(t *testing.T) {
	made := bagSeries(bagBegin)
	var columns []Event // libcaer_cmp, which has two more a packet
	for part := range slices.Chunk(made, 50) {
		last := part[len(part)-1]
		columns = append(columns, part...)
		columns = append(columns, Event{last.T, last.X, 10, true}, Event{last.T, last.X, 12, true})
	}
	real, err := openAll(filepath.Join("testdata/ros", "evt3-none.bag"), Options{})
	if err != nil || len(real) != 2523 || real[0].T != 7139845 || real[2522].T != 7171832 {
		t.Fatalf("%d events, %v", len(real), err)
	}
	dirs, err := os.ReadDir("testdata/ros")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, d := range dirs {
		name := d.Name()
		want, says := made, ""
		switch {
		case name == "make.py" || name == "README.md" || name == "long":
			continue
		case strings.HasPrefix(name, "evt3"):
			want = real
		case name == "packet-evt2":
			want = bagSeries(0)
		case name == "packet-libcaer_cmp":
			want = columns
		case name == "array-cut.mcap":
			want, says = made[:250], "byte 2022: want 538 bytes of a record, got 57 at the end"
		case strings.HasPrefix(name, "two-topics"):
			_, err := openAll(filepath.Join("testdata/ros", name), Options{})
			if err == nil || !strings.Contains(err.Error(), "events in topics /dvs/events, "+
				"/prophesee/events, want one of them named (--topic /dvs/events)") {
				t.Errorf("%s: error %v", name, err)
			}
		}
		for _, topic := range []string{"/dvs/events", "/prophesee/events"} {
			o := Options{}
			if strings.HasPrefix(name, "two-topics") {
				o.Topic = topic
			}
			got, err := openAll(filepath.Join("testdata/ros", name), o)
			if says == "" && err != nil || says != "" && !strings.Contains(fmt.Sprint(err), says) {
				t.Errorf("%s: error %v, want %q", name, err, says)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %d events, want %d as they were written", name, len(got), len(want))
			}
		}
		n++
	}
	if n != 23 {
		t.Errorf("%d bags", n)
	}
}

func TestBagTopics(t *testing.T) {
	f, err := Open("testdata/ros/two-topics-1.bag", Options{Topic: "/prophesee/events"})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := []Topic{
		{"/dvs/events", "dvs_msgs/EventArray", 6, true, false},
		{"/prophesee/events", "prophesee_event_msgs/EventArray", 6, true, true},
		{"/chatter", "std_msgs/String", 6, false, false},
	}
	if got := Topics(f); !slices.Equal(got, want) {
		t.Errorf("topics %v, want %v", got, want)
	}
	for _, c := range []struct{ path, topic, says string }{
		{"testdata/ros/two-topics-1.bag", "/chatter",
			`no topic "/chatter" of events, want one of /dvs`},
		{"testdata/lines.npy", "/a", "is for a ROS bag or AEDAT 4, and this is"},
	} {
		if _, err := Open(c.path, Options{Topic: c.topic}); !strings.Contains(fmt.Sprint(err),
			c.says) {
			t.Errorf("%s: error %v, want %q", c.path, err, c.says)
		}
	}
}

func openAll(path string, o Options) ([]Event, error) {
	f, err := Open(path, o)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadAll(f)
}

// A bag that is cut or changed anywhere gives an error or events, and never more memory than it
// may.
func TestDamagedBags(t *testing.T) {
	for _, name := range []string{"array-1.bag", "array-2/array-2.db3", "array-zstd.mcap",
		"array-unchunked.mcap"} {
		whole, err := os.ReadFile(filepath.Join("testdata/ros", name))
		if err != nil {
			t.Fatal(err)
		}
		step := max(1, len(whole)/60)
		for at := 16; at < len(whole); at += step {
			readAll(whole[:at])
			for _, with := range []byte{0, 0x7f, 0xff} {
				b := bytes.Clone(whole)
				for i := at; i < min(len(b), at+4); i++ {
					b[i] = with
				}
				readAll(b)
			}
		}
	}
}

// A window of a bag has the events that reading all of it gives, and is sought by the bag's index.
func TestBagWindows(t *testing.T) {
	for _, name := range []string{"long.bag", "long.mcap", "long.db3"} {
		data, err := os.ReadFile(filepath.Join("testdata/ros/long", name))
		if err != nil {
			t.Fatal(err)
		}
		all, err := readAll(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, share := range []float64{0, .3, .6, .9, 1} {
			from := all[0].T + Micros(share*float64(all[len(all)-1].T-all[0].T))
			until := from + 20_000
			var want []Event
			for _, e := range all {
				if e.T >= from && e.T < until {
					want = append(want, e)
				}
			}
			c := &countedReads{ReaderAt: bytes.NewReader(data), ReadSeeker: bytes.NewReader(data)}
			r, err := Detect(c, Options{})
			if err != nil {
				t.Fatal(err)
			}
			w, err := Window{From: &from, Until: &until}.Of(r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ReadAll(w)
			if err != nil || !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("%s from %d us: %d events, %v, want %d", name, from, len(got), err,
					len(want))
			}
			if most := int64(len(data)) / 2; share > .2 && c.n > most {
				t.Errorf("%s from %d us: %d bytes of %d were read", name, from, c.n, len(data))
			}
		}
	}
}

// countedReads counts the bytes that are read anywhere.
type countedReads struct {
	io.ReaderAt
	io.ReadSeeker
	n int64
}

func (c *countedReads) ReadAt(b []byte, at int64) (int, error) {
	c.n += int64(len(b))
	return c.ReaderAt.ReadAt(b, at)
}

func (c *countedReads) Read(b []byte) (int, error) {
	c.n += int64(len(b))
	return c.ReadSeeker.Read(b)
}
