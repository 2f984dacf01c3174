package trace

import (
	"bytes"
	"fmt"

	"ssnn/events"
	"ssnn/frames"
)

// Recording is a recording in memory.
type Recording struct {
	Format string        `json:"format"`
	Sensor events.Size   `json:"sensor"` // pixels; where the format does not store it, the smallest that holds all events
	Events int           `json:"events"`
	First  events.Micros `json:"first"` // time of the first event
	Last   events.Micros `json:"last"`  // and of the last

	all []events.Event
}

// Read reads a recording in any format that events.Open reads. One without events is an error.
func Read(data []byte, o events.Options) (*Recording, error) {
	reader, err := events.Detect(bytes.NewReader(data), o)
	if err != nil {
		return nil, err
	}
	all, err := events.ReadAll(reader)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: %w", reader.Format(), frames.ErrNoEvents)
	}
	r := &Recording{Format: reader.Format(), Sensor: reader.Sensor(), Events: len(all), First: all[0].T, Last: all[len(all)-1].T, all: all}
	if r.Sensor == (events.Size{}) {
		for _, e := range all {
			r.Sensor = events.Size{Width: max(r.Sensor.Width, int(e.X)+1), Height: max(r.Sensor.Height, int(e.Y)+1)}
		}
	}
	return r, nil
}

// Movie is moving pictures of a recording, frames of equal durations.
type Movie struct {
	Frames, Width, Height int

	// Shades of the pixels, [Frames][Height][Width]: 128 where nothing happened, more where it became brighter, less where darker, 1 and 255 being those of
	// three times the events of a pixel that has any.
	Shades []byte
}

// Movie makes so many pictures, whose sides are at most that many pixels: those of larger sensors are put together. The error is that of events outside of the sensor.
func (r *Recording) Movie(pictures, side int) (*Movie, error) {
	c := frames.Config{T: pictures, Split: frames.Duration, Sensor: r.Sensor, Size: within(r.Sensor, side)}
	counts, err := c.Integrate(r.all)
	if err != nil {
		return nil, err
	}
	sum, pixels := 0, 0
	for i := 0; i < len(counts); i += 2 {
		if n := int(counts[i]) + int(counts[i+1]); n > 0 {
			sum += n
			pixels++
		}
	}
	m := &Movie{Frames: pictures, Width: c.Size.Width, Height: c.Size.Height, Shades: make([]byte, len(counts)/2)}
	for i := range m.Shades {
		off, on := int(counts[2*i]), int(counts[2*i+1])
		shade := min(127, (127*(off+on)*pixels+3*sum-1)/(3*sum)) // any event is seen
		if off >= on {
			shade = -shade
		}
		m.Shades[i] = byte(128 + shade)
	}
	return m, nil
}

// within is a size of the same shape with sides of at most so many pixels.
func within(s events.Size, side int) events.Size {
	longest := max(s.Width, s.Height, side)
	return events.Size{Width: max(1, s.Width*side/longest), Height: max(1, s.Height*side/longest)}
}
