package synth

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"ssnn/events"
)

// drawing is a picture that is made by a formula: rings on a slope.
func drawing(width, height int) Picture {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			d := math.Hypot(float64(x)-float64(width)/3, float64(y)-float64(height)/2)
			img.SetGray(x, y, color.Gray{Y: uint8(20 + int(d)/4%2*150 + 80*x/width)})
		}
	}
	return Picture{img: img}
}

// quietPictures is the configuration without noise and mismatch.
func quietPictures() Config {
	c := Pictures()
	c.Noise, c.Mismatch, c.Refractory = 0, 0, 0
	return c
}

// Tracks end where they begin, stay within their square and make short steps; loops have one
// speed.
func TestTracks(t *testing.T) {
	for _, m := range []Movement{Loops, Saccades} {
		for seed := range uint64(20) {
			c := Pictures()
			track := newTrack(m, c, rand.New(rand.NewPCG(seed, 0)))
			n := track.steps()
			before, longest, shortest := track.at(0), 0., math.Inf(1)
			for step := range n {
				p := track.at(float64(step+1) / float64(n))
				if max(math.Abs(p.x), math.Abs(p.y)) > travel(c.Sensor)/2+1e-9 {
					t.Fatalf("%v: at %v, want within %v", m, p, travel(c.Sensor)/2)
				}
				d := math.Hypot(p.x-before.x, p.y-before.y)
				longest, shortest, before = max(longest, d), min(shortest, d), p
			}
			if a, b := track.at(0), track.at(1); math.Hypot(b.x-a.x, b.y-a.y) > 1e-9 {
				t.Errorf("%v: from %v to %v, want back", m, a, b)
			}
			// A step that cuts a corner is shorter.
			if longest > 0.25 || m == Loops && shortest < 0.7*longest {
				t.Errorf("%v: steps of %v to %v pixels", m, shortest, longest)
			}
		}
	}
}

// Where a movement begins and which way round it goes are as likely for the names of one class as
// for those of another.
func TestMovementsAreDrawn(t *testing.T) {
	c := Pictures()
	for _, class := range []string{"cat", "dog"} {
		var begins [10]int
		backward := 0
		for i := range 2000 {
			seed := mix(c.Seed, fmt.Sprintf("%s/%d.png", class, i))
			random := rand.New(rand.NewPCG(seed, uint64(Loops)))
			newCamera(c, random)
			track := newTrack(Loops, c, random)
			begins[int(10*track.begin)]++
			if track.rounds < 0 {
				backward++
			}
		}
		// Five standard deviations.
		if math.Abs(float64(backward)-1000) > 112 ||
			slices.Min(begins[:]) < 133 || slices.Max(begins[:]) > 267 {
			t.Errorf("%s: of 2000, %d backward, begins %v", class, backward, begins)
		}
	}
}

// What a pixel sees is the mean light of its square of the moved picture: of an even slope the
// light in its middle, and of an edge the share that is bright.
func TestShift(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 44, 44))
	halves(img)
	s := newScreen(Picture{img: img}, events.Size{Width: 48, Height: 48})
	see := func(x, y int, by point) float64 {
		first, shares := s.shift(by)
		at := first + fine*(y*s.width+x)
		return shares[0]*s.light[at] + shares[1]*s.light[at+1] +
			shares[2]*s.light[at+s.width] + shares[3]*s.light[at+s.width+1]
	}
	for _, dx := range []float64{-1.99, -1, -0.3, 0, 0.125, 0.5, 2} {
		bright := 0.
		for x := 4; x < 44; x++ { // the edge is in the middle, at 24, and moves by dx
			bright += (see(x, 20, point{dx, 1.5}) - srgb(50)) / (srgb(200) - srgb(50))
		}
		if want := 20 - dx; math.Abs(bright-want) > 1e-6 {
			t.Errorf("moved by %v: %v bright pixels, want %v", dx, bright, want)
		}
	}
}

