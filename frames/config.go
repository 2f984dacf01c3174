package frames

import (
	"fmt"
	"math"

	"ssnn/events"
	"ssnn/internal/names"
)

// Config says how a recording becomes frames. Times are in us.
type Config struct {
	// T is the number of frames of a recording, 1 or more: the timesteps of the network's first
	// stage. A recipe does not say it.
	T     int   `toml:"-"`
	Split Split `toml:"split"` // which events a frame is made of
	// Each is the extent of a frame of a fixed split: 1 or more events with FixedCount, 1 or more
	// us with FixedDuration. With other splits it is 0.
	Each Extent `toml:"each,omitempty"`
	// Overlap is the extent that two successive frames of a fixed split have in common, in events
	// or us as Each: 0 or more, and less than Each.
	Overlap Extent `toml:"overlap,omitempty"`

	Values Values `toml:"values"` // what becomes of the events
	// Clip is the largest count of a pixel, 1 to 65535: 1 says only whether there was an event. 0
	// stands for no limit.
	Clip int `toml:"clip,omitempty"`
	// Tau is the time in us in which a time surface falls to 1/e; 0 for other values.
	Tau      events.Micros `toml:"tau,omitempty"`
	Polarity Polarity      `toml:"polarity"` // a channel for each polarity, or one for both

	// Sensor is the size of the sensor in pixels. An event outside is an error.
	Sensor events.Size `toml:"sensor,omitempty"`
	// Crop is the part of the sensor that is used. Events outside are left out before all else.
	// The zero Area stands for the whole sensor.
	Crop Area `toml:"crop,omitempty"`

	// Size is the size of the frames in pixels; zero stands for that of the crop. If it is smaller
	// than the crop, x goes to x*Width/Sensor.Width, rounded down, and the values of the pixels
	// that meet are added, or in a time surface the latest counts; so 128 pixels become 48 of 2 or
	// 3 each. If it is larger, each of the pixels that come from x has its value. y is treated
	// likewise.
	Size events.Size `toml:"size,omitempty"`
}

// Extent is the part of a recording that a frame of a fixed split takes: a number of events, or of
// us, as the split says.
type Extent int

// UnmarshalTOML reads a whole number, or the text of a time that [events.ParseTime] reads.
func (e *Extent) UnmarshalTOML(v any) error {
	if n, ok := v.(int64); ok {
		*e = Extent(n)
		return nil
	}
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("%v, want a whole number of events or us, or a time in quotes, like "+
			"\"30ms\"", v)
	}
	t, err := events.ParseTime(text)
	*e = Extent(t)
	return err
}

// area returns the crop, or the whole sensor if there is none.
func (c Config) area() Area {
	if c.Crop == (Area{}) {
		return Area{Width: c.Sensor.Width, Height: c.Sensor.Height}
	}
	return c.Crop
}

// Pixels returns the size of the frames, in pixels.
func (c Config) Pixels() events.Size {
	if c.Size == (events.Size{}) {
		a := c.area()
		return events.Size{Width: a.Width, Height: a.Height}
	}
	return c.Size
}

// Channels returns the number of values for each pixel: 2, or 1 with merged polarities.
func (c Config) Channels() int {
	if c.Polarity == Merged {
		return 1
	}
	return 2
}

// Len returns the number of values in the frames of one recording: T frames of all pixels and
// channels.
func (c Config) Len() int { return c.T * c.Pixels().Height * c.Pixels().Width * c.Channels() }

// Scale returns the factor from stored values to frame values: 1 for counts, 1/65535 for time
// surfaces, 1/256 for voxels.
func (c Config) Scale() float32 {
	switch c.Values {
	case Surface:
		return 1. / math.MaxUint16
	case Voxels:
		return 1. / voxelUnit
	}
	return 1
}

