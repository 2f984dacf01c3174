package picture

import (
	"io"
	"math"

	"ssnn/events"
)

// Options say how a recording is painted as pictures.
type Options struct {
	Sensor      events.Size
	Pictures    int           // number of pictures of equal duration, at least one
	First, Last events.Micros // times of the first and the last event
	Side        int           // largest side of a picture, in pixels; 0: that of the sensor
	Tau         events.Micros // in which a time surface fades to 1/e; 0: numbers of events instead
}

// Series is the pictures of a recording, one after the other. The same number of events has the
// same shade in all of them.
type Series struct {
	Size events.Size // pixels of a picture
	// Full is the number of events of a pixel, or the strength of its time surface, that is painted
	// in full strength. For events it is three times the mean over the pixels that have any, and at
	// least 1.
	Full float64

	// values holds a number for each picture and pixel: the number of events, negative if most of
	// them made the pixel darker, or the strength of the time surface in steps, negative if the
	// last event made the pixel darker.
	values [][]int16
}

// steps is the number of steps of the strength of a time surface.
const steps = math.MaxInt16

// Shades returns the shades of a picture, [height][width].
func (s *Series) Shades(picture int) []byte {
	all := make([]byte, len(s.values[picture]))
	for i, n := range s.values[picture] {
		all[i] = shade(n, s.Full)
	}
	return all
}

// Paint reads a recording to its end and paints it. An event outside of the sensor is an error.
func Paint(r events.Reader, o Options) (*Series, error) {
	size := within(o.Sensor, o.Side)
	n := size.Width * size.Height
	p := painter{Options: o, Series: Series{Size: size}, on: make([]int, n), off: make([]int, n),
		last: make([]events.Micros, n), seen: make([]int8, n)}
	each := max(1, uint64(o.Last-o.First)/uint64(o.Pictures))
	buf := make([]events.Event, 1024)
	for read := 0; ; {
		n, err := r.Read(buf)
		for i, e := range buf[:n] {
			if int(e.X) >= o.Sensor.Width || int(e.Y) >= o.Sensor.Height {
				return nil, &events.OutsideError{Event: read + i, X: int(e.X), Y: int(e.Y),
					Sensor: o.Sensor}
			}
			for len(p.values) < o.Pictures-1 && uint64(e.T-o.First)/each > uint64(len(p.values)) {
				p.next(o.First + events.Micros(uint64(len(p.values)+1)*each))
			}
			p.add(e)
		}
		read += n
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	for len(p.values) < o.Pictures {
		p.next(o.Last)
	}
	p.Full = max(1, 3*float64(p.events)/float64(max(1, p.pixels)))
	if o.Tau != 0 {
		p.Full = steps
	}
	return &p.Series, nil
}

// within returns the size s, reduced in proportion to sides of at most side pixels unless side is
// 0.
func within(s events.Size, side int) events.Size {
	longest := max(s.Width, s.Height)
	if side == 0 || longest <= side {
		return s
	}
	return events.Size{Width: max(1, s.Width*side/longest), Height: max(1, s.Height*side/longest)}
}

// painter is the state of Paint.
type painter struct {
	Options
	Series
	on, off []int           // events of the current picture that made a pixel brighter or darker
	last    []events.Micros // time of each pixel's last event
	seen    []int8          // polarity of that event: 1 or -1, or 0 if there was none yet

	events, pixels int // totals over all pictures: events, and pixels that have any
}

func (p *painter) add(e events.Event) {
	x, y := int(e.X)*p.Size.Width/p.Sensor.Width, int(e.Y)*p.Size.Height/p.Sensor.Height
	at := y*p.Size.Width + x
	p.last[at] = e.T
	if e.On {
		p.on[at]++
		p.seen[at] = 1
	} else {
		p.off[at]++
		p.seen[at] = -1
	}
}

// next ends the current picture at the time now, and begins another.
func (p *painter) next(now events.Micros) {
	values := make([]int16, len(p.on))
	for at := range values {
		n := p.on[at] + p.off[at]
		if n > 0 {
			p.events, p.pixels = p.events+n, p.pixels+1
		}
		values[at] = int16(min(n, math.MaxInt16))
		if p.on[at] <= p.off[at] {
			values[at] = -values[at]
		}
		if p.Tau != 0 {
			fading := math.Exp(-float64(now-p.last[at]) / float64(p.Tau))
			values[at] = int16(p.seen[at]) * int16(math.Round(steps*fading))
		}
	}
	p.values = append(p.values, values)
	clear(p.on)
	clear(p.off)
}
