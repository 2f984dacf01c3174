package trace

import "ssnn/internal/picture"

// Movie is moving pictures of a recording, of equal durations.
type Movie struct {
	Pictures, Width, Height int // number of them, and the size of each in pixels

	// Shades has the shade of each pixel, [Pictures][Height][Width]: 128 if nothing happened, more
	// if it became brighter, less if darker. 1 and 255 stand for three times the mean number of
	// events of a pixel that has any.
	Shades []byte
}

// Movie makes so many pictures, whose sides have at most side pixels: for a larger sensor, several
// of its pixels are put together. Events outside of the sensor are an error.
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
