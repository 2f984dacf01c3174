package frames

import "ssnn/events"

// ReadEnds reads a recording as Read does and returns how long after its first event each frame has
// all of its own, [T]us: when somebody who watches has seen it. Which frame an event belongs to,
// Count and Duration only know when the recording is over.
func (c Config) ReadEnds(r events.Reader) ([]events.Micros, error) {
	g, err := NewIntegrator(c)
	if err != nil {
		return nil, err
	}
	g.keepTimes = true
	if err := g.read(r); err != nil {
		return nil, err
	}
	n := len(g.times)
	if n == 0 {
		return nil, ErrNoEvents
	}
	ends, length := make([]events.Micros, c.T), g.times[n-1]-g.times[0]
	for t := range ends {
		if c.Values == Voxels { // frame t has a share of all events before time t+1 of T-1
			ends[t] = length
			if t+1 < c.T-1 {
				ends[t] = length / events.Micros(c.T-1) * events.Micros(t+1)
			}
			continue
		}
		if _, to := c.frame(t, n, g.times); to > 0 {
			ends[t] = g.times[to-1] - g.times[0]
		}
	}
	return ends, nil
}
