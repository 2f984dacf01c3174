package frames

import (
	"fmt"
	"io"
	"math"
	"sort"

	"ssnn/events"
)

// Integrate makes the frames of a recording: [T][H][W][Channels]uint16, off before on, in units of Scale. It is an error when c is not
// valid, there are no events, one is earlier than the one before or outside of the sensor, or a value is too large to be stored.
func (c Config) Integrate(all []events.Event) ([]uint16, error) {
	g, err := NewIntegrator(c)
	if err != nil {
		return nil, err
	}
	if err := g.add(all); err != nil {
		return nil, err
	}
	return g.frames()
}

// Integrator makes frames of recordings. It is not safe for concurrent use.
//
// An event is kept as no more than its place in a frame, and its time where that is needed, as it is only at the end of a recording that its frame is
// known.
type Integrator struct {
	c            Config
	column, line []int32 // where each of the sensor begins in a frame, below 0 if it is not looked at
	both         int32   // distance of the two channels, or 0
	wider        *wider  // where pixels become many, else nil
	size         int     // of a frame before they do
	keepTimes    bool

	n      int           // events of the recording under way
	last   events.Micros // of the event before
	places []uint32
	times  []events.Micros
	buf    []events.Event
}

// NewIntegrator returns an integrator, or what is wrong with the configuration.
func NewIntegrator(c Config) (*Integrator, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	a, pixels, channels := c.area(), c.Pixels(), c.Channels()
	width, height := min(a.Width, pixels.Width), min(a.Height, pixels.Height)
	g := &Integrator{
		c:         c,
		column:    places(c.Sensor.Width, a.X, a.Width, width, channels),
		line:      places(c.Sensor.Height, a.Y, a.Height, height, channels*width),
		both:      int32(channels - 1),
		size:      width * height * channels,
		keepTimes: c.Split.needsTimes() || c.Values != Counts,
		buf:       make([]events.Event, 1024), // 16 KiB: they fit the first-level cache
	}
	if width < pixels.Width || height < pixels.Height {
		g.wider = newWider(width, height, pixels, channels)
	}
	return g, nil
}

// places are those of all n columns of the sensor, of which width, from first on, become to of unit values each.
func places(n, first, width, to, unit int) []int32 {
	all := make([]int32, n)
	for i := range all {
		all[i] = math.MinInt32 / 2
		if x := i - first; x >= 0 && x < width {
			all[i] = int32(x * to / width * unit)
		}
	}
	return all
}

// Read reads a recording and makes its frames: of all events, or of those from time from on and before time to unless both are 0.
func (g *Integrator) Read(r events.Reader, from, to events.Micros) ([]uint16, error) {
	for {
		n, err := r.Read(g.buf)
		part := g.buf[:n]
		if from != 0 || to != 0 {
			part = part[before(part, from):before(part, to)]
		}
		if err := g.add(part); err != nil {
			return nil, err
		}
		if err == io.EOF || err == nil && to != 0 && n > 0 && g.buf[n-1].T >= to {
			return g.frames()
		}
		if err != nil {
			g.reset()
			return nil, err
		}
	}
}

// before is the number of events before a time.
func before(all []events.Event, t events.Micros) int {
	return sort.Search(len(all), func(i int) bool { return all[i].T >= t })
}

func (g *Integrator) reset() { g.n, g.places, g.times = 0, g.places[:0], g.times[:0] }

// add takes the next events of the recording.
func (g *Integrator) add(part []events.Event) error {
	column, line, both := g.column, g.line, g.both
	k := len(g.places)
	if cap(g.places)-k < len(part) {
		g.places = append(g.places, make([]uint32, max(k, len(part)))...)
	}
	kept := g.places[:k+len(part)]
	last := g.last
	if g.n == 0 {
		last = math.MinInt64
	}
	for i := range part {
		e := part[i]
		x, y := uint(e.X), uint(e.Y)
		if e.T < last || x >= uint(len(column)) || y >= uint(len(line)) {
			g.last = last
			return g.refuse(e, i)
		}
		last = e.T
		at := column[x] + line[y]
		if at < 0 {
			continue
		}
		var on int32 // without a branch, which nobody could foresee
		if e.On {
			on = 1
		}
		kept[k] = uint32(at + on&both)
		k++
	}
	if g.keepTimes {
		g.addTimes(part)
	}
	g.places = kept[:k]
	g.last = last
	g.n += len(part)
	return nil
}

// addTimes keeps the times of the events that add has a place for.
func (g *Integrator) addTimes(part []events.Event) {
	for i := range part {
		if e := &part[i]; g.column[e.X]+g.line[e.Y] >= 0 {
			g.times = append(g.times, e.T)
		}
	}
}

// refuse is the error for event i of a part.
func (g *Integrator) refuse(e events.Event, i int) error {
	i += g.n
	last := g.last
	g.reset()
	if e.T < last {
		return fmt.Errorf("event %d at %d us, want at least %d us, the time of the one before", i, e.T, last)
	}
	return fmt.Errorf("event %d at x %d, y %d, want one inside the sensor of %v pixels", i, e.X, e.Y, g.c.Sensor)
}

// frames makes the frames of the events that were added.
func (g *Integrator) frames() ([]uint16, error) {
	defer g.reset()
	if len(g.places) == 0 {
		return nil, fmt.Errorf("no events")
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

// counts counts the events of each frame.
func (g *Integrator) counts(dst []uint16) error {
	for t := range g.c.T {
		from, to := g.c.frame(t, len(g.places), g.times)
		frame := dst[t*g.size : (t+1)*g.size]
		for _, at := range g.places[from:to] {
			frame[at]++
			if frame[at] == 0 {
				return fmt.Errorf("more than %d events at %s of frame %d", math.MaxUint16, g.pixel(at), t)
			}
		}
		if g.c.Clip > 0 {
			for i, n := range frame {
				frame[i] = min(n, uint16(g.c.Clip))
			}
		}
	}
	return nil
}

// pixel names a place.
func (g *Integrator) pixel(at uint32) string {
	width := min(g.c.area().Width, g.c.Pixels().Width)
	pixel := int(at) / g.c.Channels()
	return fmt.Sprintf("x %d, y %d", pixel%width, pixel/width)
}
