package main

import (
	"fmt"

	"ssnn/events"
)

// readingFlags say how recordings are read.
type readingFlags struct {
	Sensor      *events.Size       `help:"Size of the sensor where the format does not store it; events outside are an error." placeholder:"WxH"`
	Orientation events.Orientation `help:"Where y is stored from below: upright turns it, stored leaves it; spikingjelly reads CIFAR10-DVS as that library does." default:"upright" placeholder:"NAME"`
	TimeShift   bool               `help:"Subtract the first time word of a Prophesee RAW file from all times, as OpenEB does; of HDF5, leave out what is added to them."`
	Columns     string             `help:"Columns of a table without a line of names." placeholder:"\"t x y p\""`
	Group       string             `help:"Where in an HDF5 file the events are, if there are several." placeholder:"PATH"`
}

func (r readingFlags) options() events.Options {
	return events.Options{Orientation: r.Orientation, TimeShift: r.TimeShift, Columns: r.Columns, Group: r.Group}
}

// summarise reads a recording and returns what is in it, and the size of its sensor with how that is known: "file", "flag", or "events" for the
// smallest that holds all events.
func (r readingFlags) summarise(path string) (s events.Summary, format string, sensor events.Size, from string, err error) {
	f, err := events.Open(path, r.options())
	if err != nil {
		return s, "", sensor, "", err
	}
	defer f.Close()
	if s, err = events.Summarise(f); err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	sensor, from = f.Sensor(), "file"
	switch {
	case sensor != (events.Size{}):
	case r.Sensor != nil:
		sensor, from = *r.Sensor, "flag"
	default:
		sensor, from = s.Edge, "events"
	}
	if err == nil && (s.Edge.Width > sensor.Width || s.Edge.Height > sensor.Height) {
		err = fmt.Errorf("%s: events as far as x %d, y %d, want all inside the sensor of %v pixels", path, s.Edge.Width-1, s.Edge.Height-1, sensor)
	}
	return s, f.Format(), sensor, from, err
}
