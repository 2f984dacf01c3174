package trace

import "ssnn/internal/picture"

// Movie is moving pictures of a recording, of equal durations.
type Movie struct {
	Pictures, Width, Height int // number of them, and the size of each in pixels

	// Shades of the pixels, [Pictures][Height][Width]: 128 where nothing happened, more where it
	// became brighter, less where darker, 1 and 255 being those of three times the events of a
	// pixel that has any.
	Shades []byte
}

// Movie makes so many pictures, whose sides are at most that many pixels: those of larger sensors
// are put together. Events outside of the sensor are an error.
func (r *Recording) Movie(pictures, side int) (*Movie, error) {
	reader, err := r.reader()
	if err != nil {
		return nil, err
	}
	s, err := picture.Paint(reader, picture.Options{Sensor: r.Sensor, Pictures: pictures,
		First: r.First, Last: r.Last, Side: side})
	if err != nil {
		return nil, err
	}
	m := &Movie{Pictures: pictures, Width: s.Size.Width, Height: s.Size.Height}
	for i := range pictures {
		m.Shades = append(m.Shades, s.Shades(i)...)
	}
	return m, nil
}
