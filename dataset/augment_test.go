package dataset

import (
	"math"
	"slices"
	"strings"
	"testing"

	"ssnn/events"
	"ssnn/frames"
)

// counted are samples of 6 frames of 10x8 pixels whose counts are all different from those of their
// neighbours.
func counted() *Frames {
	f := &Frames{Config: frames.Config{T: 6, Sensor: events.Size{Width: 10, Height: 8}}}
	for i := range 3 {
		counts := make([]uint16, f.Config.Len())
		for j := range counts {
			counts[j] = uint16(1 + (j*7+i*13)%97)
		}
		f.labels, f.counts = append(f.labels, i), append(f.counts, counts)
	}
	return f
}

// shown is a sample as it is shown in an epoch, by frame, y, x and channel.
func shown(f *Frames, i, epoch int) func(t, y, x, channel int) float32 {
	dst := make([]float32, f.Config.Len())
	f.Fill(dst, []int{i}, &Draw{Seed: 5, Epoch: epoch})
	return func(t, y, x, channel int) float32 { return dst[((t*8+y)*10+x)*2+channel] }
}

// all checks every value of 30 epochs: what it was without augmentation says where it comes from.
func all(t *testing.T, a Augment, from func(c change, t, y, x, channel int) (int, int, int, int)) {
	t.Helper()
	f := counted()
	plain := shown(f, 1, 0)
	f.Augment = a
	drawn := map[change]bool{}
	for epoch := range 30 {
		got := shown(f, 1, epoch)
		d := Draw{Seed: 5, Epoch: epoch}
		c := a.draw(&d, 1, 6, 10, 8)
		drawn[c] = true
		for step := range 6 {
			for y := range 8 {
				for x := range 10 {
					for channel := range 2 {
						want := float32(0)
						if s, v, u, ch := from(c, step, y, x, channel); u >= 0 {
							want = plain(s, v, u, ch)
						}
						if got(step, y, x, channel) != want {
							t.Fatalf("epoch %d, frame %d, y %d, x %d, channel %d: %v, want %v",
								epoch, step, y, x, channel, got(step, y, x, channel), want)
						}
					}
				}
			}
		}
	}
	if len(drawn) < 2 {
		t.Errorf("every epoch drew the same")
	}
}

func TestFlip(t *testing.T) {
	all(t, Augment{Flip: .5}, func(c change, step, y, x, channel int) (int, int, int, int) {
		if c.flip {
			x = 9 - x
		}
		return step, y, x, channel
	})
}

func TestReverseMakesBrighterDarker(t *testing.T) {
	all(t, Augment{Reverse: .5}, func(c change, step, y, x, channel int) (int, int, int, int) {
		if c.reverse {
			return 5 - step, y, x, 1 - channel
		}
		return step, y, x, channel
	})
}

func TestPolarityFlip(t *testing.T) {
	all(t, Augment{PolarityFlip: .5}, func(c change, step, y, x, channel int) (int, int, int, int) {
		if c.swap {
			channel = 1 - channel
		}
		return step, y, x, channel
	})
}

func TestEmptied(t *testing.T) {
	all(t, Augment{Cutout: 3, DropTime: .5, DropArea: .6},
		func(c change, step, y, x, channel int) (int, int, int, int) {
			for _, r := range c.empty {
				if x >= r.left && x < r.right && y >= r.top && y < r.bottom {
					return 0, 0, -1, 0
				}
			}
			if step >= c.from && step < c.to {
				return 0, 0, -1, 0
			}
			return step, y, x, channel
		})
	for epoch := range 200 {
		c := Augment{DropTime: .5, DropArea: .5, Cutout: 3}.draw(&Draw{Epoch: epoch}, 0, 6, 10, 8)
		if r := c.empty[1]; c.to-c.from > 3 || c.from < 0 || c.to > 6 || r.right-r.left > 5 ||
			r.bottom-r.top > 4 || r.right > 10 || r.bottom > 8 {

			t.Fatalf("emptied frames %d to %d and %+v, want at most half", c.from, c.to, r)
		}
	}
}

