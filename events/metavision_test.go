package events

import (
	"bytes"
	"slices"
	"testing"
)

// A recording of many chunks, more than a node of the tree that leads to them holds.
func TestHDF5OfManyChunks(t *testing.T) {
	if testing.Short() {
		t.Skip("1.4 million events")
	}
	all := make([]Event, 85*metavisionChunk+7)
	for i := range all {
		all[i] = Event{Micros(i / 3), uint16(i % 640), uint16(i % 480), i%2 == 0}
	}
	var b bytes.Buffer
	w, err := NewWriter(&b, "hdf5", Size{640, 480})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(all); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := detect(b.Bytes(), Options{})
	if err != nil || r.Sensor() != (Size{640, 480}) {
		t.Fatal(r, err)
	}
	if got, err := ReadAll(r); err != nil || !slices.Equal(got, all) {
		t.Fatalf("%d events, %v, want %d", len(got), err, len(all))
	}
}
