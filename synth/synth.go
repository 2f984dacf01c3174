// Package synth simulates an event camera that looks at moving shapes. It makes recordings of known
// classes that only time tells apart.
//
// The camera is that of ESIM (Rebecq et al., CoRL 2018) and v2e (Hu et al., CVPR Workshops 2021):
// each pixel compares the logarithm of its intensity with the one at its last event, and makes an
// event when they differ by its threshold, which is a little different for each pixel and polarity;
// after an event it is blind for a while; and it makes events out of noise.
package synth

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"ssnn/events"
)

// Config says how recordings are made.
type Config struct {
	Sensor     events.Size   // pixels, 8x8 to 1024x1024
	Duration   events.Micros // duration of a recording, in us
	Threshold  float64       // mean of the pixels' thresholds, in natural logarithms of intensity
	Mismatch   float64       // standard deviation of the thresholds
	Refractory events.Micros // us after an event in which a pixel makes none
	Noise      float64       // events of noise a second and pixel

	// Contrast is that of the faintest shapes, 0.1 to 3: their intensity is 1+Contrast that of the
	// background. That of the brightest is 4 times that of the background.
	Contrast    float64
	Distractors int // smaller shapes that pass by in any direction
	// SpeedJitter is the share by which a shape is faster and slower than its mean on its way, 0 to
	// 0.9.
	SpeedJitter float64
	Occlusion   float64 // share of the sensor that is hidden behind things at rest, 0 to 0.9

	Seed uint64 // seed of all random choices
}

// Validate returns an error if a value is not valid.
func (c Config) Validate() error {
	switch {
	case min(c.Sensor.Width, c.Sensor.Height) < 8 || max(c.Sensor.Width, c.Sensor.Height) > 1024:
		return fmt.Errorf("a sensor of %v pixels, want 8x8 to 1024x1024", c.Sensor)
	case c.Duration < 1000 || c.Duration > 60e6:
		return fmt.Errorf("a duration of %d us, want 1 ms to 60 s", c.Duration)
	case !(c.Threshold >= 0.01 && c.Threshold <= 2) ||
		!(c.Mismatch >= 0 && c.Mismatch < c.Threshold/3):
		return fmt.Errorf("a threshold of %v with a deviation of %v, want a threshold of 0.01 to "+
			"2, and a deviation below a third of it", c.Threshold, c.Mismatch)
	case c.Refractory < 0 || !(c.Noise >= 0 && c.Noise <= 1000):
		return fmt.Errorf("a refractory time of %d us and %v events of noise a second, want a "+
			"time of 0 or more, and 0 to 1000 events", c.Refractory, c.Noise)
	case !(c.Contrast >= 0.1 && c.Contrast <= brightest) || c.Distractors < 0 ||
		c.Distractors > 100:
		return fmt.Errorf("a contrast of %v and %d distractors, want a contrast of 0.1 to %v, and "+
			"0 to 100 distractors", c.Contrast, c.Distractors, brightest)
	case !(c.SpeedJitter >= 0 && c.SpeedJitter <= 0.9) || !(c.Occlusion >= 0 && c.Occlusion <= 0.9):
		return fmt.Errorf("a speed that varies by %v and %v of the sensor hidden, want 0 to 0.9 "+
			"each", c.SpeedJitter, c.Occlusion)
	}
	return nil
}

// Recording makes recording number i of a split and a class, a number of [Classes], in the order of
// time. The same numbers make the same recording. The shapes, their size, place, brightness and
// path differ from one to the next. It panics if the configuration is not valid.
func (c Config) Recording(split string, class, i int) []events.Event {
	if err := c.Validate(); err != nil {
		panic("synth: " + err.Error())
	}
	random := rand.New(rand.NewPCG(mix(c.Seed, split), uint64(class)<<32|uint64(i)))
	s := newScene(c, Classes()[class], random)
	k := newCamera(c, random)
	k.watch(s)
	k.noise(random)
	slices.SortStableFunc(k.events, func(a, b events.Event) int { return cmp.Compare(a.T, b.T) })
	return k.events
}

// mix makes a seed of a seed and a text.
func mix(seed uint64, text string) uint64 {
	for _, b := range []byte(text) {
		seed = seed*1099511628211 ^ uint64(b)
	}
	return seed
}
