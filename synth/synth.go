// Package synth simulates an event camera that looks at moving shapes: recordings whose truth is known, of classes that only time tells apart.
//
// The camera is that of ESIM (Rebecq et al., CoRL 2018) and v2e (Hu et al., CVPR Workshops 2021): each pixel compares the logarithm of its
// intensity with the one at its last event, and makes an event when they differ by its threshold, which is a little different for each
// pixel and polarity; after an event it is blind for a while; and it makes events out of noise.
package synth

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"ssnn/events"
)

// Config says how recordings are made.
type Config struct {
	Sensor     events.Size   // pixels, 8x8 to 1024x1024
	Duration   events.Micros // of a recording, in us
	Threshold  float64       // mean of the pixels' thresholds, in natural logarithms of intensity
	Mismatch   float64       // standard deviation of the thresholds
	Refractory events.Micros // us after an event in which a pixel makes none
	Noise      float64       // events of noise a second and pixel
	Seed       uint64
}

// Default is a sensor like that of N-MNIST, 0.3 s, with thresholds as v2e's.
func Default() Config {
	return Config{Sensor: events.Size{Width: 34, Height: 34}, Duration: 300_000, Threshold: 0.2, Mismatch: 0.03, Refractory: 100, Noise: 1}
}

// Validate says what is wrong, or nil.
func (c Config) Validate() error {
	switch {
	case min(c.Sensor.Width, c.Sensor.Height) < 8 || max(c.Sensor.Width, c.Sensor.Height) > 1024:
		return fmt.Errorf("a sensor of %v pixels, want 8x8 to 1024x1024", c.Sensor)
	case c.Duration < 1000 || c.Duration > 60e6:
		return fmt.Errorf("a duration of %d us, want 1 ms to 60 s", c.Duration)
	case !(c.Threshold >= 0.01 && c.Threshold <= 2) || !(c.Mismatch >= 0 && c.Mismatch < c.Threshold/3):
		return fmt.Errorf("a threshold of %v with a deviation of %v, want 0.01 to 2, and a third of that at most", c.Threshold, c.Mismatch)
	case c.Refractory < 0 || !(c.Noise >= 0 && c.Noise <= 1000):
		return fmt.Errorf("a refractory time of %d us and %v events of noise a second, want 0 or more, and 0 to 1000", c.Refractory, c.Noise)
	}
	return nil
}

// Classes are the motions. Each stands beside its opposite, which is the same scene backwards: a pixel sees as many events of each polarity,
// in another order.
func Classes() []string {
	return []string{"left", "right", "up", "down", "clockwise", "counterclockwise", "inward", "outward"}
}

// Recording makes recording number i of a split and a class, a number of [Classes], in the order of time. The same numbers make the same recording.
// The shapes, their size, place, brightness and path differ from one to the next. It panics if the configuration is not valid.
func (c Config) Recording(split string, class, i int) []events.Event {
	if err := c.Validate(); err != nil {
		panic("synth: " + err.Error())
	}
	seed := c.Seed
	for _, b := range []byte(split) {
		seed = seed*1099511628211 ^ uint64(b)
	}
	random := rand.New(rand.NewPCG(seed, uint64(class)<<32|uint64(i)))
	s := newScene(c, class, random)
	k := newCamera(c, random)
	k.watch(s)
	k.noise(random)
	slices.SortStableFunc(k.events, func(a, b events.Event) int { return int(a.T - b.T) })
	return k.events
}

// scene is a shape that moves; at any time it covers a pixel by 0 to 1.
type scene struct {
	distance     func(x, y float64) float64 // from the shape's edge, in its own coordinates; below 0 inside
	contrast     float64                    // its intensity is 1 + contrast that of the background
	x, y         float64                    // middle of the sensor, or of a turn
	reach        float64                    // pixels that the shape may cover around its place; 0: anywhere
	at           func(t float64) place      // for t from 0 to 1
	backward     bool
	steps        int // a quarter of a pixel each
	whole        events.Size
	begin, spent float64 // us
}

// place is where the shape is, how it is turned and how far a ring has come.
type place struct{ x, y, angle, radius float64 }

