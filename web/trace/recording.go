package trace

import (
	"bytes"
	"fmt"
	"sync/atomic"

	"ssnn/events"
	"ssnn/frames"
)

// Recording is a recording in memory, as it is stored.
type Recording struct {
	Format string `json:"format"` // like "AEDAT 4"
	// Sensor is in pixels. If the format does not store it, it is the smallest that holds all
	// events.
	Sensor events.Size   `json:"sensor"`
	Events int           `json:"events"` // number of events
	First  events.Micros `json:"first"`  // time of the first event
	Last   events.Micros `json:"last"`   // time of the last event

	Skipped int64 `json:"skipped,omitempty"` // events that were left out, where the options say so

	data    []byte
	name    string
	options events.Options
	skipped *atomic.Int64 // by the reader under way
}

// Read reads a recording once, whose format is found out as by events.DetectNamed, and keeps its
// bytes. Damage is an error, and so is a recording without events.
func Read(data []byte, name string, o events.Options) (*Recording, error) {
	r := &Recording{data: data, name: name, options: o}
	reader, err := r.reader()
	if err != nil {
		return nil, err
	}
	s, err := events.Summarise(reader)
	r.Skipped = r.skipped.Load()
	if err != nil {
		return nil, err
	}
	if s.Events == 0 {
		return nil, fmt.Errorf("%s: %w", reader.Format(), frames.ErrNoEvents)
	}
	r.Format, r.Sensor, r.Events, r.First, r.Last = reader.Format(), reader.Sensor(), s.Events,
		s.First, s.Last
	if r.Sensor == (events.Size{}) {
		r.Sensor = s.Edge
	}
	return r, nil
}

// reader returns a reader from the first event on.
func (r *Recording) reader() (events.Reader, error) {
	r.skipped = new(atomic.Int64)
	r.options.Skipped = r.skipped
	return events.DetectNamed(bytes.NewReader(r.data), r.name, r.options)
}
