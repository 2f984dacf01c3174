package events

import (
	"bytes"
	"fmt"
	"io"

	"ssnn/internal/hdf5"
	"ssnn/internal/rosbag"
)

// formats are those that are read, found by how a file begins. A format without begins has no mark:
// it is read only where Options.Format says so, or under a name that is usual for it.
var formats []readable

type readable struct {
	name   Format
	begins func(b []byte) bool
	open   func(s source, o Options) (Reader, error)

	// enough is how many bytes open can do with, of formats that cameras send, so that their first
	// events need not wait for more; 0 stands for opening.
	enough int

	seeks bool // it is read by seeking
}

func init() { // apart from the declaration, as opening a file asks for the formats in turn
	formats = []readable{
		{"aedat", prefix("#!AER-DAT1", "#!AER-DAT2"), openAEDAT2, 0, false},
		{"aedat", prefix("#!AER-DAT3"), openAEDAT3, 1, false},
		{"aedat", prefix("#!AER-DAT4"), openAEDAT4, 1, false},
		{"aedat", prefix(aedat3Magic), openAEDAT3Stream, aedat3NetworkHeader, false},
		{"aedat", isAEDAT4Stream, openAEDAT4Stream, 1, false},
		{"es", prefix("Event Stream"), openES, 0, false},
		{"raw", isProphesee, openProphesee, 1, false},
		{"dat", isProphesee, openProphesee, 1, false},
		{CSV, isTable, openTable, 0, false},
		{"npy", prefix("\x93NUMPY"), openNPY, 0, false},
		{"npz", prefix("PK\x03\x04"), openNPZ, 0, true},
		{"mat", prefix(matBegin), openMAT, 0, false},
		{"mat", isMatlab4, openMAT, 0, false},
		{"hdf5", isHDF5, openHDF5, 0, true},
		{"bag", rosbag.IsROS1, openBag, 0, true},
		{"mcap", rosbag.IsMCAP, openBag, 0, true},
		{"db3", rosbag.IsSQLite, openBag, 0, true},
		{Bin, nil, openNMNIST, wordsToSee, false},
		{EVT2, nil, openWords("EVT2"), wordsToSee, false},
		{EVT21, nil, openWords("EVT21"), wordsToSee, false},
		{EVT3, nil, openWords("EVT3"), wordsToSee, false},
		{EVT4, nil, openWords("EVT4"), wordsToSee, false},
	}
}

// wordsToSee is how many bytes are looked at of a stream whose format was said.
const wordsToSee = 64

// certain says whether no more is needed to open what begins so.
func certain(b []byte, said Format) bool {
	for _, f := range formats {
		is := f.begins == nil && f.name == said || f.begins != nil && f.begins(b)
		if f.enough > 0 && len(b) >= f.enough && is {
			return true
		}
	}
	return false
}

// Readable names the formats that are read.
const Readable = "AEDAT 1 to 4, Prophesee RAW (EVT 2.0, 2.1, 3.0, 4.0) or DAT, Event Stream, " +
	"HDF5, .npy, .npz, .mat, CSV, ROS bags (.bag, .db3, .mcap), 40-bit .bin"

// opening is how much of a file is read to find out its format, in bytes, unless less makes it
// certain.
const opening = 4096

// Detect is DetectNamed for what has no name.
func Detect(r io.Reader, o Options) (Reader, error) { return DetectNamed(r, "", o) }

