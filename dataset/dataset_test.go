package dataset

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ssnn/events"
	"ssnn/frames"
)

// recordingOf is a recording of the given events.
func recordingOf(t *testing.T, all ...events.Event) *fstest.MapFile {
	t.Helper()
	var data []byte
	for _, e := range all {
		var err error
		if data, err = events.AppendNMNIST(data, e); err != nil {
			t.Fatal(err)
		}
	}
	return &fstest.MapFile{Data: data}
}

var small = frames.Config{T: 2, Sensor: events.Size{Width: 4, Height: 3}}

func TestIntegrateNamesTheFirstBadFile(t *testing.T) {
	good := recordingOf(t, events.Event{T: 1})
	for want, bad := range map[string]*fstest.MapFile{
		"Train/1/b.bin: event 0 at x 9, y 0, want one inside the sensor of 4x3 pixels": recordingOf(
			t, events.Event{X: 9}),
		"Train/1/b.bin: 40-bit events, byte 0: want 5 bytes": {Data: []byte{1, 2}},
		"Train/1/b.bin: an empty file":                       {},
	} {
		s, err := NMNIST(fstest.MapFS{"Train/1/a.bin": good, "Train/1/b.bin": bad,
			"Train/1/c.bin": bad}, Train, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Integrate(small, 3); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestIntegrateRefusesABadConfig(t *testing.T) {
	if _, err := (&Set{}).Integrate(frames.Config{Sensor: small.Sensor}, 1); err == nil {
		t.Error("frames of no timesteps are no error")
	}
}

// twoSamples have one event each, at (1, 1) on in frame 0 and at (3, 2) off in frame 1 (with an
// event elsewhere first).
func twoSamples(t *testing.T) *Frames {
	s, err := NMNIST(fstest.MapFS{
		"Train/1/a.bin": recordingOf(t, events.Event{T: 1, X: 1, Y: 1, On: true},
			events.Event{T: 2, X: 1, Y: 1, On: true}),
		"Train/2/a.bin": recordingOf(t, events.Event{T: 1}, events.Event{T: 5, X: 3, Y: 2}),
	}, Train, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Integrate(small, 2)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// at is the index of [T][B][H][W][2].
func at(f *Frames, batch, t, b, y, x, p int) int {
	c := f.Config
	return (((t*batch+b)*c.Sensor.Height+y)*c.Sensor.Width+x)*2 + p
}

func TestFill(t *testing.T) {
	f := twoSamples(t)
	dst := make([]float32, 2*f.Config.Len())
	f.Fill(dst, []int{1, 0}, nil)
	want := make([]float32, len(dst))
	want[at(f, 2, 0, 0, 0, 0, 0)] = 1
	want[at(f, 2, 1, 0, 2, 3, 0)] = 1
	want[at(f, 2, 0, 1, 1, 1, 1)] = 1
	want[at(f, 2, 1, 1, 1, 1, 1)] = 1
	if !slices.Equal(dst, want) {
		t.Errorf("got %v, want %v", dst, want)
	}
}

// A shifted sample is the sample moved by what was drawn, with nothing wrapped around.
func TestFillShifts(t *testing.T) {
	f := twoSamples(t)
	f.Augment.Shift = 3
	plain, moved := make([]float32, f.Config.Len()), make([]float32, f.Config.Len())
	shifts := map[[2]int]bool{}
	for epoch := range 200 {
		d := Draw{Seed: 7, Epoch: epoch}
		c := f.Augment.draw(&d, 1, 2, 4, 3)
		dx, dy := c.dx, c.dy
		shifts[[2]int{dx, dy}] = true
		f.Fill(plain, []int{1}, nil)
		f.Fill(moved, []int{1}, &d)
		for i := range moved {
			p, x, y, fr := i%2, i/2%4, i/8%3, i/24
			want := float32(0)
			if x-dx >= 0 && x-dx < 4 && y-dy >= 0 && y-dy < 3 {
				want = plain[at(f, 1, fr, 0, y-dy, x-dx, p)]
			}
			if moved[i] != want {
				t.Fatalf("shift %d, %d: frame %d x %d y %d p %d is %v, want %v", dx, dy, fr, x, y,
					p, moved[i], want)
			}
		}
	}
	if len(shifts) != 49 {
		t.Errorf("%d different shifts of 49 in 200 epochs", len(shifts))
	}
}

// What a sample is augmented with depends on neither the batch that it is in nor its place there.
func TestFillDependsOnTheSampleAlone(t *testing.T) {
	f := twoSamples(t)
	f.Augment.Shift = 2
	d := Draw{Seed: 3, Epoch: 5}
	one, two := make([]float32, f.Config.Len()), make([]float32, 2*f.Config.Len())
	f.Fill(one, []int{1}, &d)
	f.Fill(two, []int{0, 1}, &d)
	size := f.Config.Len() / f.Config.T
	for t2 := range f.Config.T {
		if !slices.Equal(one[t2*size:(t2+1)*size], two[(t2*2+1)*size:(t2*2+2)*size]) {
			t.Fatalf("frame %d differs", t2)
		}
	}
}

func TestFillDoesNotAllocate(t *testing.T) {
	f := twoSamples(t)
	f.Augment = Augment{Shift: 2, Flip: .5, Rotate: 20, Reverse: .5, PolarityFlip: .5, Cutout: 2,
		DropTime: .5, DropArea: .5, Drop: .5}
	dst, batch, d := make([]float32, 2*f.Config.Len()), []int{0, 1}, &Draw{}
	if n := testing.AllocsPerRun(100, func() { f.Fill(dst, batch, d) }); n != 0 {
		t.Errorf("Fill allocates %v times, want 0", n)
	}
}

func TestOrderIsAPermutation(t *testing.T) {
	a, b := make([]int, 50), make([]int, 50)
	Draw{Seed: 1, Epoch: 2}.Order(a)
	Draw{Seed: 1, Epoch: 3}.Order(b)
	if slices.Equal(a, b) {
		t.Error("two epochs have the same order")
	}
	Draw{Seed: 1, Epoch: 2}.Order(b)
	if !slices.Equal(a, b) {
		t.Error("the same epoch has two orders")
	}
	slices.Sort(a)
	for i, v := range a {
		if i != v {
			t.Fatalf("sorted order %v", a)
		}
	}
}
