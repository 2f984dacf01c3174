package dataset

import (
	"fmt"
	"math/rand/v2"
)

// Augment says what is done to a sample at random each time that it is shown in training. The zero Augment does nothing.
type Augment struct {
	// Shift moves all frames of a sample by up to so many pixels, the same in all, independently across and down; what
	// moves in is empty.
	Shift int `toml:"shift"`
}

// Validate says what is wrong, or nil.
func (a Augment) Validate() error {
	if a.Shift < 0 {
		return fmt.Errorf("augment.shift %d pixels, want 0 or more", a.Shift)
	}
	return nil
}

// shift draws one for sample i.
func (a Augment) shift(d *Draw, i int) (dx, dy int) {
	if d == nil || a.Shift == 0 {
		return 0, 0
	}
	var g rand.PCG
	d.seed(&g, streamSample, i)
	span := uint64(2*a.Shift + 1)
	// The remainder of 64 random bits by a small number is uniform to within 1e-17.
	return int(g.Uint64()%span) - a.Shift, int(g.Uint64()%span) - a.Shift
}