// DetectNamed returns a reader of r in the format that its beginning shows. The formats without a
// mark, those of [Bin] and after it, are read only where Options.Format says so; 40-bit events and
// tables that do not name their columns are also read under a name that is usual for them (*.bin,
// *.bs2; *.csv, *.txt, *.tsv), 40-bit events with times and pixels that can be such. What is no
// recording that is read is a *ForeignError.
//
// An .npz and HDF5 are read by seeking, so that r must be an io.ReaderAt and an io.Seeker too, as
// an *os.File is. An error of r after some bytes is the reader's, after their events.
func DetectNamed(r io.Reader, name string, o Options) (Reader, error) {
	b := make([]byte, opening)
	n := 0
	var failed error
	for n < opening && failed == nil && !certain(b[:n], o.Format) {
		var more int
		more, failed = r.Read(b[n:])
		n += more
	}
	s := source{begin: b[:n], r: r, name: name}
	switch {
	case failed == nil:
	case n == 0 && failed == io.EOF:
		return nil, fmt.Errorf("an empty file, want a recording: %s", Readable)
	case n == 0:
		return nil, failed
	case failed != io.EOF:
		s.r = broken{failed}
	}
	if err := s.seekIn(r); err != nil {
		return nil, err
	}
	if isCompressed(s.begin) && !Bin.named(s.name) {
		var err error
		if s, err = s.uncompressed(o); err != nil {
			return nil, err
		}
		if err := s.hold(o); err != nil {
			return nil, err
		}
	}
	found, err := s.open(o)
	if _, cut := s.r.(broken); cut && err != nil {
		return nil, failed // of which the other is what came of it
	}
	return found, err
}

// open opens a file in the format that was found.
func (s source) open(o Options) (Reader, error) {
	if o.SkipInvalid && o.Skipped == nil {
		return nil, errUncounted
	}
	if o.Orientation == SpikingJelly && !prefix("#!AER-DAT2")(s.begin) &&
		!isMAT(s.begin) {
		return nil, fmt.Errorf("orientation spikingjelly, want an AEDAT 2 file of CIFAR10-DVS or " +
			"a .mat of ASL-DVS for it")
	}
	f, err := s.find(o)
	if err != nil {
		return nil, err
	}
	if err := o.unused(s.begin); err != nil {
		return nil, err
	}
	if o.Invalid == Kept && f.name != Bin && !prefix("#!AER-DAT3")(s.begin) {
		return nil, fmt.Errorf("invalid events as spikingjelly has them, want AEDAT 3 or 40-bit " +
			"events for it")
	}
	r, err := f.open(s, o)
	if err != nil {
		return nil, err
	}
	return o.filtering(o.skipping(r)), nil
}

// find finds out the format.
func (s source) find(o Options) (f readable, err error) {
	if err := o.Format.UnmarshalText([]byte(o.Format)); err != nil {
		return f, err
	}
	if len(s.begin) >= wordsToSee && isZeros(s.begin) {
		what := fmt.Sprintf("zeros alone in its first %d bytes", len(s.begin))
		return f, &ForeignError{What: what}
	}
	for _, f := range formats {
		if f.begins == nil || !f.begins(s.begin) {
			continue
		}
		switch {
		case o.Format == f.name, f.name == "raw" && (o.Format == "dat" || o.Format.isWords()):
			return f, nil // a header of Prophesee's says the rest
		case o.Format != "":
			return f, fmt.Errorf("format %s, want %s, as the file begins like that",
				o.Format, f.name)
		}
		return f, nil
	}
	for _, f := range formats {
		switch {
		case f.name != o.Format:
		case f.begins == nil:
			return f, nil
		default:
			return f, &ForeignError{fmt.Sprintf("not the beginning of format %s: %s",
				o.Format, beginning(s.begin)), ""}
		}
		if o.Format == "" && f.name == Bin && Bin.named(s.name) && !isText(s.begin) {
			if plausible40(s.begin) {
				return f, nil
			}
		}
	}
	return f, s.foreign()
}

// isWords says whether a format is words of Prophesee's without a header. A file that has one is
// read by it, which must not name others.
func (f Format) isWords() bool { return f == EVT2 || f == EVT21 || f == EVT3 || f == EVT4 }

func prefix(begins ...string) func(b []byte) bool {
	return func(b []byte) bool {
		for _, begin := range begins {
			if bytes.HasPrefix(b, []byte(begin)) {
				return true
			}
		}
		return false
	}
}

// isHDF5 says whether a file is HDF5, which may stand behind a user block, as in MATLAB 7.3.
func isHDF5(b []byte) bool { return prefix("\x89HDF\r")(b) || hdf5.Begin(b) > 0 }

func isZeros(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
