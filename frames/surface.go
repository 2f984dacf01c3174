package frames

import (
	"math"

	"ssnn/events"
)

// surfaces makes time surfaces.
func (g *Integrator) surfaces(dst []uint16) {
	latest, seen := make([]events.Micros, g.size), make([]bool, g.size)
	done := 0
	for t := range g.c.T {
		_, to := g.c.frame(t, len(g.places), g.times)
		for ; done < to; done++ {
			at := g.places[done]
			latest[at], seen[at] = g.times[done], true
		}
		if done == 0 {
			continue
		}
		now := g.times[done-1]
		for at, seen := range seen {
			if seen {
				age := float64(now - latest[at])
				dst[t*g.size+
					at] = uint16(math.Round(math.MaxUint16 * math.Exp(-age/float64(g.c.Tau))))
			}
		}
	}
}