// By a quarter turn each pixel of a square is another; by none, itself.
func TestTurned(t *testing.T) {
	for degrees, from := range map[float64]func(x, y int) (int, int){
		0:   func(x, y int) (int, int) { return x, y },
		90:  func(x, y int) (int, int) { return y, 7 - x },
		180: func(x, y int) (int, int) { return 7 - x, 7 - y },
	} {
		c := change{turn: true}
		c.sin, c.cos = math.Sincos(degrees * math.Pi / 180)
		for y := range 8 {
			for x := range 8 {
				wantX, wantY := from(x, y)
				if u, v := c.turned(x, y, 8, 8); u != wantX || v != wantY {
					t.Errorf("%v degrees: (%d, %d) comes from (%d, %d), want (%d, %d)", degrees, x,
						y, u, v, wantX, wantY)
				}
			}
		}
	}
}

func TestRotateAndShift(t *testing.T) {
	all(t, Augment{Rotate: 30, Shift: 2, Flip: .5},
		func(c change, step, y, x, channel int) (int, int, int, int) {
			u, v := c.turned(x-c.dx, y-c.dy, 10, 8)
			if c.flip {
				u = 9 - u
			}
			if u < 0 || u > 9 || v < 0 || v > 7 {
				return 0, 0, -1, 0
			}
			return step, v, u, channel
		})
}

// Of many events the share that was drawn is left out, and never more than there are.
func TestDrop(t *testing.T) {
	f := counted()
	f.Augment.Drop = .8
	before := shown(counted(), 1, 0)
	for epoch := range 20 {
		after := shown(f, 1, epoch)
		d := Draw{Seed: 5, Epoch: epoch}
		p := float64(f.Augment.draw(&d, 1, 6, 10, 8).drop) / (1 << 53)
		sum, left := 0., 0.
		for i := range 6 * 8 * 10 {
			b, a := before(i/80, i/10%8, i%10, 0), after(i/80, i/10%8, i%10, 0)
			if a < 0 || a > b {
				t.Fatalf("%v events became %v", b, a)
			}
			sum, left = sum+float64(b), left+float64(a)
		}
		if sigma := math.Sqrt(sum * p * (1 - p)); math.Abs(left-sum*(1-p)) > 5*sigma+1 {
			t.Errorf("epoch %d: %v of %v events left, want a share of %v", epoch, left, sum, 1-p)
		}
	}
}

// One kind of augmentation more leaves the others as they were.
func TestDrawsAreIndependent(t *testing.T) {
	d := Draw{Seed: 1, Epoch: 2}
	alone := Augment{Shift: 5}.draw(&d, 3, 6, 10, 8)
	both := Augment{Shift: 5, Rotate: 10, Cutout: 2, Flip: .5}.draw(&d, 3, 6, 10, 8)
	if alone.dx != both.dx || alone.dy != both.dy {
		t.Errorf("shift %d, %d became %d, %d", alone.dx, alone.dy, both.dx, both.dy)
	}
}

func TestAugmentRefuses(t *testing.T) {
	for want, a := range map[string]Augment{
		"augment.shift -1":       {Shift: -1},
		"augment.cutout -2":      {Cutout: -2},
		"augment.rotate 200":     {Rotate: 200},
		"augment.flip 2, want 0": {Flip: 2},
		"augment.drop -1":        {Drop: -1},
		"augment.drop_area NaN":  {DropArea: math.NaN()},
	} {
		if err := a.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Values that are no counts come out in their own units, of one channel too.
func TestFillScales(t *testing.T) {
	f := &Frames{Config: frames.Config{T: 1, Sensor: events.Size{Width: 2, Height: 1},
		Values: frames.Surface, Tau: 1, Polarity: frames.Merged},
		labels: []int{0}, counts: [][]uint16{{65535, 0}}}
	dst := make([]float32, 2)
	if f.Fill(dst, []int{0}, nil); !slices.Equal(dst, []float32{1, 0}) {
		t.Errorf("got %v, want 1 and 0", dst)
	}
}
