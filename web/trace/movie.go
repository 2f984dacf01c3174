package trace

import (
	"io"

	"ssnn/events"
)

// Movie is moving pictures of a recording, of equal durations.
type Movie struct {
	Pictures, Width, Height int

	// Shades of the pixels, [Pictures][Height][Width]: 128 where nothing happened, more where it
	// became brighter, less where darker, 1 and 255 being those of three times the events of a
	// pixel that has any.
	Shades []byte
}

// Movie makes so many pictures, whose sides are at most that many pixels: those of larger sensors
// are put together. Events outside of the sensor are an error.
func (r *Recording) Movie(pictures, side int) (*Movie, error) {
	size := within(r.Sensor, side)
	m := &Movie{Pictures: pictures, Width: size.Width, Height: size.Height,
		Shades: make([]byte, pictures*size.Width*size.Height)}
	on, off, err := r.count(m)
	if err != nil {
		return nil, err
	}
	pixels := 0
	for i := range on {
		if on[i]+off[i] > 0 {
			pixels++
		}
	}
	full := 3 * float64(r.Events) / float64(pixels)
	for i := range m.Shades {
		shade := min(127, int(127*float64(on[i]+off[i])/full))
		switch {
		case on[i] > off[i]:
			m.Shades[i] = byte(128 + max(1, shade)) // any event is seen
		case off[i] > 0:
			m.Shades[i] = byte(128 - max(1, shade))
		default:
			m.Shades[i] = 128
		}
	}
	return m, nil
}

// count counts the events of each pixel of each picture, as frames.Duration does, but without
// memory for each event.
func (r *Recording) count(m *Movie) (on, off []int, err error) {
	reader, err := r.reader()
	if err != nil {
		return nil, nil, err
	}
	on, off = make([]int, len(m.Shades)), make([]int, len(m.Shades))
	each := max(1, uint64(r.Last-r.First)/uint64(m.Pictures))
	buf := make([]events.Event, 1024)
	for read := 0; ; {
		n, err := reader.Read(buf)
		for i, e := range buf[:n] {
			x, y := int(e.X), int(e.Y)
			if x >= r.Sensor.Width || y >= r.Sensor.Height {
				return nil, nil,
					&events.OutsideError{Event: read + i, X: x, Y: y, Sensor: r.Sensor}
			}
			picture := int(min(uint64(m.Pictures-1), uint64(e.T-r.First)/each))
			at := (picture*m.Height+y*m.Height/r.Sensor.Height)*m.Width + x*m.Width/r.Sensor.Width
			if e.On {
				on[at]++
			} else {
				off[at]++
			}
		}
		read += n
		if err == io.EOF {
			return on, off, nil
		}
		if err != nil {
			return nil, nil, err
		}
	}
}

// within is a size of the same shape with sides of at most so many pixels.
func within(s events.Size, side int) events.Size {
	longest := max(s.Width, s.Height, side)
	return events.Size{Width: max(1, s.Width*side/longest), Height: max(1, s.Height*side/longest)}
}
