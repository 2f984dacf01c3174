package frames

import (
	"errors"
	"fmt"
	"io"
	"math"

	"ssnn/events"
)

// Integrate makes the frames of a recording: [T][H][W][Channels]uint16, off before on, in units of
// Scale. It is an error if c is not valid, if there are no events, if an event is earlier than the
// one before or outside the sensor, or if a value is too large to be stored.
func (c Config) Integrate(all []events.Event) ([]uint16, error) {
	g, err := NewIntegrator(c)
	if err != nil {
		return nil, err
	}
	return g.Events(all)
}

// ReadFloats makes the frames of a recording as networks are fed with them,
// [T][H][W][Channels]float32. Its errors are those of NewIntegrator and Integrator.Read.
func (c Config) ReadFloats(r events.Reader) ([]float32, error) {
	g, err := NewIntegrator(c)
	if err != nil {
		return nil, err
	}
	stored, err := g.Read(r)
	if err != nil {
		return nil, err
	}
	values := make([]float32, len(stored))
	c.ScaleTo(values, stored)
	return values, nil
}

// ErrNoEvents says that there were no events to make frames of, or none in the crop.
var ErrNoEvents = errors.New("no events")

// Integrator makes frames of recordings. It is not safe for concurrent use.
//
// An event is kept as no more than its place in a frame, and its time where that is needed, as it
// is only at the end of a recording that its frame is known.
type Integrator struct {
	c         Config
	grid      events.Grid // places for two channels, below 0 outside of the crop
	merge     uint        // 1 if a place is half of one of the grid
	wider     *wider      // nil unless pixels become several
	size      int         // number of values of a frame before that
	keepTimes bool

	count  int           // number of events of the recording before
	n      int           // number of events of the recording under way
	last   events.Micros // time of the event before
	places []uint32
	times  []events.Micros
	block  events.Places
	buf    []events.Event
	frame  []uint16 // frame that Each gives
}

// NewIntegrator returns an integrator, or an error if the configuration is not valid.
func NewIntegrator(c Config) (*Integrator, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	a, pixels := c.area(), c.Pixels()
	width, height := min(a.Width, pixels.Width), min(a.Height, pixels.Height)
	g := &Integrator{
		c:         c,
		merge:     uint(2 - c.Channels()),
		size:      width * height * c.Channels(),
		keepTimes: c.Split.needsTimes() || c.Values != Counts,
		buf:       make([]events.Event, 1024), // 16 KiB: they fit the first-level cache
	}
	fill(&g.grid.Column, a.X, a.Width, width, 2)
	fill(&g.grid.Line, a.Y, a.Height, height, 2*width)
	if width < pixels.Width || height < pixels.Height {
		g.wider = newWider(width, height, pixels, c.Channels())
	}
	return g, nil
}

// fill sets the places of columns or lines: width of them, from first on, become to places that are
// unit values apart.
func fill(all *[1 << 16]int32, first, width, to, unit int) {
	for i := range all {
		all[i] = math.MinInt32 / 2
	}
	for x := range width {
		all[first+x] = int32(x * to / width * unit)
	}
}

// Count returns the number of events in the recording whose frames were made last, including those
// outside the crop.
func (g *Integrator) Count() int { return g.count }

// Events makes the frames of all events of a recording, as Read does.
func (g *Integrator) Events(all []events.Event) ([]uint16, error) {
	if err := g.add(all); err != nil {
		return nil, err
	}
	return g.frames()
}

// Read reads a recording, or the part of it in an [events.Window], to the end and makes its frames:
// [T][H][W][Channels]uint16, in units of Scale. Every call returns new memory. It is an error if
// the reader fails, if there are no events ([ErrNoEvents]), or if an event or a value does not fit,
// as for [Config.Integrate].
func (g *Integrator) Read(r events.Reader) ([]uint16, error) {
	if err := g.read(r); err != nil {
		return nil, err
	}
	return g.frames()
}

// Each reads a recording as Read does, and passes its frames to give one by one,
// [H][W][Channels]uint16 in units of Scale. The next frame overwrites the one before, so that a
// caller who writes frames elsewhere reads them from the cache. An error of give ends Each and is
// returned.
func (g *Integrator) Each(r events.Reader, give func(t int, frame []uint16) error) error {
	if err := g.read(r); err != nil {
		return err
	}
	return g.each(give)
}

// EachOf passes the frames of all events of a recording to give, as Each does.
func (g *Integrator) EachOf(all []events.Event, give func(t int, frame []uint16) error) error {
	if err := g.add(all); err != nil {
		return err
	}
	return g.each(give)
}

// read adds the events that Read makes frames of.
func (g *Integrator) read(r events.Reader) error {
	for {
		err := events.ReadPlaces(r, &g.grid, &g.block)
		if err == nil && g.block.N > 0 {
			g.addPlaces(&g.block)
			continue
		}
		n, err := r.Read(g.buf)
		if err := g.add(g.buf[:n]); err != nil {
			return err
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			g.reset()
			return err
		}
	}
}

