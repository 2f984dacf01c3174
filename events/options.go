package events

import (
	"fmt"
	"sync/atomic"

	"ssnn/internal/names"
	"ssnn/internal/rosbag"
)

// Options settle the points on which programs that read the same format disagree. The zero Options
// follow the formats' specifications.
type Options struct {
	// Format is the format of the recording. It is needed only for formats without a mark at the
	// beginning of the file; a file with the mark of another format is an error.
	Format Format `toml:"format,omitempty" json:",omitempty"`

	// Orientation says how pixels are turned in formats that do not count them from the upper left.
	Orientation Orientation `toml:"orientation"`
	// Invalid says whether words that are no events are dropped or kept.
	Invalid Invalid `toml:"invalid" json:",omitzero"`

	// SkipInvalid leaves out events that lie outside of the sensor, where its size is known, or are
	// earlier than the last event that was read, and adds their number to Skipped. Skipped must not
	// be nil then, so that no event is skipped silently. Without SkipInvalid such an event is an
	// error.
	SkipInvalid bool          `toml:"skip_invalid,omitempty" json:",omitempty"`
	Skipped     *atomic.Int64 `toml:"-" json:"-"`

	// Within is a second sensor, like that of a network, outside of which SkipInvalid leaves out
	// events too. The zero Size stands for none.
	Within Size `toml:"-" json:"-"`

	// AnyOrder passes on events that are earlier than the event before, for a caller that sorts
	// them.
	AnyOrder bool `toml:"-" json:"-"`

	// TimeShift subtracts the first time word of a Prophesee RAW file from all times, as OpenEB
	// does by default. In HDF5 it subtracts Metavision's attribute time_shift, and leaves out
	// DSEC's t_offset.
	TimeShift bool `toml:"time_shift"`

	// Sensor is the size of the sensor of an AEDAT 2 file that names no chip. It is needed where
	// the addresses do not show which DAVIS wrote the file. With the zero Size the reader finds the
	// size out.
	Sensor Size `toml:"sensor,omitempty" json:",omitzero"`

	// Columns names the columns of tables and arrays whose own names are missing or unknown, in any
	// order and with others among them, like "x y p t[ms]" or "_ t x y p"; empty stands for "t x y
	// p". Its unit of t also holds for tables and arrays that name their columns. Columns is an
	// error for formats that define their unit.
	Columns string `toml:"columns,omitempty"`

	// Group names the recording in a file that may have several: the group or dataset of HDF5, like
	// "prophesee/left", the array of an .npz, or the structure or matrix of a .mat, like "data.TD".
	// Empty stands for the only recording of the file.
	Group string `toml:"group,omitempty"`

	// Topic is the topic of a ROS bag whose messages hold the events, like "/dvs/events"; empty
	// stands for the only topic with events. In AEDAT 4 it is the number or the source of a stream
	// of events; empty stands for the first stream.
	Topic string `toml:"topic,omitempty" json:",omitempty"`

	// Filter lists filters that leave out events. Each filter gets the events that the filter
	// before has passed on.
	Filter []Filter `toml:"filter,omitempty" json:",omitempty"`

	// Unpacked is how many bytes a reader may hold unpacked at a time: a packet (AEDAT 4), all
	// variables (.mat), or a chunk with the memory that its filters need (HDF5). 0 stands for each
	// format's own limit, 256 MiB or more. A whole recording may be unpacked to 64 MiB, 100 times
	// the size of its file or Unpacked, whichever is largest; more is an *UnpackedError.
	Unpacked int64 `toml:"-" json:"-"`
}

// unused returns an error for an option that means nothing for a file that begins with begin.
func (o Options) unused(begin []byte) error {
	isHDF5 := isHDF5(begin)
	hasColumns := isHDF5 || isTable(begin) || isMAT(begin) ||
		prefix("\x93NUMPY", "PK\x03\x04")(begin)
	switch {
	case o.Columns != "" && !hasColumns:
		return fmt.Errorf("columns %q (--columns) are for a table, .npy, .npz, .mat or HDF5, and "+
			"this is another format", o.Columns)
	case o.Group != "" && !isHDF5 && !isMAT(begin) && !prefix("PK\x03\x04")(begin):
		return fmt.Errorf("group %q (--group) is for HDF5, .npz or .mat, and this is another "+
			"format", o.Group)
	case o.Topic != "" && !rosbag.IsROS1(begin) && !rosbag.IsMCAP(begin) &&
		!rosbag.IsSQLite(begin) && !prefix("#!AER-DAT4")(begin) && !isAEDAT4Stream(begin):

		return fmt.Errorf("topic %q (--topic) is for a ROS bag or AEDAT 4, and this is another "+
			"format", o.Topic)
	case o.TimeShift && !isHDF5 && !isProphesee(begin) && !o.Format.isWords():
		return fmt.Errorf("a time shift (--time-shift) is for a Prophesee RAW file or HDF5, and " +
			"this is another format")
	}
	return nil
}

// Orientation says how the pixels of a recording are turned whose format does not count them from
// the upper left: AEDAT 1, 2 and 3.0, and Event Streams.
type Orientation int

const (
	// Upright turns pictures so that they stand as the camera saw them.
	Upright Orientation = iota
	// Stored leaves x and y as the file has them.
	Stored
	// SpikingJelly turns pixels as that library does. In the AEDAT 2.0 files of CIFAR10-DVS, x and
	// y change places, both are counted from the other side, and the polarities are swapped. In the
	// .mat files of ASL-DVS, x and y are counted from the other side of 240x180 pixels. Networks
	// that were trained with that library need it. It is an error for other files.
	SpikingJelly
)

var orientations = names.Of[Orientation]{Key: "orientation",
	Words: []string{"upright", "stored", "spikingjelly"}}

// UnmarshalText reads "upright", "stored" or "spikingjelly".
func (o *Orientation) UnmarshalText(b []byte) error { return orientations.Parse(o, b) }

// MarshalText writes what UnmarshalText reads.
func (o Orientation) MarshalText() ([]byte, error) { return orientations.Text(o) }

// Invalid says whether words among the events that are no events are dropped or kept. In the 40-bit
// format these are words with y = 240, which say that the clock has wrapped; in AEDAT 3 they are
// events without the bit "valid".
type Invalid int

const (
	// Dropped passes over such words; the 40-bit clock goes on.
	Dropped Invalid = iota
	// Kept reads such words as events, as SpikingJelly does (spikingjelly/datasets/utils.py:
	// load_ATIS_bin, load_aedat_v3). The 40-bit clock does not go on then, so a smaller time after
	// such a word is an error. Kept is an error for other files.
	Kept
)

var invalids = names.Of[Invalid]{Key: "invalid", Words: []string{"dropped", "spikingjelly"}}

// UnmarshalText reads "dropped" or "spikingjelly".
func (v *Invalid) UnmarshalText(b []byte) error { return invalids.Parse(v, b) }

// MarshalText writes what UnmarshalText reads.
func (v Invalid) MarshalText() ([]byte, error) { return invalids.Text(v) }
