package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"

	"ssnn/events"
	"ssnn/internal/limits"
)

// Augment says what is done to a sample at random each time that it is shown in training, to all of
// its frames alike: it is mirrored, turned and moved, and then parts of it are emptied. What moves
// in from outside is empty. The zero Augment does nothing, and so does each field that is 0.
//
// Flip, Rotate, PolarityFlip and Reverse change what is seen: a flipped wave of the right hand is
// one of the left, a reversed rotation is the other class, and digits are no digits when they are
// mirrored. They are for sets whose labels survive them.
//
// Drop, DropTime and DropArea are EventDrop (Gu et al., IJCAI 2021) on frames; flip, shift,
// rotation and cutout those of NDA (Li et al., ECCV 2022).
type Augment struct {
	// Shift is the largest number of pixels by which a sample moves, independently across and down.
	Shift int `toml:"shift"`
	// Flip is the probability, 0 to 1, of mirroring left and right.
	Flip float64 `toml:"flip"`
	// Rotate is the largest angle, 0 to 180 degrees, by which a sample turns about its centre in
	// either direction. A pixel takes the value of the nearest one.
	Rotate float64 `toml:"rotate"`
	// Reverse is the probability, 0 to 1, of running time backwards, which makes brighter darker.
	Reverse float64 `toml:"reverse"`
	// PolarityFlip is the probability, 0 to 1, of exchanging the polarities.
	PolarityFlip float64 `toml:"polarity_flip"`
	// Cutout is the side in pixels of a square around any pixel that is emptied.
	Cutout int `toml:"cutout"`
	// DropTime is the largest share, 0 to 1, of the timesteps that are emptied, next to each other.
	DropTime float64 `toml:"drop_time"`
	// DropArea is the largest share, 0 to 1, of the width and of the height of a rectangle that is
	// emptied.
	DropArea float64 `toml:"drop_area"`
	// Drop is the largest probability, 0 to 1, with which each event is left out. In frames that
	// are no counts each value is left out instead.
	Drop float64 `toml:"drop"`

	// Jitter is the standard deviation of the normal random time, 0 to 1e9 us, by which each event
	// moves. The frames then are made of the moved events, for which each recording is read again.
	Jitter Deviation `toml:"jitter"`
	// JitterPixels is the standard deviation of the normal random distance, 0 to 10000 pixels, by
	// which each event moves across and down, likewise. An event that would leave the sensor stays.
	JitterPixels float64 `toml:"jitter_pixels"`

	// Mixup is the parameter, 0.001 to 1000, of the Beta distribution that says how much of another
	// sample is mixed in. Its authors (Zhang et al., ICLR 2018) take 0.1 to 1.
	Mixup float64 `toml:"mixup"`
}

// Deviation is a standard deviation of times, in us.
type Deviation float64

// UnmarshalTOML reads a number of us, or the text of a time that [events.ParseTime] reads.
func (d *Deviation) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case int64:
		*d = Deviation(v)
	case float64:
		*d = Deviation(v)
	case string:
		t, err := events.ParseTime(v)
		*d = Deviation(t)
		return err
	default:
		return fmt.Errorf("got %v, want a number of us, or a time in quotes, like \"1ms\"", v)
	}
	return nil
}

// Validate says what is wrong, or nil.
func (a Augment) Validate() error {
	share := func(key string, v float64) error { return limits.Real("augment."+key, v, 0, 1) }
	return limits.First(
		limits.Whole("augment.shift", a.Shift, 0, limits.Most),
		limits.Whole("augment.cutout", a.Cutout, 0, limits.Most),
		limits.Real("augment.rotate", a.Rotate, 0, 180),
		limits.RealOr0("augment.mixup", a.Mixup, 1e-3, 1e3),
		limits.Real("augment.jitter", float64(a.Jitter), 0, 1e9),
		limits.Real("augment.jitter_pixels", a.JitterPixels, 0, 1e4),
		share("flip", a.Flip), share("reverse", a.Reverse), share("polarity_flip", a.PolarityFlip),
		share("drop_time", a.DropTime), share("drop_area", a.DropArea), share("drop", a.Drop),
	)
}

// change is the augmentation that was drawn for a sample.
type change struct {
	dx, dy   int  // pixels by which it moves to the right and down
	flip     bool // left and right are mirrored
	turn     bool // it turns, by the angle of sin and cos
	sin, cos float64
	reverse  bool         // time runs backwards
	swap     bool         // the polarities are exchanged
	empty    [2]rectangle // parts of each frame that are emptied
	from, to int          // timesteps from <= t < to are emptied
	drop     uint64       // an event is dropped with the probability drop / 2^53
	random   rand.PCG     // draws the events that are dropped
}

// rectangle is a part of a frame, in pixels.
type rectangle struct{ left, top, right, bottom int }

// draw draws the change of sample i. Each field of Augment has its own stream of random numbers, so
// that setting one leaves the draws of the others as they were.
func (a Augment) draw(d *Draw, i, T, width, height int) (c change) {
	if d == nil || a == (Augment{}) {
		return c
	}
	stream := 0
	next := func() *rand.PCG {
		d.seed(&c.random, streamSample+stream, i)
		stream++
		return &c.random
	}
	uniform := func(g *rand.PCG) float64 { return float64(g.Uint64()>>11) / (1 << 53) }
	if g := next(); a.Shift > 0 {
		span := uint64(2*a.Shift + 1)
		// The remainder of 64 random bits by a small number is uniform to within 1e-17.
		c.dx, c.dy = int(g.Uint64()%span)-a.Shift, int(g.Uint64()%span)-a.Shift
	}
	c.flip = uniform(next()) < a.Flip
	if g := next(); a.Rotate > 0 {
		c.sin, c.cos = math.Sincos((2*uniform(g) - 1) * a.Rotate * math.Pi / 180)
		c.turn = true
	}
	c.reverse = uniform(next()) < a.Reverse
	c.swap = uniform(next()) < a.PolarityFlip != c.reverse
	if g := next(); a.Cutout > 0 {
		left, top := int(uniform(g)*float64(width))-a.Cutout/2,
			int(uniform(g)*float64(height))-a.Cutout/2
		c.empty[0] = rectangle{max(0, left), max(0, top), min(width, left+a.Cutout),
			min(height, top+a.Cutout)}
	}
	if g := next(); a.DropTime > 0 {
		n := int(math.Round(uniform(g) * a.DropTime * float64(T)))
		c.from = int(uniform(g) * float64(T-n+1))
		c.to = c.from + n
	}
	if g := next(); a.DropArea > 0 {
		share := uniform(g) * a.DropArea
		w, h := int(math.Round(share*float64(width))), int(math.Round(share*float64(height)))
		left, top := int(uniform(g)*float64(width-w+1)), int(uniform(g)*float64(height-h+1))
		c.empty[1] = rectangle{left, top, left + w, top + h}
	}
	if g := next(); a.Drop > 0 {
		c.drop = uint64(uniform(g) * a.Drop * (1 << 53))
	}
	return c
}
