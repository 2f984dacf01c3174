package frames

import (
	"fmt"
	"math"
)

// voxelUnit is the stored value of a whole event.
const voxelUnit = 256

// voxels shares each event out over two frames: with frames at the times 0 to T-1 and the events
// spread from 0 to T-1, frame k gets max(0, 1-|k-t|) of an event at time t.
func (g *Integrator) voxels(dst []uint16) error {
	n := len(g.places)
	first, span := g.times[0], uint64(g.times[n-1]-g.times[0])
	for i, at := range g.places {
		t := 0.0
		if span > 0 {
			t = float64(g.c.T-1) * (float64(uint64(g.times[i]-first)) / float64(span))
		}
		frame := min(int(t), g.c.T-1)
		later := uint16(math.Round(voxelUnit * (t - float64(frame))))
		place := frame*g.size + int(at)
		if !add(&dst[place], voxelUnit-later) || later > 0 && !add(&dst[place+g.size], later) {
			return fmt.Errorf("more than %d events at %s of frame %d, the most that voxels hold",
				math.MaxUint16/voxelUnit, g.pixel(at), frame)
		}
	}
	return nil
}

// add adds v to to, and reports whether the sum fits.
func add(to *uint16, v uint16) bool {
	if *to > math.MaxUint16-v {
		return false
	}
	*to += v
	return true
}
