package dataset

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"ssnn/events"
	"ssnn/frames"
)

// many are events of a sensor of 40x30 pixels, all in its middle.
func many(n int) []events.Event {
	all := make([]events.Event, n)
	for i := range all {
		all[i] = events.Event{T: events.Micros(1000 + 10*i), X: 20, Y: 15, On: i%2 == 0}
	}
	return all
}

// Events are moved by a normal number of the deviation that is asked for.
func TestJitter(t *testing.T) {
	const n = 20_000
	all := many(n)
	for i := range all {
		all[i].T = 5000
	}
	Augment{Jitter: 300, JitterPixels: 2}.jitter(all, events.Size{Width: 40, Height: 30},
		rand.New(rand.NewPCG(1, 2)))
	var sum, squares [3]float64
	for _, e := range all {
		for i, v := range []float64{float64(e.T) - 5000, float64(e.X) - 20, float64(e.Y) - 15} {
			sum[i], squares[i] = sum[i]+v, squares[i]+v*v
		}
	}
	for i, want := range []float64{300, 2, 2} {
		mean, deviation := sum[i]/n, math.Sqrt(squares[i]/n)
		if math.Abs(mean) > 5*want/math.Sqrt(n) || math.Abs(deviation-want) > 0.05*want {
			t.Errorf("moved by %v, deviation %v, want 0 and %v", mean, deviation, want)
		}
	}
}

func TestSortByTime(t *testing.T) {
	byTime := func(a, b events.Event) int { return cmp.Compare(a.T, b.T) }
	var sorted, room []events.Event
	rapid.Check(t, func(t *rapid.T) {
		last := rapid.SampledFrom([]int64{0, 10, 1 << 11, 1 << 30, 1 << 62}).Draw(t, "last")
		all := make([]events.Event, rapid.IntRange(0, 50).Draw(t, "events"))
		for i := range all {
			all[i] = events.Event{T: events.Micros(rapid.Int64Range(-last, last).Draw(t, "time")),
				X: uint16(i)}
		}
		sorted, room = sortByTime(append(sorted[:0], all...), room)
		slices.SortStableFunc(all, byTime)
		if !slices.Equal(sorted, all) {
			t.Fatalf("got %v, want %v", sorted, all)
		}
	})
}

// No event leaves the sensor.
func TestJitterStaysInside(t *testing.T) {
	all := many(1000)
	Augment{JitterPixels: 20}.jitter(all, events.Size{Width: 40, Height: 30},
		rand.New(rand.NewPCG(1, 2)))
	for _, e := range all {
		if e.X >= 40 || e.Y >= 30 {
			t.Fatalf("%+v is outside", e)
		}
	}
}

// Frames of moved events are those of the recording's, or of its part's, whatever the batch and the
// number of threads; without a draw they are those that were made at first.
func TestFillJitters(t *testing.T) {
	files, a := fstest.MapFS{}, Augment{Jitter: 200, JitterPixels: 1}
	for i := range 5 {
		files[fmt.Sprintf("%d.bin", i)] = recordingOf(t, many(100+i)...)
	}
	cfg := frames.Config{T: 4, Split: frames.Duration, Sensor: events.Size{Width: 40, Height: 30}}
	integrated := func(threads int) *Frames {
		s := &Set{Files: files}
		for i := range 5 {
			s.Samples = append(s.Samples, Sample{Path: fmt.Sprintf("%d.bin", i), Label: i,
				From: 1100, To: 1800})
		}
		f, err := s.Integrate(cfg, threads)
		if err != nil {
			t.Fatal(err)
		}
		f.Augment = a
		return f
	}
	d := Draw{Seed: 1, Epoch: 2}
	one, batch := make([]float32, cfg.Len()), make([]float32, 3*cfg.Len())
	f := integrated(3)
	if err := f.Fill(one, []int{4}, &d); err != nil {
		t.Fatal(err)
	}
	if err := integrated(1).Fill(batch, []int{2, 4, 0}, &d); err != nil {
		t.Fatal(err)
	}
	part := many(104)[10:80]
	var g rand.PCG
	d.seed(&g, streamJitter, 4)
	a.jitter(part, cfg.Sensor, rand.New(&g))
	part, _ = sortByTime(part, nil)
	want, err := cfg.Integrate(part)
	if err != nil {
		t.Fatal(err)
	}
	size := cfg.Len() / cfg.T
	for i, n := range want {
		if v := batch[(i/size*3+1)*size+i%size]; one[i] != float32(n) || v != one[i] {
			t.Fatalf("value %d is %v, and %v in a batch, want %v", i, one[i], v, n)
		}
	}
	f.Fill(one, []int{4}, nil)
	f.Augment = Augment{}
	plain := make([]float32, cfg.Len())
	if f.Fill(plain, []int{4}, &d); !slices.Equal(one, plain) {
		t.Error("without a draw the frames differ from those that were made at first")
	}

	f.Augment = a
	delete(files, "2.bin")
	if err := f.Fill(batch, []int{1, 2, 3}, &d); err == nil ||
		!strings.HasPrefix(err.Error(), "2.bin: ") {

		t.Errorf("error %v, want one that names the file", err)
	}
}
