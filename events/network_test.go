package events

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// aedat3Stream are packets as they come by TCP: those of a file behind a network header.
func aedat3Stream(t *testing.T, all []Event) []byte {
	var file bytes.Buffer
	w, err := NewWriter(&file, "aedat", Size{34, 34})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(all); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, packets, _ := bytes.Cut(file.Bytes(), []byte("#!END-HEADER\r\n"))
	b := binary.LittleEndian.AppendUint64(nil, 0x1D378BC90B9A6658)
	b = append(b, make([]byte, 12)...)
	b[16] = 1
	return append(b, packets...)
}

// What comes over a network is what a file says.
func TestNetworkStreams(t *testing.T) {
	data, err := os.ReadFile(recording("nmnist-7-60001.bin"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := detect(data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	four := aedat4File(3, false, want[:1000], want[1000:])
	for format, stream := range map[string][]byte{"AEDAT 3.1": aedat3Stream(t, want),
		"AEDAT 4": four[len(aedat4Line):]} {
		r, err := Detect(bytes.NewReader(stream), Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadAll(r)
		if err != nil || r.Format() != format || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d events of %s, %v, want %d", format, len(got), r.Format(), err,
				len(want))
		}
	}
	for want, change := range map[string]func(b []byte){
		"byte 8: want the sequence number 0": func(b []byte) { b[8] = 3 },
		"byte 16: want version 1":            func(b []byte) { b[16] = 2 },
		"byte 17: want format 0 (RAW)":       func(b []byte) { b[17] = 1 },
	} {
		b := aedat3Stream(t, []Event{{T: 1}})
		change(b)
		if _, err := Detect(bytes.NewReader(b), Options{}); err == nil ||
			!strings.Contains(err.Error(), want) {

			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// What has come is read without waiting for what has not.
func TestReadDoesNotWait(t *testing.T) {
	var all []Event
	for i := range 3000 {
		all = append(all, Event{T: Micros(i), X: uint16(i % 34)})
	}
	four := aedat4File(0, false, all[:700], all[700:])
	for name, stream := range map[string][]byte{"AEDAT 3.1": aedat3Stream(t, all),
		"AEDAT 4": four[len(aedat4Line):]} {
		in, out := io.Pipe()
		rest := make(chan struct{})
		go func() {
			out.Write(stream[:12000]) // some 740 events and more
			<-rest
			out.Write(stream[12000:])
			out.Close()
		}()
		r, err := Detect(in, Options{})
		if err != nil {
			t.Fatal(err)
		}
		buf, got := make([]Event, 1<<12), []Event(nil)
		for len(got) < 700 { // would never return if it waited to fill buf
			n, err := r.Read(buf)
			if err != nil {
				t.Fatal(name, err)
			}
			got = append(got, buf[:n]...)
		}
		close(rest)
		more, err := ReadAll(r)
		if got = append(got, more...); err != nil || !slices.Equal(got, all) {
			t.Errorf("%s: %d events, %v, want %d", name, len(got), err, len(all))
		}
	}
}

// The first events of what a camera sends are read before there are 4 KiB of it, and what came
// before an error is read before it.
func TestFirstEventsDoNotWait(t *testing.T) {
	all := make([]Event, 40)
	for i := range all {
		all[i] = Event{T: Micros(1000 + i), X: uint16(i % 34)}
	}
	written := func(format string) []byte {
		var b bytes.Buffer
		w, err := NewWriter(&b, format, Size{34, 34})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write(all), w.Close()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	four := aedat4File(0, false, all)
	for format, stream := range map[string][]byte{
		"AEDAT 3.1": aedat3Stream(t, all), "AEDAT 3.1 as a file": written("aedat"),
		"AEDAT 4": four[len(aedat4Line):], "AEDAT 4 as a file": four, "EVT 3.0": written("raw"),
	} {
		if len(stream) > opening {
			t.Fatalf("%s: %d bytes", format, len(stream))
		}
		in, out := io.Pipe()
		go out.Write(stream) // and nothing follows until all of it is read
		r, err := Detect(in, Options{})
		if err != nil {
			t.Fatal(format, err)
		}
		buf, n := make([]Event, len(all)), 0
		for n < len(all) {
			more, err := r.Read(buf[n:])
			if n += more; err != nil {
				t.Fatal(format, err)
			}
		}
		if !slices.Equal(buf, all) || !strings.HasPrefix(format, r.Format()) {
			t.Errorf("%s: got %v of %s, want %v", format, buf, r.Format(), all)
		}
		reset := errors.New("reset")
		out.CloseWithError(reset)
		if n, err := r.Read(buf); n != 0 || err != reset {
			t.Errorf("%s: %d events, %v, want %v", format, n, err, reset)
		}
	}

	reset := errors.New("reset")
	for format, stream := range map[string][]byte{"AEDAT 3.1": written("aedat"),
		"EVT 3.0": written("raw"), "table": written("csv"), "40-bit events": written("bin")} {
		var o Options
		if format == "40-bit events" {
			o.Format = Bin
		}
		for _, n := range []int{len(stream), len(stream) - 1, 3, 1, 0} {
			r, err := Detect(io.MultiReader(bytes.NewReader(stream[:n]), iotest.ErrReader(reset)),
				o)
			var got []Event
			if err == nil {
				got, err = ReadAll(r)
			}
			if err != reset || n == len(stream) && !slices.Equal(got, all) ||
				n == len(stream)-1 && len(got) < len(all)-3 {

				t.Errorf("%s, %d bytes: %d events, %v, want %v behind %d events", format, n,
					len(got), err, reset, len(all))
			}
		}
	}
}
