package main

import (
	"fmt"
	"sync/atomic"

	"ssnn/events"
)

// windowFlags say which part of a recording is read.
type windowFlags struct {
	From  *events.Micros `help:"Leave out events before this time. A number without a unit is in us." placeholder:"TIME"`
	Until *events.Micros `help:"Leave out events at this time and later. A number without a unit is in us." placeholder:"TIME"`
}

// AfterApply is called by kong, which takes its error for one of usage.
func (w windowFlags) AfterApply() error {
	if w.From != nil && w.Until != nil && *w.Until < *w.From {
		return fmt.Errorf("--from %d, --until %d: want a window that does not end before it begins",
			*w.From, *w.Until)
	}
	return nil
}

func (w windowFlags) window() events.Window { return events.Window{From: w.From, Until: w.Until} }

// recordingFlags say what recordings do not say themselves, and what becomes of invalid events.
type recordingFlags struct {
	Format events.Format `help:"Format of a recording whose content does not show it, for example on standard input: bin (40-bit events of N-MNIST), csv (a table whose columns have no names), evt2, evt21, evt3 or evt4 (words without a header)." placeholder:"NAME"`
	skipFlag
	unpackFlag
	Filter []events.Filter `help:"Filter that leaves out events: hot, background, refractory, polarity, region or decimate, with values as in background:us=5000. May be repeated; filters run in the given order." sep:"none" placeholder:"NAME[:KEY=VALUE,...]"`
}

// unpackFlag is common to the commands that read files, which may be packed.
type unpackFlag struct {
	MaxUnpacked uint32 `help:"Largest size of an unpacked recording, in MiB (default: 64, or 100 times the size of the file if that is more)." placeholder:"MIB"`
}

func (f unpackFlag) apply(o *events.Options) {
	if f.MaxUnpacked > 0 {
		o.Unpacked = int64(f.MaxUnpacked) << 20
	}
}

// skipFlag is common to the commands that read recordings.
type skipFlag struct {
	SkipInvalid bool `help:"Leave out events outside the sensor and events earlier than the one before, and print how many. Without this flag they are an error."`
}

// apply changes a model's options as the flags say.
func (f recordingFlags) apply(o *events.Options) {
	if f.Format != "" {
		o.Format = f.Format
	}
	if len(f.Filter) > 0 {
		o.Filter = f.Filter
	}
	f.skipFlag.apply(o)
	f.unpackFlag.apply(o)
}

func (f skipFlag) apply(o *events.Options) {
	o.SkipInvalid = o.SkipInvalid || f.SkipInvalid
}

// readingFlags say how recordings are read.
type readingFlags struct {
	windowFlags
	recordingFlags
	Sensor      *events.Size       `help:"Size of the sensor in pixels, if the file does not state it. Events outside it are an error. AEDAT 2 files that name no chip may need it." placeholder:"WxH"`
	Orientation events.Orientation `help:"Orientation of formats that count pixels from below: upright turns them, stored leaves them as they are, spikingjelly reads CIFAR10-DVS and ASL-DVS as that library does." default:"upright" placeholder:"NAME"`
	Invalid     events.Invalid     `help:"Events that AEDAT 3 and 40-bit files mark as invalid: dropped leaves them out, spikingjelly takes them for events as that library does." default:"dropped" placeholder:"NAME"`
	TimeShift   bool               `help:"In a Prophesee RAW file, subtract the first time word from all times, as OpenEB does. In HDF5, subtract Metavision's time_shift and do not add DSEC's t_offset."`
	Columns     string             `help:"Columns of tables and arrays that do not name them. The unit of t may be added if the file does not state it, as in t[us]: s, ms, us or ns." placeholder:"\"t x y p\""`
	Group       string             `help:"Which recording of an HDF5, .npz or .mat file to read, if it holds several." placeholder:"PATH"`
	Topic       string             `help:"Topic of a ROS bag to read, or stream of an AEDAT 4 file, if several have events; ssnn events lists them. Without this flag the first stream of an AEDAT 4 file is read." placeholder:"NAME"`

	sort bool // events may be in any order, and are brought into that of their times
}

func (r readingFlags) options() events.Options {
	o := events.Options{
		Orientation: r.Orientation,
		Invalid:     r.Invalid,
		TimeShift:   r.TimeShift,
		Columns:     r.Columns,
		Group:       r.Group,
		Topic:       r.Topic,
	}
	if r.Sensor != nil {
		o.Sensor = *r.Sensor
	}
	r.apply(&o)
	if r.sort { // filters want events in order
		o.Filter = nil
	}
	o.Skipped, o.AnyOrder = new(atomic.Int64), r.sort
	if r.Sensor != nil {
		o.Within = *r.Sensor
	}
	return o
}

// mostSorted bounds the number of events that are sorted, which take 4 GiB of memory.
const mostSorted = 1 << 28

// opened is an open recording, or the part of it that is read.
type opened struct {
	*events.File
	skipped *atomic.Int64 // events so far
}

func (r readingFlags) open(path string) (opened, error) {
	o := r.options()
	f, err := events.Open(path, o)
	if err != nil {
		return opened{}, err
	}
	if r.sort {
		f.Reader, err = events.Sorted(f.Reader, mostSorted)
		for _, filter := range r.Filter {
			f.Reader = filter.Of(f.Reader)
		}
	}
	if err == nil {
		f.Reader, err = r.window().Of(f.Reader)
	}
	if err != nil {
		f.Close()
		return opened{}, fmt.Errorf("%s: %w", path, err)
	}
	return opened{f, o.Skipped}, nil
}

// summary is the summary of a recording's events, with its sensor.
type summary struct {
	events.Summary
	format   string
	sensor   events.Size
	sizeFrom string // "file", "flag" or "events": of those, the smallest size that holds all
	skipped  int64  // events
	topics   []events.Topic
	filters  []events.FilterCount
}

// summarise reads a recording.
func (r readingFlags) summarise(path string) (s summary, err error) {
	f, err := r.open(path)
	if err != nil {
		return s, err
	}
	defer f.Close()
	if s.Summary, err = events.Summarise(f); err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	s.topics = events.Topics(f)
	s.filters = events.FilterCounts(f)
	s.format, s.skipped = f.Format(), f.skipped.Load()
	s.sensor, s.sizeFrom = f.Sensor(), "file"
	switch {
	case s.sensor != (events.Size{}):
	case r.Sensor != nil:
		s.sensor, s.sizeFrom = *r.Sensor, "flag"
	default:
		s.sensor, s.sizeFrom = s.Edge, "events"
	}
	if err == nil && (s.Edge.Width > s.sensor.Width || s.Edge.Height > s.sensor.Height) {
		err = fmt.Errorf("%s: events as far as x %d, y %d, want all inside the sensor of %v "+
			"pixels (--skip-invalid leaves others out)", path, s.Edge.Width-1, s.Edge.Height-1,
			s.sensor)
	}
	return s, err
}
