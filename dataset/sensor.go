package dataset

import (
	"fmt"
	"slices"
	"strings"

	"ssnn/events"
	"ssnn/internal/workers"
)

// FindSensor sets Sensor where the layout leaves it open, to what the recordings say: the smallest
// size that holds the sensors of all that say one. It stays zero where none does. Recordings of
// several sensors, and those that say none beside others, are noted. The error is that of a
// recording that cannot be opened.
func (s *Set) FindSensor(threads int) error {
	if s.Sensor != (events.Size{}) {
		return nil
	}
	var paths []string
	for _, sample := range s.Samples {
		paths = append(paths, sample.Path)
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	sizes := make([]events.Size, len(paths))
	err := workers.Each(len(paths), threads, func() func(i int) error {
		return func(i int) error {
			sample := Sample{Path: paths[i]}
			_, err := s.read(sample, events.Size{}, func(r events.Reader) error {
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
		s.Notes = append(s.Notes, fmt.Sprintf("recordings of sensors of %s pixels, taken for one "+
			"of %v; frames.sensor says another", strings.Join(found, ", "), s.Sensor))
	}
	if len(found) > 0 && silent > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("recordings that do not say their sensor: %d, taken "+
			"for one of %v pixels as the others; frames.sensor says another", silent, s.Sensor))
	}
	return nil
}
