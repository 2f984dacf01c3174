package events

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"ssnn/internal/names"
)

// Writer writes the events of one recording.
type Writer interface {
	// Write writes events. An event that is earlier than the event before, lies outside of the
	// sensor, or does not fit the format is an error; the recording is then of no use.
	Write(all []Event) error
	// Close writes the rest of the recording. It does not close the underlying io.Writer.
	Close() error
}

// writable is a format that can be written.
type writable struct {
	about string // more about the format than its name says, or ""
	open  func(w io.Writer, sensor Size) (Writer, error)
}

// writers are the formats that can be written, by the endings of their files without the dot.
var writers = map[string]writable{
	"aedat":  {"AEDAT 3.1", newAEDAT3Writer},
	"aedat4": {"", newAEDAT4Writer},
	"hdf5":   {"Metavision", newHDF5Writer},
	"h5":     {"Metavision", newHDF5Writer},
	"npy":    {"", newNPYWriter},
	"raw":    {"Prophesee, EVT 3.0", newEVT3Writer},
	"dat":    {"Prophesee", newDATWriter},
	"es":     {"Event Stream", newESWriter},
	"bin":    {"40-bit events", newNMNISTWriter},
	"csv":    {"", newTableWriter},
	"npz":    {"", newNPZWriter},
}

// Writable lists the formats that NewWriter writes. WritableAs describes them.
func Writable() []string { return slices.Sorted(maps.Keys(writers)) }

// WritableAs lists the formats for people: "aedat (AEDAT 3.1), aedat4, ... or raw (Prophesee,
// EVT 3.0)".
func WritableAs() string {
	all := Writable()
	for i, name := range all {
		if about := writers[name].about; about != "" {
			all[i] += " (" + about + ")"
		}
	}
	return names.List(all)
}

// NewWriter returns a writer to w of a recording from a sensor of this size, in one of the formats
// of [Writable].
func NewWriter(w io.Writer, format string, sensor Size) (Writer, error) {
	f, ok := writers[format]
	if !ok {
		return nil, fmt.Errorf("format %q, want one of %s", format, strings.Join(Writable(), ", "))
	}
	if sensor.Width < 1 || sensor.Height < 1 {
		return nil, fmt.Errorf("a sensor of %v pixels, want at least 1x1 (--sensor WxH states the "+
			"size)", sensor)
	}
	inner, err := f.open(w, sensor)
	return &checked{Writer: inner, sensor: sensor}, err
}

// checked passes on events that lie inside of the sensor and do not run back, and refuses others.
type checked struct {
	Writer
	sensor Size
	last   Event
	n      int
}

func (c *checked) Write(all []Event) error {
	for _, e := range all {
		if int(e.X) >= c.sensor.Width || int(e.Y) >= c.sensor.Height {
			return &OutsideError{c.n, int(e.X), int(e.Y), c.sensor}
		}
		if c.n > 0 && e.T < c.last.T {
			return fmt.Errorf("event %d at %d us, want at least %d us, the time of the one before",
				c.n, e.T, c.last.T)
		}
		c.last = e
		c.n++
	}
	return c.Writer.Write(all)
}

// wordWriter writes a header, and then each event as encode appends it to b.
type wordWriter struct {
	w      *bufio.Writer
	encode func(b []byte, e Event) ([]byte, error)
	b      []byte
}

func newWordWriter(w io.Writer, header string, encode func(b []byte, e Event) ([]byte, error)) (
	Writer, error) {

	b := bufio.NewWriterSize(w, bufferSize)
	_, err := b.WriteString(header)
	return &wordWriter{w: b, encode: encode}, err
}

func (w *wordWriter) Write(all []Event) (err error) {
	for _, e := range all {
		if w.b, err = w.encode(w.b[:0], e); err != nil {
			return err
		}
		if _, err = w.w.Write(w.b); err != nil {
			return err
		}
	}
	return nil
}

func (w *wordWriter) Close() error { return w.w.Flush() }

// cannotHold returns an error if a sensor is larger than the largest size that a format can hold.
func cannotHold(format string, sensor Size, most Size) error {
	if sensor.Width > most.Width || sensor.Height > most.Height {
		return fmt.Errorf("%s cannot hold a sensor of %v pixels, want at most %v", format, sensor,
			most)
	}
	return nil
}

// farTime is the error for a time that a format cannot hold.
func farTime(format string, t Micros, want string) error {
	return fmt.Errorf("%s cannot hold a time of %d us, want %s; times that begin at 0 (--zero) "+
		"may fit", format, t, want)
}