func (g *Integrator) reset() { g.n, g.places, g.times = 0, g.places[:0], g.times[:0] }

// grow returns memory for n places, without keeping the values of the places before.
func (g *Integrator) grow(n int) []uint32 {
	k := len(g.places)
	if cap(g.places)-k < n {
		g.places = append(g.places, make([]uint32, max(k, n))...)[:k]
	}
	return g.places[k : k+n]
}

// addPlaces takes the next events of the recording, which all have places and are in order.
func (g *Integrator) addPlaces(p *events.Places) {
	part, merge := g.grow(p.N), g.merge
	copy(part, p.At[:p.N])
	if merge > 0 {
		for i := range part {
			part[i] >>= merge
		}
	}
	g.places = g.places[:len(g.places)+p.N]
	if g.keepTimes {
		g.times = append(g.times, p.T[:p.N]...)
	}
	g.last = p.T[p.N-1]
	g.n += p.N
}

// add takes the next events of the recording.
func (g *Integrator) add(part []events.Event) error {
	places, merge, last := g.grow(len(part)), g.merge, g.last
	if g.n == 0 {
		last = math.MinInt64
	}
	k := 0
	for i := range part {
		e := &part[i]
		if e.T < last {
			return g.refuse("event %d at %d us, want at least %d us, the time of the one before",
				g.n+i, e.T, last)
		}
		last = e.T
		at := g.grid.Column[e.X] + g.grid.Line[e.Y]
		if at < 0 {
			if int(e.X) >= g.c.Sensor.Width || int(e.Y) >= g.c.Sensor.Height {
				outside := &events.OutsideError{Event: g.n + i, X: int(e.X), Y: int(e.Y),
					Sensor: g.c.Sensor}
				g.reset()
				return outside
			}
			continue
		}
		var on int32 // set without a branch, which the CPU could not predict
		if e.On {
			on = 1
		}
		places[k] = uint32(at+on) >> merge
		k++
		if g.keepTimes {
			g.times = append(g.times, e.T)
		}
	}
	g.places = g.places[:len(g.places)+k]
	g.last = last
	g.n += len(part)
	return nil
}

// refuse returns the error for an event.
func (g *Integrator) refuse(format string, what ...any) error {
	g.reset()
	return fmt.Errorf(format, what...)
}

// frames makes the frames of the events that were added.
func (g *Integrator) frames() ([]uint16, error) {
	defer g.reset()
	g.count = g.n
	if len(g.places) == 0 {
		return nil, ErrNoEvents
	}
	dst := make([]uint16, g.c.T*g.size)
	var err error
	switch g.c.Values {
	case Counts:
		err = g.counts(dst)
	case Surface:
		g.surfaces(dst)
	case Voxels:
		err = g.voxels(dst)
	}
	if err != nil || g.wider == nil {
		return dst, err
	}
	return g.wider.frames(dst, g.c.T), nil
}

// each gives the frames of the events that were added.
func (g *Integrator) each(give func(t int, frame []uint16) error) error {
	if g.c.Values == Counts && g.wider == nil && len(g.places) > 0 {
		defer g.reset()
		g.count = g.n
		if g.frame == nil {
			g.frame = make([]uint16, g.size)
		}
		for t := range g.c.T {
			clear(g.frame)
			if err := g.countsOf(t, g.frame); err != nil {
				return err
			}
			if err := give(t, g.frame); err != nil {
				return err
			}
		}
		return nil
	}
	all, err := g.frames()
	if err != nil {
		return err
	}
	size := len(all) / g.c.T
	for t := range g.c.T {
		if err := give(t, all[t*size:(t+1)*size]); err != nil {
			return err
		}
	}
	return nil
}

// counts counts the events of each frame.
func (g *Integrator) counts(dst []uint16) error {
	for t := range g.c.T {
		if err := g.countsOf(t, dst[t*g.size:(t+1)*g.size]); err != nil {
			return err
		}
	}
	return nil
}

// countsOf counts the events of frame t, which is empty.
func (g *Integrator) countsOf(t int, frame []uint16) error {
	from, to := g.c.frame(t, len(g.places), g.times)
	for _, at := range g.places[from:to] {
		frame[at]++
		if frame[at] == 0 {
			return fmt.Errorf("more than %d events at %s of frame %d", math.MaxUint16, g.pixel(at),
				t)
		}
	}
	if g.c.Clip > 0 {
		for i, n := range frame {
			frame[i] = min(n, uint16(g.c.Clip))
		}
	}
	return nil
}

// pixel returns the words for a place.
func (g *Integrator) pixel(at uint32) string {
	width := min(g.c.area().Width, g.c.Pixels().Width)
	pixel := int(at) / g.c.Channels()
	return fmt.Sprintf("x %d, y %d", pixel%width, pixel/width)
}