// A picture is seen whole and keeps its shape, in the middle.
func TestWholePicture(t *testing.T) {
	for _, size := range [][2]int{{10, 10}, {300, 100}, {50, 400}, {2000, 1}} {
		img := image.NewGray(image.Rect(0, 0, size[0], size[1]))
		for i := range img.Pix {
			img.Pix[i] = uint8(255 * (i % size[0] * 10 / size[0] % 2)) // ten stripes
		}
		c := quietPictures()
		c.Sensor = events.Size{Width: 96, Height: 60} // which moves it by 5 pixels at most
		s := newScreen(Picture{img: img}, c.Sensor)
		scale := min(91/float64(size[0]), 55/float64(size[1]))
		w, h := scale*float64(size[0]), math.Max(0.25, scale*float64(size[1]))
		around := s.light[0]
		left, right, top, bottom := 96, 0, 60, 0
		for y := range 60 {
			for x := range 96 {
				at := (y*fine+s.margin)*s.width + x*fine + s.margin
				if math.Abs(s.light[at]-around) > 1e-3 {
					left, right = min(left, x), max(right, x+1)
					top, bottom = min(top, y), max(bottom, y+1)
				}
			}
		}
		if math.Abs(float64(right-left)-w) > 2 || math.Abs(float64(bottom-top)-h) > 2 ||
			math.Abs(float64(left+right)-96) > 2 || math.Abs(float64(top+bottom)-60) > 2 {
			t.Errorf("%v: seen from (%d, %d) to (%d, %d), want %vx%v in the middle",
				size, left, top, right, bottom, w, h)
		}
	}
}

// An edge that passes a pixel makes the events of its contrast: ln(light+dark) over the threshold.
func TestEdge(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 44, 44))
	halves(img)
	c := quietPictures()
	all := c.Picture(Picture{img: img}, Loops, "x")
	want := int(math.Log((srgb(200)+dark)/(srgb(50)+dark)) / c.Threshold)
	// The edge passes the pixel beside the middle four times in two loops.
	on, off := 0, 0
	for _, e := range all {
		if e.X == 24 && e.Y == 20 {
			if e.On {
				on++
			} else {
				off++
			}
		}
	}
	if abs := max(on-off, off-on); abs > 1 || on < 2*want-2 || on > 2*want+2 {
		t.Errorf("%d on and %d off, want %d each", on, off, 2*want)
	}
}

func TestPicture(t *testing.T) {
	c := Pictures()
	for _, m := range []Movement{Loops, Saccades} {
		all := c.Picture(drawing(40, 60), m, "cat/1.png")
		on := 0
		for i, e := range all {
			if int(e.X) >= 48 || int(e.Y) >= 48 || e.T < 0 || e.T > c.Duration ||
				i > 0 && e.T < all[i-1].T {
				t.Fatalf("%v: event %d is %v", m, i, e)
			}
			if e.On {
				on++
			}
		}
		if share := float64(on) / float64(len(all)); math.Abs(share-0.5) > 0.02 {
			t.Errorf("%v: a share of %v is on, want half", m, share)
		}
		if !slices.Equal(all, c.Picture(drawing(40, 60), m, "cat/1.png")) {
			t.Errorf("%v: another recording the second time", m)
		}
		other := c
		other.Seed++
		if slices.Equal(all, c.Picture(drawing(40, 60), m, "cat/2.png")) ||
			slices.Equal(all, other.Picture(drawing(40, 60), m, "cat/1.png")) {
			t.Errorf("%v: the same recording twice", m)
		}
	}
}

// digest is the SHA-256 of events, each as time, x, y and polarity.
func digest(all ...[]events.Event) string {
	h := sha256.New()
	for _, recording := range all {
		for _, e := range recording {
			on := uint8(0)
			if e.On {
				on = 1
			}
			binary.Write(h, binary.LittleEndian, struct {
				T    int64
				X, Y uint16
				On   uint8
			}{int64(e.T), e.X, e.Y, on})
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// The camera makes the events that it made when these digests were taken. They change only when
// somebody means to change every set that is made from now on. Elsewhere than on amd64, products
// and sums are rounded once where they are twice there, so that single events may differ.
func TestGolden(t *testing.T) {
	var motions [][]events.Event
	for class := range Classes() {
		motions = append(motions, Default().Recording("Train", class, 0))
	}
	for _, c := range []struct {
		name, want string
		events     int
		all        [][]events.Event
	}{
		{"motions", "273195bc63cc4c07", 122_907, motions},
		{"loops", "d7f54527a2939184", 55_690, [][]events.Event{
			Pictures().Picture(drawing(40, 60), Loops, "cat/1.png"),
		}},
		{"saccades", "34f2ca827dd643a4", 47_135, [][]events.Event{
			Pictures().Picture(drawing(90, 60), Saccades, "cat/1.png"),
		}},
	} {
		n := len(slices.Concat(c.all...))
		if got := digest(c.all...); runtime.GOARCH == "amd64" && got != c.want {
			t.Errorf("%s: digest %s, want %s", c.name, got, c.want)
		}
		if math.Abs(float64(n-c.events)) > float64(c.events)/200 {
			t.Errorf("%s: %d events, want %d", c.name, n, c.events)
		}
	}
}

func BenchmarkPicture(b *testing.B) {
	c, p := Pictures(), drawing(32, 32)
	for b.Loop() {
		c.Picture(p, Loops, "cat/1.png")
	}
}
