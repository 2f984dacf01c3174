package synth

import (
	"math"
	"math/rand/v2"
	"slices"

	"ssnn/events"
)

// Classes returns the motions. Each stands beside another that only time tells apart, as each pixel
// sees the same number of events of each polarity: its opposite, which is the same scene backwards,
// or the same scene at twice the speed.
func Classes() []string {
	return []string{
		"left", "right", "up", "down", "clockwise", "counterclockwise", "inward", "outward",
		"swing-slow", "swing-fast", "pulse-slow", "pulse-fast",
	}
}

// brightest is the contrast of the brightest shapes.
const brightest = 3.

// scene is the view of the camera: bodies that move and are partly hidden.
type scene struct {
	bodies []body
	hidden []bool // by pixel; nil: none is
}

func newScene(c Config, class string, r *rand.Rand) *scene {
	s := &scene{bodies: []body{newBody(c, class, r)}}
	for range c.Distractors {
		s.bodies = append(s.bodies, newDistractor(c, r))
	}
	for i := range s.bodies {
		b := &s.bodies[i]
		b.steps = int(4*b.speed*(1+b.jitter)) + 1
		b.now = b.place(0)
	}
	s.hide(c, r)
	return s
}

// next returns the body that makes the next step, or nil at the end.
func (s *scene) next() (next *body) {
	for i := range s.bodies {
		if b := &s.bodies[i]; b.step < b.steps && (next == nil ||
			b.time(b.step+1) < next.time(next.step+1)) {

			next = b
		}
	}
	return next
}

// hide puts rectangles in front of the scene until the configured share of it is hidden.
func (s *scene) hide(c Config, r *rand.Rand) {
	if c.Occlusion == 0 {
		return
	}
	w, h := c.Sensor.Width, c.Sensor.Height
	s.hidden = make([]bool, w*h)
	for left := int(c.Occlusion * float64(w*h)); left > 0; {
		width, height := 1+r.IntN(1+w/4), 1+r.IntN(1+h/4)
		x, y := r.IntN(w), r.IntN(h)
		for at := range width * height {
			if u, v := x+at%width, y+at/width; u < w && v < h && !s.hidden[v*w+u] && left > 0 {
				s.hidden[v*w+u] = true
				left--
			}
		}
	}
}

// place is the position of a body, its angle and its size.
type place struct {
	x, y     float64
	sin, cos float64
	radius   float64
}

func turned(x, y, angle float64) place {
	sin, cos := math.Sincos(angle)
	return place{x: x, y: y, sin: sin, cos: cos}
}

func sized(x, y, radius float64) place { return place{x: x, y: y, cos: 1, radius: radius} }

// body is a shape that moves.
type body struct {
	// of a point from its edge, from its middle and as it is turned; below 0 inside
	distance func(p place, x, y float64) float64
	contrast float64               // its intensity is 1+contrast that of the background
	reach    float64               // pixels that it may cover around its middle
	at       func(t float64) place // for t from 0 to 1
	speed    float64               // of its fastest point, in pixels while t goes from 0 to 1
	backward bool

	begin, spent  float64 // us
	jitter, phase float64 // of its speed, which is 1+jitter*sin(2 pi (t+phase)) times its mean
	steps         int     // in each of which no point of it moves more than a quarter of a pixel

	step int // number of the step that it has come to
	now  place
}

// move makes a step. It returns the place of the body before the step, and the times at which the
// step begins and ends.
func (b *body) move() (before place, from, until float64) {
	before, from = b.now, b.time(b.step)
	b.step++
	b.now = b.place(float64(b.step) / float64(b.steps))
	return before, from, b.time(b.step)
}

// time returns the time at which a step is done, in us.
func (b *body) time(step int) float64 { return b.begin + b.spent*float64(step)/float64(b.steps) }

// place returns the place of the body after a part t of its time.
func (b *body) place(t float64) place {
	t += b.jitter / (2 * math.Pi) * (math.Cos(2*math.Pi*b.phase) - math.Cos(2*math.Pi*(t+b.phase)))
	if b.backward {
		t = 1 - t
	}
	return b.at(t)
}

// coverage returns the share of the pixel at (x, y) that the body covers now, by the distance of
// the nearest of its edges.
func (b *body) coverage(x, y int) float64 {
	p := b.now
	dx, dy := float64(x)+0.5-p.x, float64(y)+0.5-p.y
	if dx*dx+dy*dy > b.reach*b.reach {
		return 0
	}
	return min(1, max(0, 0.5-b.distance(p, p.cos*dx+p.sin*dy, p.cos*dy-p.sin*dx)))
}

func between(r *rand.Rand, from, to float64) float64 { return from + (to-from)*r.Float64() }

