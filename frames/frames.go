package frames

import (
	"fmt"
	"math"

	"ssnn/events"
)

// Config says how a recording becomes frames.
type Config struct {
	T      int         `toml:"-"`      // frames; those of the network's first stage
	Split  Split       `toml:"split"`  // what a frame is given
	Sensor events.Size `toml:"sensor"` // pixels; an event outside is an error

	// Size is that of the frames in pixels; zero stands for the sensor's. Where it is smaller, x goes to x*Width/Sensor.Width,
	// rounded down, and the counts of the pixels that meet are added; where it is larger, the pixels that come from x
	// each have its count. Likewise y.
	Size events.Size `toml:"size,omitempty"`
}

// Pixels is the size of the frames.
func (c Config) Pixels() events.Size {
	if c.Size == (events.Size{}) {
		return c.Sensor
	}
	return c.Size
}

// Split is the rule by which the events are shared out over the frames. Both are SpikingJelly's, but for frames without
// events, which it refuses and we leave empty.
type Split int

// The rules, for N events from time first to last.
const (
	// Count gives each frame N/T events, rounded down, and the last the rest: all of them when there are fewer than T.
	Count Split = iota
	// Duration gives each frame (last-first)/T us, rounded down, and the last the rest: all of the events when that is 0.
	Duration
)

// UnmarshalText reads "count" or "duration".
func (s *Split) UnmarshalText(b []byte) error {
	switch string(b) {
	case "count":
		*s = Count
	case "duration":
		*s = Duration
	default:
		return fmt.Errorf("split is %q, want count or duration", b)
	}
	return nil
}

// MarshalText writes "count" or "duration".
func (s Split) MarshalText() ([]byte, error) {
	if s == Duration {
		return []byte("duration"), nil
	}
	return []byte("count"), nil
}

// maxCounts is the largest number of counts of a recording, 2 GiB of them; more is taken for a slip of the pen.
const maxCounts = 1 << 30

// Validate says what is wrong with the configuration, or nil.
func (c Config) Validate() error {
	const side = math.MaxUint16 + 1 // of the largest sensor whose pixels an event can name
	switch {
	case c.T < 1:
		return fmt.Errorf("frames: %d timesteps, want at least 1", c.T)
	case c.Split != Count && c.Split != Duration:
		return fmt.Errorf("frames.split %d, want count or duration", c.Split)
	case c.Sensor.Width < 1 || c.Sensor.Height < 1 || c.Sensor.Width > side || c.Sensor.Height > side:
		return fmt.Errorf("frames.sensor %v, want 1 to %d pixels wide and high", c.Sensor, side)
	case c.Pixels().Width < 1 || c.Pixels().Height < 1 || c.Pixels().Width > side || c.Pixels().Height > side:
		return fmt.Errorf("frames.size %v, want 1 to %d pixels wide and high", c.Size, side)
	case int64(c.T) > maxCounts/2/(int64(c.Pixels().Width)*int64(c.Pixels().Height)):
		return fmt.Errorf("frames: %d timesteps of %v pixels, want at most %d counts a recording", c.T, c.Pixels(), maxCounts)
	}
	return nil
}

// Len is the number of counts of a recording: T frames of two polarities.
func (c Config) Len() int { return c.T * c.Pixels().Height * c.Pixels().Width * 2 }

// Integrate counts the events of a recording into [T][H][W][2]uint16, off before on. It is an error when c is not valid,
// there are no events, one is earlier than the one before or outside of the sensor, or a pixel has more than 65,535 in a frame.
func (c Config) Integrate(all []events.Event) ([]uint16, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no events")
	}
	for i := 1; i < len(all); i++ {
		if all[i].T < all[i-1].T {
			return nil, fmt.Errorf("event %d at %d us, want at least %d us, the time of the one before", i, all[i].T, all[i-1].T)
		}
	}
	counts := make([]uint16, c.Len())
	size := len(counts) / c.T
	frame := c.splitter(all)
	for i, e := range all {
		if int(e.X) >= c.Sensor.Width || int(e.Y) >= c.Sensor.Height {
			return nil, fmt.Errorf("event %d at x %d, y %d, want one inside the sensor of %v pixels", i, e.X, e.Y, c.Sensor)
		}
		if !c.count(counts[frame(i)*size:][:size], e) {
			return nil, fmt.Errorf("more than %d events at x %d, y %d in frame %d", math.MaxUint16, e.X, e.Y, frame(i))
		}
	}
	return counts, nil
}

// count adds an event to a frame, unless that would be too many.
func (c Config) count(frame []uint16, e events.Event) bool {
	polarity := 0
	if e.On {
		polarity = 1
	}
	pixels := c.Pixels()
	top, bottom := scaled(int(e.Y), c.Sensor.Height, pixels.Height)
	left, right := scaled(int(e.X), c.Sensor.Width, pixels.Width)
	for y := top; y < bottom; y++ {
		for x := left; x < right; x++ {
			n := &frame[(y*pixels.Width+x)*2+polarity]
			if *n == math.MaxUint16 {
				return false
			}
			*n++
		}
	}
	return true
}

// scaled is the range of pixels, of to in a line, that pixel x of from becomes.
func scaled(x, from, to int) (first, end int) {
	if to <= from {
		x = x * to / from
		return x, x + 1
	}
	return (x*to + from - 1) / from, ((x+1)*to + from - 1) / from
}

// splitter returns the frame of each event by its number.
func (c Config) splitter(all []events.Event) func(i int) int {
	if c.Split == Duration {
		first := all[0].T
		// Unsigned, as the times from end to end of an int64 are further apart than its largest number.
		each := uint64(all[len(all)-1].T-first) / uint64(c.T)
		if each == 0 {
			return func(int) int { return c.T - 1 }
		}
		return func(i int) int { return int(min(uint64(all[i].T-first)/each, uint64(c.T-1))) }
	}
	each := len(all) / c.T
	if each == 0 {
		return func(int) int { return c.T - 1 }
	}
	return func(i int) int { return min(i/each, c.T-1) }
}
