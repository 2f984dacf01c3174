package dataset

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"ssnn/events"
	"ssnn/frames"
)

// A clip has the events of its row of the table, from its start to before its end, and no others.
func TestGestureClipsAreCut(t *testing.T) {
	var all []events.Event
	for i := range 1000 {
		all = append(all, events.Event{T: events.Micros(100 * i), X: uint16(i % 128), Y: 5,
			On: i%2 == 0})
	}
	var recording bytes.Buffer
	w, err := events.NewWriter(&recording, "aedat", events.Size{Width: 128, Height: 128})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(all); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		"trials_to_train.txt": {Data: []byte("user01_led.aedat\n")},
		"trials_to_test.txt":  {Data: []byte("user24_led.aedat\n")},
		"user01_led.aedat":    {Data: recording.Bytes()},
		"user01_led_labels.csv": {Data: []byte("class,startTime_usec,endTime_usec\n2,1000,2000\n" +
			"7,2000,50000\n")},
		"user24_led.aedat": {Data: recording.Bytes()},
		"user24_led_labels.csv": {
			Data: []byte("class,startTime_usec,endTime_usec\n1,99000,200000\n3,200000,300000\n")},
	}
	set, err := Open(files, "", Train, SplitOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := set.Integrate(frames.Config{T: 1, Sensor: set.Sensor}, 2)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]float32, f.Config.Len())
	for i, want := range []float32{10, 480} {
		f.Fill(dst, []int{i}, nil)
		sum := float32(0)
		for _, v := range dst {
			sum += v
		}
		if sum != want {
			t.Errorf("clip %d has %v events, want %v", i, sum, want)
		}
	}

	set, err = Open(files, "dvs128-gesture", Test, SplitOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Integrate(frames.Config{T: 1, Sensor: set.Sensor}, 2); err == nil ||
		!strings.Contains(err.Error(), "user24_led.aedat: from 200000 to 300000 us: no events") {

		t.Errorf("error %v, want one that names the recording and the clip without events", err)
	}
}
