package events

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
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
	r, err := Detect(bytes.NewReader(data), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	four := aedat4File(3, false, want[:1000], want[1000:])
	for format, stream := range map[string][]byte{"AEDAT 3.1": aedat3Stream(t, want), "AEDAT 4": four[len(aedat4Line):]} {
		r, err := Detect(bytes.NewReader(stream), Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadAll(r)
		if err != nil || r.Format() != format || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d events of %s, %v, want %d", format, len(got), r.Format(), err, len(want))
		}
	}
	for want, change := range map[string]func(b []byte){
		"byte 8: want the sequence number 0": func(b []byte) { b[8] = 3 },
		"byte 16: want version 1":            func(b []byte) { b[16] = 2 },
		"byte 17: want format 0 (RAW)":       func(b []byte) { b[17] = 1 },
	} {
		b := aedat3Stream(t, []Event{{T: 1}})
		change(b)
		if _, err := Detect(bytes.NewReader(b), Options{}); err == nil || !strings.Contains(err.Error(), want) {
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
	for name, stream := range map[string][]byte{"AEDAT 3.1": aedat3Stream(t, all), "AEDAT 4": four[len(aedat4Line):]} {
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