// newBody makes the body whose motion is the class.
func newBody(c Config, class string, r *rand.Rand) body {
	w, h := float64(c.Sensor.Width), float64(c.Sensor.Height)
	side := min(w, h)
	b := body{contrast: between(r, c.Contrast, brightest), jitter: c.SpeedJitter,
		phase: r.Float64()}
	// The motion takes a part of the recording, anywhere in it.
	b.spent = between(r, 0.6, 0.95) * float64(c.Duration)
	begin := r.Float64()
	size := between(r, 0.12, 0.24) * side
	switch class {
	case "left", "right", "up", "down": // from beyond one edge to beyond the other
		angle := between(r, -0.25, 0.25)
		if class == "up" || class == "down" {
			angle += math.Pi / 2
		}
		b.backward = class == "left" || class == "up"
		b.passing(c.Sensor, size, angle, r)
	case "clockwise", "counterclockwise": // one turn, as one sees it, where y points down
		b.backward = class == "clockwise"
		b.reach = between(r, 0.3, 0.45) * side
		shape := turners[r.IntN(len(turners))](b.reach)
		b.distance = func(_ place, x, y float64) float64 { return shape(x, y) }
		first := between(r, 0, 2*math.Pi)
		x, y := w/2+between(r, -0.1, 0.1)*side, h/2+between(r, -0.1, 0.1)*side
		b.speed = 2 * math.Pi * b.reach
		b.reach = 1.1*b.reach + 2
		b.at = func(t float64) place { return turned(x, y, first-2*math.Pi*t) }
	case "inward", "outward": // a ring, from nothing to beyond the corners
		b.backward = class == "inward"
		width := between(r, 0.05, 0.12) * side
		x, y := w/2+between(r, -0.15, 0.15)*side, h/2+between(r, -0.15, 0.15)*side
		b.distance = func(p place, x, y float64) float64 {
			return math.Abs(hypotenuse(x,
				y)-p.radius) - width
		}
		b.reach = math.Hypot(w, h) + 2*width + 2
		speed := math.Hypot(w, h) + 2*width
		b.speed = speed
		b.at = func(t float64) place { return sized(x, y, t*speed-width) }
	case "swing-slow", "swing-fast": // as a pendulum, there and back
		b.passing(c.Sensor, size, between(r, 0, 2*math.Pi), r)
		pass := b.at
		b.speed *= math.Pi
		b.at = func(t float64) place { return pass((1 - math.Cos(2*math.Pi*t)) / 2) }
	case "pulse-slow", "pulse-fast": // a disc, from nothing to its size and back
		largest := between(r, 0.3, 0.5) * side
		x, y := w/2+between(r, -0.15, 0.15)*side, h/2+between(r, -0.15, 0.15)*side
		b.distance = func(p place, x, y float64) float64 { return hypotenuse(x, y) - p.radius }
		b.reach = largest + 2
		b.speed = math.Pi * (largest + 1)
		b.at = func(t float64) place { return sized(x, y, (largest+1)*math.Sin(math.Pi*t)-1) }
	}
	if slices.Contains([]string{"swing-fast", "pulse-fast"}, class) {
		b.spent /= 2
	}
	b.begin = begin * (float64(c.Duration) - b.spent)
	return b
}

// newDistractor makes a body that passes by.
func newDistractor(c Config, r *rand.Rand) body {
	side := float64(min(c.Sensor.Width, c.Sensor.Height))
	b := body{contrast: between(r, c.Contrast, brightest), jitter: c.SpeedJitter,
		phase: r.Float64()}
	b.spent = between(r, 0.3, 0.95) * float64(c.Duration)
	b.begin = between(r, 0, float64(c.Duration)-b.spent)
	b.passing(c.Sensor, between(r, 0.06, 0.1)*side, between(r, 0, 2*math.Pi), r)
	return b
}

// passing makes a body cross the sensor, from beyond it to beyond it, in the direction of an angle.
func (b *body) passing(sensor events.Size, size, angle float64, r *rand.Rand) {
	w, h := float64(sensor.Width), float64(sensor.Height)
	shape := shapes[r.IntN(len(shapes))](size)
	b.distance = func(_ place, x, y float64) float64 { return shape(x, y) }
	b.reach = 1.5*size + 2
	cos, sin := math.Cos(angle), math.Sin(angle)
	half := (math.Abs(cos)*w+math.Abs(sin)*h)/2 + b.reach
	off := between(r, -0.3, 0.3) * min(w, h)
	turn := between(r, 0, math.Pi)
	b.speed = 2 * half
	b.at = func(t float64) place {
		d := (2*t - 1) * half
		return turned(w/2+d*cos-off*sin, h/2+d*sin+off*cos, turn)
	}
}