func newScene(c Config, class int, r *rand.Rand) *scene {
	w, h := float64(c.Sensor.Width), float64(c.Sensor.Height)
	between := func(from, to float64) float64 { return from + (to-from)*r.Float64() }
	side := math.Min(w, h)
	s := &scene{whole: c.Sensor, contrast: between(0.8, 3), x: w / 2, y: h / 2, backward: class%2 == 0}
	// The motion takes a part of the recording, anywhere in it.
	s.spent = between(0.6, 0.95) * float64(c.Duration)
	s.begin = between(0, float64(c.Duration)-s.spent)
	size := between(0.12, 0.24) * side
	s.distance = shapes[r.IntN(len(shapes))](size)
	var path float64
	switch class / 2 {
	case 0, 1: // from beyond one edge to beyond the other: right, down
		angle := between(-0.25, 0.25)
		if class/2 == 1 {
			angle += math.Pi / 2
		}
		cos, sin := math.Cos(angle), math.Sin(angle)
		s.reach = 1.5*size + 2
		half := (math.Abs(cos)*w+math.Abs(sin)*h)/2 + s.reach
		off := between(-0.3, 0.3) * side
		turn := between(0, math.Pi)
		path = 2 * half
		s.at = func(t float64) place {
			d := (2*t - 1) * half
			return place{x: s.x + d*cos - off*sin, y: s.y + d*sin + off*cos, angle: turn}
		}
	case 2: // one turn, counterclockwise as one sees it, where y points down
		s.distance = turners[r.IntN(len(turners))](between(0.3, 0.45) * side)
		first := between(0, 2*math.Pi)
		dx, dy := between(-0.1, 0.1)*side, between(-0.1, 0.1)*side
		path = math.Pi * side
		s.at = func(t float64) place { return place{x: s.x + dx, y: s.y + dy, angle: first - 2*math.Pi*t} }
	default: // a ring, from nothing to beyond the corners
		s.distance = nil
		width := between(0.05, 0.12) * side
		dx, dy := between(-0.15, 0.15)*side, between(-0.15, 0.15)*side
		largest := math.Hypot(w, h)
		path = largest
		s.at = func(t float64) place {
			return place{x: s.x + dx, y: s.y + dy, radius: t*(largest+2*width) - width, angle: width}
		}
	}
	s.steps = int(4*path) + 1
	return s
}

// coverage says how much of the pixel at (x, y) the shape covers, to the nearest of its edges.
func (s *scene) coverage(p place, x, y float64) float64 {
	dx, dy := x+0.5-p.x, y+0.5-p.y
	var d float64
	if s.distance == nil { // a ring, of width 2*angle
		d = math.Abs(math.Hypot(dx, dy)-p.radius) - p.angle
	} else {
		cos, sin := math.Cos(p.angle), math.Sin(p.angle)
		d = s.distance(cos*dx+sin*dy, cos*dy-sin*dx)
	}
	return min(1, max(0, 0.5-d))
}

// moment is the place at step i, and when that is.
func (s *scene) moment(i int) (place, float64) {
	t := float64(i) / float64(s.steps)
	when := s.begin + t*s.spent
	if s.backward {
		t = 1 - t
	}
	return s.at(t), when
}

func rectangle(x, y, w, h float64) float64 { return max(math.Abs(x)-w, math.Abs(y)-h) }

// shapes that pass by, of a size.
var shapes = []func(r float64) func(x, y float64) float64{
	func(r float64) func(x, y float64) float64 {
		return func(x, y float64) float64 { return math.Hypot(x, y) - r }
	},
	func(r float64) func(x, y float64) float64 {
		return func(x, y float64) float64 { return rectangle(x, y, r, r) }
	},
	func(r float64) func(x, y float64) float64 {
		return func(x, y float64) float64 { return min(rectangle(x, y, r, r/3), rectangle(x, y, r/3, r)) }
	},
}

// turners are shapes that turn.
var turners = []func(r float64) func(x, y float64) float64{
	func(r float64) func(x, y float64) float64 {
		return func(x, y float64) float64 { return rectangle(x, y, r, r/5) }
	},
	func(r float64) func(x, y float64) float64 {
		return func(x, y float64) float64 { return min(rectangle(x, y, r, r/6), rectangle(x, y, r/6, r)) }
	},
	func(r float64) func(x, y float64) float64 {
		return func(x, y float64) float64 { return rectangle(x-r/2, y, r/2, r/5) } // one hand of a clock
	},
}
