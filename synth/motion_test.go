package synth

import (
	"io/fs"
	"testing"

	"ssnn/events"
)

// The files of a set are the recordings, whatever made them first.
func TestFiles(t *testing.T) {
	c := Default()
	files, err := c.files(map[string]int{"Train": 2, "Test": 1})
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "*/*/*.bin")
	if err != nil || len(names) != 3*len(Classes()) {
		t.Fatalf("%d files, error %v, want %d", len(names), err, 3*len(Classes()))
	}
	f, err := files.Open("Train/right/00001.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := events.Detect(f, events.Options{Format: events.Bin})
	if err != nil {
		t.Fatal(err)
	}
	want := c.Recording("Train", 1, 1)
	got := make([]events.Event, len(want)+1)
	n := 0
	for err == nil {
		var k int
		k, err = r.Read(got[n:])
		n += k
	}
	if n != len(want) {
		t.Fatalf("%d events, want %d", n, len(want))
	}
	for i, e := range want {
		if got[i] != e {
			t.Fatalf("event %d is %v, want %v", i, got[i], e)
		}
	}
}
