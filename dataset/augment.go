package dataset

import (
	"math"
	"math/rand/v2"

	"ssnn/internal/limits"
)

// Augment says what is done to a sample at random each time that it is shown in training, to all of
// its frames alike: it is mirrored, turned and moved, what moves in from outside being empty, and
// then parts of it are emptied. The zero Augment does nothing.
//
// Flip, Rotate, PolarityFlip and Reverse change what is seen: a flipped wave of the right hand is
// one of the left, a reversed rotation is the other class, and digits are no digits when they are
// mirrored. They are for sets whose labels survive them.
//
// Drop, DropTime and DropArea are EventDrop (Gu et al., IJCAI 2021) on frames; flip, shift,
// rotation and cutout those of NDA (Li et al., ECCV 2022).
type Augment struct {
	Shift        int     `toml:"shift"`         // by up to so many pixels, independently across and down
	Flip         float64 `toml:"flip"`          // probability of mirroring left and right
	Rotate       float64 `toml:"rotate"`        // by up to so many degrees each way, about the centre; a pixel takes the nearest one's value
	Reverse      float64 `toml:"reverse"`       // probability of running time backwards, which makes brighter darker
	PolarityFlip float64 `toml:"polarity_flip"` // probability of exchanging the polarities
	Cutout       int     `toml:"cutout"`        // side in pixels of a square that is emptied, around any pixel
	DropTime     float64 `toml:"drop_time"`     // largest share of the timesteps, next to each other, that are emptied
	DropArea     float64 `toml:"drop_area"`     // largest share of width and height of a rectangle that is emptied
	Drop         float64 `toml:"drop"`          // largest probability with which each event is left out; of frames that are no counts, each value

	// Jitter moves each event in time by a normal random number of us of this standard deviation,
	// JitterPixels one of pixels across and down; an event stays in its place rather than leave the
	// sensor. The frames then are made of the moved events, for which each recording is read again.
	Jitter       float64 `toml:"jitter"`
	JitterPixels float64 `toml:"jitter_pixels"`

	// Mixup is the parameter of the Beta distribution that says how much of another sample is mixed
	// in, 0.001 to 1000; 0: none is. Its authors take 0.1 to 1.
	Mixup float64 `toml:"mixup"`
}

// Validate says what is wrong, or nil.
func (a Augment) Validate() error {
	share := func(key string, v float64) error { return limits.Real("augment."+key, v, 0, 1) }
	return limits.First(
		limits.Whole("augment.shift", a.Shift, 0, limits.Most),
		limits.Whole("augment.cutout", a.Cutout, 0, limits.Most),
		limits.Real("augment.rotate", a.Rotate, 0, 180),
		limits.RealOr0("augment.mixup", a.Mixup, 1e-3, 1e3),
		limits.Real("augment.jitter", a.Jitter, 0, 1e9),
		limits.Real("augment.jitter_pixels", a.JitterPixels, 0, 1e4),
		share("flip", a.Flip), share("reverse", a.Reverse), share("polarity_flip", a.PolarityFlip),
		share("drop_time", a.DropTime), share("drop_area", a.DropArea), share("drop", a.Drop),
	)
}

// change is what was drawn for a sample.
type change struct {
	dx, dy        int
	flip          bool
	turn          bool
	sin, cos      float64
	reverse, swap bool // of time, of polarities
	empty         [2]rectangle
	from, to      int // timesteps that are emptied
	drop          uint64
	random        rand.PCG // of the events that are dropped
}

// rectangle is a part of a frame, in pixels.
type rectangle struct{ left, top, right, bottom int }

// draw draws the change of sample i. Each field of Augment has random numbers of its own, so that
// one more leaves the others as they were.
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
