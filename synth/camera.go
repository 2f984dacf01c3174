package synth

import (
	"math"
	"math/rand/v2"

	"ssnn/events"
)

// camera is a simulated event camera.
type camera struct {
	c       Config
	on, off []float64 // thresholds of each pixel
	level   []float64 // logarithm of intensity at a pixel's last event
	now     []float64 // logarithm of its intensity when it was last computed
	until   []float64 // time of that, in us
	last    []float64 // time of its last event, us
	events  []events.Event
}

func newCamera(c Config, r *rand.Rand) *camera {
	n := c.Sensor.Width * c.Sensor.Height
	k := &camera{c: c}
	for _, values := range []*[]float64{&k.on, &k.off, &k.level, &k.now, &k.until, &k.last} {
		*values = make([]float64, n)
	}
	for i := range n {
		k.on[i] = max(c.Threshold/10, c.Threshold+c.Mismatch*r.NormFloat64())
		k.off[i] = max(c.Threshold/10, c.Threshold+c.Mismatch*r.NormFloat64())
		k.last[i] = math.Inf(-1)
	}
	return k
}

// watch makes the events of a scene.
func (k *camera) watch(s *scene) {
	w := k.c.Sensor.Width
	for i := range k.level {
		k.now[i] = k.log(s, i%w, i/w)
		k.level[i] = k.now[i]
	}
	for b := s.next(); b != nil; b = s.next() {
		before, from, until := b.move()
		left, top, right, bottom := k.changed(b.reach, before, b.now)
		for y := top; y < bottom; y++ {
			for x := left; x < right; x++ {
				k.see(x, y, k.log(s, x, y), max(from, k.until[y*w+x]), until)
			}
		}
	}
}

// changed returns the part of the sensor that a body may cover at either place.
func (k *camera) changed(reach float64, a, b place) (left, top, right, bottom int) {
	return max(0, int(min(a.x, b.x)-reach)), max(0, int(min(a.y, b.y)-reach)),
		min(k.c.Sensor.Width, int(max(a.x, b.x)+reach)+1),
		min(k.c.Sensor.Height, int(max(a.y, b.y)+reach)+1)
}

// log returns the logarithm of a pixel's intensity.
func (k *camera) log(s *scene, x, y int) float64 {
	if s.hidden != nil && s.hidden[y*k.c.Sensor.Width+x] {
		return 0
	}
	intensity := 0.
	for i := range s.bodies {
		b := &s.bodies[i]
		intensity += b.contrast * b.coverage(x, y)
	}
	if intensity == 0 {
		return 0
	}
	return math.Log1p(intensity)
}

// see makes the events of a pixel whose logarithm changes, linearly, between two times.
func (k *camera) see(x, y int, to, from, until float64) {
	i := y*k.c.Sensor.Width + x
	start := k.now[i]
	k.now[i], k.until[i] = to, until
	for to != start {
		on := to > start
		next := k.level[i] + k.on[i]
		if !on {
			next = k.level[i] - k.off[i]
		}
		if on && to < next || !on && to > next {
			return
		}
		k.level[i] = next
		t := from + (until-from)*min(1, max(0, (next-start)/(to-start)))
		if t-k.last[i] < float64(k.c.Refractory) {
			continue // the pixel is blind, and takes the new level when it sees again
		}
		k.last[i] = t
		k.events = append(k.events, events.Event{T: events.Micros(t), X: uint16(x), Y: uint16(y),
			On: on})
	}
}

// noise adds events that nothing in the scene made: those of all pixels together come at random
// times.
func (k *camera) noise(r *rand.Rand) {
	rate := k.c.Noise * float64(len(k.on)) / 1e6 // events for each us
	if rate == 0 {
		return
	}
	for t := r.ExpFloat64() / rate; t < float64(k.c.Duration); t += r.ExpFloat64() / rate {
		i := r.IntN(len(k.on))
		k.events = append(k.events, events.Event{
			T: events.Micros(t), X: uint16(i % k.c.Sensor.Width), Y: uint16(i / k.c.Sensor.Width),
			On: r.IntN(2) == 1,
		})
	}
}
