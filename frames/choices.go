package frames

import (
	"fmt"

	"ssnn/events"
	"ssnn/internal/names"
)

// Split is the rule by which the events are shared out over the frames. The first two are those of
// SpikingJelly, which however refuses frames without events; here they are empty.
type Split int

// The rules, for N events from time first to last.
const (
	// Count gives each frame N/T events, rounded down, and the last the rest: all of them when
	// there are fewer than T.
	Count Split = iota
	// Duration gives each frame (last-first)/T us, rounded down, and the last the rest: all of the
	// events when that is 0.
	Duration
	// FixedCount gives each frame Each events, Overlap of which are the last of the frame before.
	// What is left over is left out.
	FixedCount
	// FixedDuration gives each frame the events of Each us, Overlap of which are the last of the
	// frame before, from the first event on. What comes later is left out.
	FixedDuration
)

// Values says what becomes of the events of a frame.
type Values int

const (
	// Counts are the numbers of events.
	Counts Values = iota
	// Surface is exp(-age/Tau), with the age of a pixel's last event, of this frame or one before,
	// when the frame's last event happens: an exponential time surface (Lagorce et al., "HOTS",
	// TPAMI 2017), to 1/65535.
	Surface
	// Voxels share an event out over the two frames that are nearest in time, linearly: the grid of
	// Zhu et al. (CVPR 2019), each polarity for itself, in steps of 1/256.
	Voxels
)

// Polarity says how the two polarities are kept.
type Polarity int

const (
	Both   Polarity = iota // one channel for each, off before on
	Merged                 // one channel
)

var (
	splits = names.Of[Split]{Key: "split", Words: []string{"count", "duration", "fixed-count",
		"fixed-duration"}}
	values     = names.Of[Values]{Key: "values", Words: []string{"counts", "surface", "voxels"}}
	polarities = names.Of[Polarity]{Key: "polarity", Words: []string{"both", "merged"}}
)

// UnmarshalText reads "count", "duration", "fixed-count" or "fixed-duration".
func (s *Split) UnmarshalText(b []byte) error { return splits.Parse(s, b) }

// MarshalText writes what UnmarshalText reads.
func (s Split) MarshalText() ([]byte, error) { return splits.Text(s) }

// UnmarshalText reads "counts", "surface" or "voxels".
func (v *Values) UnmarshalText(b []byte) error { return values.Parse(v, b) }

// MarshalText writes what UnmarshalText reads.
func (v Values) MarshalText() ([]byte, error) { return values.Text(v) }

// UnmarshalText reads "both" or "merged".
func (p *Polarity) UnmarshalText(b []byte) error { return polarities.Parse(p, b) }

// MarshalText writes what UnmarshalText reads.
func (p Polarity) MarshalText() ([]byte, error) { return polarities.Text(p) }

// Area is a part of a sensor: its width and height, and the pixel (X, Y) from the upper left at
// which it begins.
type Area struct{ Width, Height, X, Y int }

// String returns the area as "120x100+4+14": its size, and where it begins.
func (a Area) String() string { return fmt.Sprintf("%dx%d+%d+%d", a.Width, a.Height, a.X, a.Y) }

// UnmarshalText reads what String writes, and "" for the zero Area.
func (a *Area) UnmarshalText(b []byte) error {
	var v Area
	if len(b) > 0 {
		_, err := fmt.Sscanf(string(b)+";", "%dx%d+%d+%d;", &v.Width, &v.Height, &v.X, &v.Y)
		if err != nil || v.Width < 1 || v.Height < 1 || v.X < 0 || v.Y < 0 {
			return fmt.Errorf("area %q, want width, height and where it begins in pixels, like "+
				"120x100+4+14", b)
		}
	}
	*a = v
	return nil
}

// MarshalText is String, or "" for the zero Area.
func (a Area) MarshalText() ([]byte, error) {
	if a == (Area{}) {
		return nil, nil
	}
	return []byte(a.String()), nil
}

func (a Area) inside(s events.Size) bool {
	return a.Width >= 1 && a.Height >= 1 && a.X >= 0 && a.Y >= 0 && a.Width <= s.Width-a.X &&
		a.Height <= s.Height-a.Y
}
