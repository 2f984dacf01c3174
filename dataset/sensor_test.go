package dataset

import (
	"bytes"
	"slices"
	"testing"
	"testing/fstest"

	"ssnn/events"
)

// oneEvent is a recording of an event at the upper left.
func oneEvent(t *testing.T, format string, sensor events.Size) *fstest.MapFile {
	var b bytes.Buffer
	w, err := events.NewWriter(&b, format, sensor)
	if err == nil {
		err = w.Write([]events.Event{{T: 5}})
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: b.Bytes()}
}

func TestFindSensor(t *testing.T) {
	wide, tall := events.Size{Width: 40, Height: 20}, events.Size{Width: 30, Height: 25}
	for _, c := range []struct {
		name          string
		first, second *fstest.MapFile
		want          events.Size
		notes         []string
	}{
		{"the same", oneEvent(t, "es", wide), oneEvent(t, "raw", wide), wide, nil},
		{"none", oneEvent(t, "csv", wide), oneEvent(t, "csv", tall), events.Size{}, nil},
		{"several", oneEvent(t, "es", wide), oneEvent(t, "es", tall),
			events.Size{Width: 40, Height: 25}, []string{"the recordings have sensors of 40x20, " +
				"30x25 pixels and are all taken for ones of 40x25; frames.sensor sets another " +
				"size"}},
		{"one", oneEvent(t, "raw", tall), oneEvent(t, "npz", wide), tall, []string{"recordings " +
			"that do not say their sensor: 1; they are taken for ones of 30x25 pixels like the " +
			"others; frames.sensor sets another size"}},
	} {
		files := fstest.MapFS{"train/a/1": c.first, "train/a/2": c.second, "test/a/1": c.first}
		if c.name == "none" {
			files = fstest.MapFS{"train/a/1.csv": c.first, "train/a/2.csv": c.second,
				"test/a/1.csv": c.first}
		}
		s, err := Open(files, "", Train, SplitOptions{}, nil)
		if err == nil {
			err = s.FindSensor(2)
		}
		if err != nil || s.Sensor != c.want || !slices.Equal(s.Notes, c.notes) {
			t.Errorf("%s: %v, %q, %v, want %v, %q", c.name, s.Sensor, s.Notes, err, c.want, c.notes)
		}
	}
}
