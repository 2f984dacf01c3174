package events

import (
	"fmt"
	"io"
	"slices"
)

// Micros is a time in microseconds, on the recording's own clock.
type Micros int64

// Event says that the brightness of a pixel changed.
type Event struct {
	T    Micros // us, on the recording's own clock
	X, Y uint16 // pixels from the upper left
	On   bool   // polarity: true when the pixel became brighter
}

// Size is the width and height of a sensor in pixels. The zero Size stands for an unknown size.
type Size struct{ Width, Height int }

// String writes the size as "34x34", width first.
func (s Size) String() string { return fmt.Sprintf("%dx%d", s.Width, s.Height) }

// UnmarshalText reads what String writes.
func (s *Size) UnmarshalText(b []byte) error {
	var v Size
	if _, err := fmt.Sscanf(string(b)+";", "%dx%d;", &v.Width, &v.Height); err != nil ||
		v.Width < 1 || v.Height < 1 {

		return fmt.Errorf("size %q, want width and height in pixels, like 34x34", b)
	}
	*s = v
	return nil
}

// MarshalText writes the same text as String.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Reader yields the events of one recording.
type Reader interface {
	// Format names the file format.
	Format() string
	// Sensor is the size of the sensor. It is zero where the file does not store it.
	Sensor() Size
	// Read writes at least one event to buf and returns the number of events written. It writes
	// fewer than buf has room for where it would have to wait for more, as on a network stream. At
	// the end it returns 0, io.EOF. Where the recording is damaged, the n events before the damage
	// are good and err is a *FormatError.
	Read(buf []Event) (n int, err error)
}

// FormatError says where a recording stops making sense.
type FormatError struct {
	Format    string // "40-bit events"
	Offset    int64  // bytes from the beginning of the file
	Want, Got string // the content that was expected there, and the content found there
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("%s, byte %d: want %s, got %s", e.Format, e.Offset, e.Want, e.Got)
}

// ReadAll reads a recording to its end. The events before an error are returned with it.
func ReadAll(r Reader) ([]Event, error) { return AppendAll(nil, r) }

// AppendAll reads a recording to its end and appends its events to all. The events before an error
// are returned with it.
func AppendAll(all []Event, r Reader) ([]Event, error) {
	for {
		all = slices.Grow(all, 4096)
		n, err := r.Read(all[len(all):cap(all)])
		all = all[:len(all)+n]
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}
