package dataset

import (
	"fmt"
	"slices"
	"strings"

	"ssnn/events"
	"ssnn/internal/workers"
)

// FindSensor sets Sensor, where the layout leaves it open, to the smallest size in pixels that
// holds the sensors of all recordings that state one. It stays zero where none does. A note tells
// of recordings of several sensors, and of recordings that state none beside others that do. The
// error is that of a recording that cannot be opened.
func (s *Set) FindSensor(threads int) error {
	if s.Sensor != (events.Size{}) {
		return nil
	}
	var files []Sample
	for _, sample := range s.Samples {
		whole := Sample{Path: sample.Path, Group: sample.Group}
		if len(files) == 0 || files[len(files)-1] != whole {
			files = append(files, whole)
		}
	}
	sizes := make([]events.Size, len(files))
	err := workers.Each(len(files), threads, func() func(i int) error {
		return func(i int) error {
			_, err := s.read(files[i], events.Size{}, func(r events.Reader) error {
				sizes[i] = r.Sensor()
				return nil
			})
			return err
		}
	})
	if err != nil {
		return err
	}
	var found []string
	silent := 0
	for _, size := range sizes {
		if size == (events.Size{}) {
			silent++
			continue
		}
		s.Sensor.Width = max(s.Sensor.Width, size.Width)
		s.Sensor.Height = max(s.Sensor.Height, size.Height)
		if !slices.Contains(found, size.String()) {
			found = append(found, size.String())
		}
	}
	if len(found) > 1 {
		s.Notes = append(s.Notes, fmt.Sprintf("the recordings have sensors of %s pixels and are "+
			"all taken for ones of %v; frames.sensor sets another size",
			strings.Join(found, ", "), s.Sensor))
	}
	if len(found) > 0 && silent > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("recordings that do not say their sensor: %d; they "+
			"are taken for ones of %v pixels like the others; frames.sensor sets another size",
			silent, s.Sensor))
	}
	return nil
}
