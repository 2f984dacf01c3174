package infer

import (
	"slices"
	"testing"

	"ssnn/events"
	"ssnn/frames"
)

// The frames of a window are those of its events alone.
func TestReadFramesOfAWindow(t *testing.T) {
	const path = "../testdata/recordings/nmnist-5-00001.bin"
	f, err := events.Open(path, events.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := events.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	from, until := all[1000].T, all[3000].T
	part := slices.DeleteFunc(slices.Clone(all), func(e events.Event) bool {
		return e.T < from ||
			e.T >= until
	})
	cfg := frames.Config{T: 3, Sensor: events.Size{Width: 34, Height: 34}}
	for _, c := range []struct {
		window events.Window
		events []events.Event
	}{{events.Window{}, all}, {events.Window{From: &from, Until: &until}, part}} {
		want, err := cfg.Integrate(c.events)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Input{Frames: cfg, Window: c.window}.ReadFrames(path)
		if err != nil || len(got) != len(want) {
			t.Fatal(len(got), len(want), err)
		}
		for i, n := range want {
			if got[i] != float32(n)*cfg.Scale() {
				t.Fatalf("value %d is %v, want %d", i, got[i], n)
			}
		}
	}
}
