package main

import (
	"fmt"

	"ssnn/events"
)

// windowFlags are the part of a recording that is read.
type windowFlags struct {
	From  *events.Micros `help:"Leave out the events before this time in us." placeholder:"US"`
	Until *events.Micros `help:"Leave out the events from this time in us on." placeholder:"US"`
}

// AfterApply is called by kong, which takes its error for one of usage.
func (w windowFlags) AfterApply() error {
	if w.From != nil && w.Until != nil && *w.Until < *w.From {
		return fmt.Errorf("--from %d, --until %d: want a window that does not end before it begins", *w.From, *w.Until)
	}
	return nil
}

func (w windowFlags) window() events.Window { return events.Window{From: w.From, Until: w.Until} }

// formatFlag says what recordings do not say themselves.
type formatFlag struct {
	Format events.Format `help:"Format of a recording whose beginning does not show it, as on standard input: bin (40-bit events of N-MNIST), csv (a table whose columns have no names), evt2, evt21, evt3 or evt4 (words without a header)." placeholder:"NAME"`
}

// apply lays the flag over what a model says.
func (f formatFlag) apply(o *events.Options) {
	if f.Format != "" {
		o.Format = f.Format
	}
}

// readingFlags say how recordings are read.
type readingFlags struct {
	windowFlags
	formatFlag
	Sensor      *events.Size       `help:"Size of the sensor where the format does not store it; events outside are an error. AEDAT 2 files without a chip may need it." placeholder:"WxH"`
	Orientation events.Orientation `help:"Where y is stored from below: upright turns it, stored leaves it; spikingjelly reads CIFAR10-DVS and ASL-DVS as that library does." default:"upright" placeholder:"NAME"`
	Invalid     events.Invalid     `help:"What AEDAT 3 and 40-bit files mark as no events: dropped, or taken for events as spikingjelly does." default:"dropped" placeholder:"NAME"`
	TimeShift   bool               `help:"Subtract the first time word of a Prophesee RAW file from all times, as OpenEB does; of HDF5, leave out what is added to them."`
	Columns     string             `help:"Columns of tables and arrays that do not name them, and the unit of t (s, ms, us, ns) where the file does not say it." placeholder:"\"t x y p\""`
	Group       string             `help:"Where in an HDF5 file the events are, if there are several." placeholder:"PATH"`
}

func (r readingFlags) options() events.Options {
	o := events.Options{
		Orientation: r.Orientation,
		Invalid:     r.Invalid,
		TimeShift:   r.TimeShift,
		Columns:     r.Columns,
		Group:       r.Group,
	}
	if r.Sensor != nil {
		o.Sensor = *r.Sensor
	}
	r.apply(&o)
	return o
}

// open opens a recording, or the part of it that is asked for.
func (r readingFlags) open(path string) (*events.File, error) {
	f, err := events.Open(path, r.options())
	if err != nil {
		return nil, err
	}
	if f.Reader, err = r.window().Of(f.Reader); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// summarise reads a recording and returns what is in it, and the size of its sensor with how that is known: "file", "flag", or "events" for the
// smallest that holds all events.
func (r readingFlags) summarise(path string) (s events.Summary, format string, sensor events.Size, from string, err error) {
	f, err := r.open(path)
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
