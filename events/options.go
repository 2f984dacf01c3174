package events

import (
	"fmt"
	"sync/atomic"

	"ssnn/internal/names"
	"ssnn/internal/rosbag"
)

// Options settle what the readers of a format disagree about. The zero Options are what the
// formats' specifications say.
type Options struct {
	// Format is that of the recording. Of formats with a mark it need not be said; another mark is
	// an error.
	Format Format `toml:"format,omitempty" json:",omitempty"`

	// Where pixels are counted from, of formats that leave it open.
	Orientation Orientation `toml:"orientation"`
	// What becomes of words that are no events.
	Invalid Invalid `toml:"invalid" json:",omitzero"`

	// SkipInvalid leaves out events that lie outside of the sensor, where its size is known, or are
	// earlier than the last one that was read, and adds their number to Skipped, which must be
	// there: nothing is skipped without a word. Otherwise such an event is an error.
	SkipInvalid bool          `toml:"skip_invalid,omitempty" json:",omitempty"`
	Skipped     *atomic.Int64 `toml:"-" json:"-"`

	// Within is a sensor that events must be inside of besides the recording's own, as that of a
	// network, under SkipInvalid. The zero Size stands for none.
	Within Size `toml:"-" json:"-"`

	// AnyOrder passes events on that are earlier than the one before, for who puts them in order.
	AnyOrder bool `toml:"-" json:"-"`

	// TimeShift subtracts the first time word of a Prophesee RAW file from all times, as OpenEB
	// does unless it is told otherwise. Of HDF5 it subtracts the attribute time_shift of
	// Metavision, and does not add the t_offset of DSEC.
	TimeShift bool `toml:"time_shift"`

	// Sensor is the size of the sensor of AEDAT 2 files that name no chip, which they need where
	// their addresses leave open which DAVIS it was. The zero Size stands for finding it out.
	Sensor Size `toml:"sensor,omitempty" json:",omitzero"`

	// Columns names the columns of tables and arrays that do not name them, or by other words, in
	// any order and with others among them, like "x y p t[ms]" or "_ t x y p"; empty stands for "t
	// x y p". A unit of t that it names holds for those that do name their columns too. It is an
	// error for formats with a unit of their own.
	Columns string `toml:"columns,omitempty"`

	// Group names where the events are in a file that may have several recordings: the group or
	// dataset of HDF5, like "prophesee/left", the array of an .npz, the structure or matrix of a
	// .mat, like "data.TD". Empty stands for the one place that has any.
	Group string `toml:"group,omitempty"`

	// Topic is that of a ROS bag whose messages have the events, like "/dvs/events". Empty stands
	// for the only one that has any. In AEDAT 4 it is the number or the source of a stream of
	// events, and empty stands for the first.
	Topic string `toml:"topic,omitempty" json:",omitempty"`

	// Filter leaves out events, each filter of those that the one before has left.
	Filter []Filter `toml:"filter,omitempty" json:",omitempty"`

	// Unpacked is how many bytes a reader may hold unpacked at a time: of a packet (AEDAT 4), of
	// all variables (.mat), of a chunk with what its filters need (HDF5). 0 stands for each
	// format's own limit, 256 MiB or more. A recording as a whole may be unpacked to 64 MiB, 100
	// times the size of its file or Unpacked, whichever is most; more is an *UnpackedError.
	Unpacked int64 `toml:"-" json:"-"`
}

// unused is the error if an option is given that means nothing for a file that begins so.
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

// Orientation says where the pixels of a recording lie that does not count them from the upper
// left, those of AEDAT 1, 2 and 3.0 and of Event Streams.
type Orientation int

const (
	// Upright turns pictures so that they stand as the camera saw them.
	Upright Orientation = iota
	// Stored leaves x and y as the file has them.
	Stored
	// SpikingJelly is what that library makes of the AEDAT 2.0 files of CIFAR10-DVS: x and y change
	// places, both counted from the other side, and the polarities are swapped; and of the .mat
	// files of ASL-DVS: x and y are counted from the other side, of 240x180 pixels. Networks that
	// were trained with it need it. It is an error for other files.
	SpikingJelly
)

var orientations = names.Of[Orientation]{Key: "orientation",
	Words: []string{"upright", "stored", "spikingjelly"}}

// UnmarshalText reads "upright", "stored" or "spikingjelly".
func (o *Orientation) UnmarshalText(b []byte) error { return orientations.Parse(o, b) }

// MarshalText writes what UnmarshalText reads.
func (o Orientation) MarshalText() ([]byte, error) { return orientations.Text(o) }

// Invalid says what becomes of words that are stored among events but are none: in the 40-bit
// format those with y = 240, which say that the clock ran over, and in AEDAT 3 those without the
// bit that says valid.
type Invalid int

const (
	// Dropped takes them for what they are.
	Dropped Invalid = iota
	// Kept takes them for events like the others, as SpikingJelly does
	// (spikingjelly/datasets/utils.py: load_ATIS_bin, load_aedat_v3), so that the clock of the
	// 40-bit format does not go on and a time after it that is smaller is an error. It is an error
	// for other files.
	Kept
)

var invalids = names.Of[Invalid]{Key: "invalid", Words: []string{"dropped", "spikingjelly"}}

// UnmarshalText reads "dropped" or "spikingjelly".
func (v *Invalid) UnmarshalText(b []byte) error { return invalids.Parse(v, b) }

// MarshalText writes what UnmarshalText reads.
func (v Invalid) MarshalText() ([]byte, error) { return invalids.Text(v) }
