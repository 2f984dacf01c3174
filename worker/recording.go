package worker

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"sync/atomic"

	"ssnn/events"
)

// recording has the arguments that say which events are read, and how, like the command's flags.
type recording struct {
	// Path is that of a file. Without it the call's array is the recording.
	Path   string `json:"path,omitempty"`
	Name   string `json:"name,omitempty"`   // name of such an array; its ending may tell the format
	Events bool   `json:"events,omitempty"` // the array has events, not the bytes of a file

	From        *events.Micros     `json:"from,omitempty"`
	Until       *events.Micros     `json:"until,omitempty"`
	Format      events.Format      `json:"format,omitempty"`
	SkipInvalid bool               `json:"skip_invalid,omitempty"`
	MaxUnpacked int64              `json:"max_unpacked,omitempty"` // MiB
	Sensor      events.Size        `json:"sensor,omitzero"`
	Orientation events.Orientation `json:"orientation,omitzero"`
	Invalid     events.Invalid     `json:"invalid,omitzero"`
	TimeShift   bool               `json:"time_shift,omitempty"`
	Columns     string             `json:"columns,omitempty"`
	Group       string             `json:"group,omitempty"`
	Sort        bool               `json:"sort,omitempty"`
	Filters     []events.Filter    `json:"filters,omitempty"`
}

// mostSorted bounds the number of events that are sorted, which take 4 GiB of memory.
const mostSorted = 1 << 28

func (r recording) options() events.Options {
	o := events.Options{
		Format: r.Format, Orientation: r.Orientation, Invalid: r.Invalid, TimeShift: r.TimeShift,
		Columns: r.Columns, Group: r.Group, Sensor: r.Sensor, Within: r.Sensor,
		SkipInvalid: r.SkipInvalid, Skipped: new(atomic.Int64), AnyOrder: r.Sort,
		Unpacked: r.MaxUnpacked << 20,
	}
	if !r.Sort { // filters want events in order
		o.Filter = r.Filters
	}
	return o
}

// named adds the path to the error of a recording, as only opening one does.
func (r recording) named(err error) error {
	switch {
	case r.Path != "":
		return fmt.Errorf("%s: %w", r.Path, err)
	case r.Name != "":
		return fmt.Errorf("%s: %w", path.Base(r.Name), err)
	}
	return err
}

// opened is a recording that is being read, or the part of it that is wanted.
type opened struct {
	events.Reader
	skipped *atomic.Int64
	file    io.Closer
}

// open opens the recording: a file, or the array of the call.
func (r recording) open(array []byte) (o opened, err error) {
	if r.Path == "" && r.Events {
		all := &inMemory{all: as[events.Event](array), sensor: r.Sensor}
		o := opened{Reader: all}
		if len(r.Filters) > 0 && !r.Sort {
			all.ordered = true
			o.filter(r.Filters)
		}
		return r.part(o)
	}
	options := r.options()
	o.skipped = options.Skipped
	if r.Path != "" {
		f, err := events.Open(r.Path, options)
		if err != nil {
			return o, err
		}
		o.Reader, o.file = f, f
		if !r.Sort {
			// The File's own reader can also be read as places.
			o.Reader = f.Reader
		}
	} else if o.Reader, err = events.DetectNamed(bytes.NewReader(array), r.Name,
		options); err != nil {
		return o, r.named(err)
	}
	return r.part(o)
}

// part takes the wanted part of a recording, in the wanted order.
func (r recording) part(o opened) (_ opened, err error) {
	if r.Sort {
		if o.Reader, err = events.Sorted(o.Reader, mostSorted); err == nil {
			o.filter(r.Filters)
		}
	}
	if err == nil {
		o.Reader, err = events.Window{From: r.From, Until: r.Until}.Of(o.Reader)
	}
	if err != nil {
		o.close()
		return opened{}, r.named(err)
	}
	return o, nil
}

// filter leaves out events.
func (o *opened) filter(filters []events.Filter) {
	for _, f := range filters {
		o.Reader = f.Of(o.Reader)
	}
}

func (o opened) close() {
	if o.file != nil {
		o.file.Close()
	}
}

// size returns the number of bytes of the recording's file, or 0 if it is not known.
func (o opened) size() int {
	if f, ok := o.file.(*events.File); ok {
		return int(f.Size())
	}
	return 0
}

// note keeps a note for the reply if events were left out.
func (w *Worker) note(o opened) {
	if o.skipped == nil {
		return
	}
	if n := o.skipped.Load(); n > 0 {
		w.notes = append(w.notes, events.SkippedNote(n))
	}
}

// inMemory reads events that the caller sent.
type inMemory struct {
	all     []events.Event
	sensor  events.Size
	ordered bool // events that are not in the order of their times are an error
	n       int  // events that were read
	last    events.Micros
}

func (m *inMemory) Format() string      { return "events in memory" }
func (m *inMemory) Sensor() events.Size { return m.sensor }

func (m *inMemory) Read(buf []events.Event) (int, error) {
	if len(m.all) == 0 {
		return 0, io.EOF
	}
	n := copy(buf, m.all)
	for i := range buf[:n] {
		t := buf[i].T
		if m.ordered && m.n+i > 0 && t < m.last {
			return i, fmt.Errorf("event %d at %d us, want at least %d us, the time of the one "+
				"before; sort=True brings them into order", m.n+i, t, m.last)
		}
		m.last = t
	}
	m.n += n
	m.all = m.all[n:]
	return n, nil
}
