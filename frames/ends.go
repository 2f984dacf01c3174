package frames

import "ssnn/events"

// ReadEnds reads a recording as Read does. It returns, for each of the T frames, the time in us
// from the first event of the recording until the frame has all of its events, which is when a live
// observer has seen it. With Count and Duration the frame of an event is known only when the
// recording is over. Its errors are those of [NewIntegrator] and [Integrator.Read].
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
