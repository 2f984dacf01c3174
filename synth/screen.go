package synth

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"ssnn/events"
)

// Pictures returns the configuration for pictures: that of [Default] with 48x48 pixels and 0.4 s.
// Contrast, distractors, jitter and occlusion have no effect on pictures.
func Pictures() Config {
	c := Default()
	c.Sensor, c.Duration = events.Size{Width: 48, Height: 48}, 400_000
	return c
}

// Picture makes the recording of a picture that is moved before the camera, in the order of time.
// The whole picture is seen; the screen around it has the mean brightness of the picture. The
// beginning and the direction of the movement, the pixels' thresholds and the noise are drawn from
// the seed and the name alone. It panics if the configuration is not valid.
func (c Config) Picture(p Picture, m Movement, name string) []events.Event {
	if err := c.Validate(); err != nil {
		panic("synth: " + err.Error())
	}
	random := rand.New(rand.NewPCG(mix(c.Seed, name), uint64(m)))
	k := newCamera(c, random)
	k.follow(newScreen(p, c.Sensor), newTrack(m, c, random))
	k.noise(random)
	slices.SortStableFunc(k.events, func(a, b events.Event) int { return cmp.Compare(a.T, b.T) })
	return k.events
}

// dark is the brightness of black, where white is 1: it comes from light that leaks through the
// screen, from the light of the room, and from the pixel's dark current.
const dark = 0.07

// fine is the number of places of the screen across a pixel.
const fine = 4

// screen is the light that pixels would see at places on and around the sensor.
type screen struct {
	light  []float64 // light of a pixel whose upper left corner is at the place
	width  int       // number of places in a row
	margin int       // number of places around the sensor
}

// newScreen shows a picture in the middle.
func newScreen(p Picture, sensor events.Size) *screen {
	room := travel(sensor)
	w, h := p.Size()
	scale := fine * min(
		(float64(sensor.Width)-room)/float64(w), (float64(sensor.Height)-room)/float64(h))
	width := max(1, int(math.Round(scale*float64(w))))
	height := max(1, int(math.Round(scale*float64(h))))
	shown, mean := p.scaled(width, height)

	margin := int(math.Ceil(fine*room/2)) + fine
	s := &screen{width: fine*sensor.Width + 2*margin, margin: margin}
	s.light = make([]float64, s.width*(fine*sensor.Height+2*margin))
	for i := range s.light {
		s.light[i] = mean
	}
	left, top := (s.width-width)/2, (fine*sensor.Height+2*margin-height)/2
	for y := range height {
		copy(s.light[(top+y)*s.width+left:], shown[y*width:(y+1)*width])
	}
	average(s.light, 1)
	average(s.light, s.width)
	return s
}

// average makes each value the mean of itself and the next of a pixel, so many values apart. The
// last ones, which have too few, stay: they lie in the margin.
func average(values []float64, apart int) {
	for i := range len(values) - (fine-1)*apart {
		sum := 0.
		for k := range fine {
			sum += values[i+k*apart]
		}
		values[i] = sum / fine
	}
}

// shift returns the first of the four places at which the first pixel sees a moved picture, and the
// shares of the four.
func (s *screen) shift(by point) (first int, shares [4]float64) {
	u, v := float64(s.margin)-fine*by.x, float64(s.margin)-fine*by.y
	x, y := math.Floor(u), math.Floor(v)
	u, v = u-x, v-y
	return int(y)*s.width + int(x), [4]float64{(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v}
}

// follow makes the events of a picture that moves along a track.
func (k *camera) follow(s *screen, t track) {
	w, h := k.c.Sensor.Width, k.c.Sensor.Height
	// Logarithms take the most time, so they are computed only for pixels whose light leaves the
	// range from darker to brighter, within which a pixel makes no event.
	light, darker, brighter := make([]float64, w*h), make([]float64, w*h), make([]float64, w*h)
	wait := func(i int) {
		darker[i] = math.Exp(k.level[i]-k.off[i]) - dark
		brighter[i] = math.Exp(k.level[i]+k.on[i]) - dark
	}
	steps, duration := t.steps(), float64(k.c.Duration)
	for step := range steps + 1 {
		first, shares := s.shift(t.at(float64(step) / float64(steps)))
		from := duration * float64(step-1) / float64(steps)
		until := duration * float64(step) / float64(steps)
		for y := range h {
			upper := s.light[first+fine*y*s.width:]
			lower := upper[s.width:]
			for x := range w {
				i, at := y*w+x, fine*x
				now := shares[0]*upper[at] + shares[1]*upper[at+1] +
					shares[2]*lower[at] + shares[3]*lower[at+1]
				before := light[i]
				light[i] = now
				switch {
				case step == 0:
					k.level[i] = math.Log(now + dark)
					wait(i)
				case now <= darker[i] || now >= brighter[i]:
					k.now[i] = math.Log(before + dark)
					k.see(x, y, math.Log(now+dark), from, until)
					wait(i)
				}
			}
		}
	}
}