// ScaleTo writes the stored values, times Scale, to dst, as networks are fed with them. dst must
// have as many elements as stored.
func (c Config) ScaleTo(dst []float32, stored []uint16) {
	scale := c.Scale()
	for i, n := range stored {
		dst[i] = float32(n) * scale
	}
}

// maxCounts is the largest number of values of a recording, which take 2 GiB. More is taken for a
// typing error.
const maxCounts = 1 << 30

// mostEach is the largest number of events or us of a frame: some 35 minutes.
const mostEach = math.MaxInt32

// Validate returns an error that says what is wrong with the configuration, or nil.
func (c Config) Validate() error {
	const side = math.MaxUint16 + 1 // of the largest sensor whose pixels an event can name
	fixed := c.Split == FixedCount || c.Split == FixedDuration
	switch {
	case c.T < 1:
		return fmt.Errorf("frames: %d timesteps, want at least 1", c.T)
	case c.Split < Count || c.Split > FixedDuration:
		return fmt.Errorf("frames.split %d, want %s", c.Split, names.List(splits.Words))
	case fixed && (c.Each < 1 || c.Each > mostEach):
		return fmt.Errorf("frames.each %d, want 1 to %d: the %s of a frame", c.Each, mostEach,
			unitOf(c.Split))
	case !fixed && (c.Each != 0 || c.Overlap != 0):
		return fmt.Errorf("frames.each %d and frames.overlap %d, want neither with the split %s",
			c.Each, c.Overlap, splits.Words[c.Split])
	case fixed && (c.Overlap < 0 || c.Overlap >= c.Each):
		return fmt.Errorf("frames.overlap %d, want 0 or more and less than frames.each, %d",
			c.Overlap, c.Each)
	case c.Values < Counts || c.Values > Voxels:
		return fmt.Errorf("frames.values %d, want %s", c.Values, names.List(values.Words))
	case c.Clip < 0 || c.Clip > math.MaxUint16 || c.Clip > 0 && c.Values != Counts:
		return fmt.Errorf("frames.clip %d, want 0 to %d, and 0 for values that are no counts",
			c.Clip, math.MaxUint16)
	case (c.Values == Surface) != (c.Tau != 0) || c.Tau < 0 || c.Tau > mostEach:
		return fmt.Errorf("frames.tau %d, want 1 to %d us for a time surface, and 0 for other "+
			"values", c.Tau, mostEach)
	case c.Values == Voxels && c.Split != Count:
		return fmt.Errorf("frames.split %s, want none with voxels, which are shared out over all "+
			"frames", splits.Words[c.Split])
	case c.Polarity < Both || c.Polarity > Merged:
		return fmt.Errorf("frames.polarity %d, want %s", c.Polarity, names.List(polarities.Words))
	case c.Sensor == (events.Size{}):
		return fmt.Errorf("frames.sensor is missing, want the sensor's size in pixels, like 34x34")
	case c.Sensor.Width < 1 || c.Sensor.Height < 1 || c.Sensor.Width > side ||
		c.Sensor.Height > side:
		return fmt.Errorf("frames.sensor %v, want 1 to %d pixels wide and high", c.Sensor, side)
	case !c.area().inside(c.Sensor):
		return fmt.Errorf("frames.crop %v, want a part of the sensor of %v pixels", c.Crop,
			c.Sensor)
	case c.Pixels().Width < 1 || c.Pixels().Height < 1 || c.Pixels().Width > side ||
		c.Pixels().Height > side:
		return fmt.Errorf("frames.size %v, want 1 to %d pixels wide and high", c.Size, side)
	case int64(c.T) > maxCounts/2/(int64(c.Pixels().Width)*int64(c.Pixels().Height)):
		return fmt.Errorf("frames: %d timesteps of %v pixels, want at most %d counts a recording",
			c.T, c.Pixels(), maxCounts)
	}
	return nil
}

func unitOf(s Split) string {
	if s == FixedCount {
		return "events"
	}
	return "us"
}
