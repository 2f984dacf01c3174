package events

import (
	"bytes"
	"fmt"
	"io"

	"ssnn/internal/hdf5"
	"ssnn/internal/rosbag"
)

// formats are the formats that can be read, in the order in which they are tried. A format whose
// begins is nil has no mark at its beginning: it is read only where Options.Format names it or the
// file's name is usual for it.
var formats []readable

type readable struct {
	name   Format
	begins func(b []byte) bool
	open   func(s source, o Options) (Reader, error)

	// enough is how many bytes open needs of a format that cameras send, so that the first events
	// need not wait for more bytes; 0 stands for opening.
	enough int

	seeks bool // open needs a source that can seek
}

func init() { // the functions refer to formats, so a declaration would be a cycle
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

// wordsToSee is how many bytes are read before a format without a mark is opened.
const wordsToSee = 64

// certain says whether b, the beginning of a recording, is enough to open it; said is the format
// that the options name.
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

// opening is how many bytes of a file are read to find out its format, unless fewer are enough.
const opening = 4096

// Detect is DetectNamed for a recording without a file name.
func Detect(r io.Reader, o Options) (Reader, error) { return DetectNamed(r, "", o) }

// DetectNamed returns a reader of r in the format that the first bytes of r show. A format without
// a mark, [Bin] and those declared with it, is read only where Options.Format names it, with two
// exceptions: tables that do not name their columns are read from files called *.csv, *.txt or
// *.tsv, and 40-bit events from files called *.bin or *.bs2 if the times and pixels in them are
// plausible. Anything else is a *ForeignError.
//
// An .npz and HDF5 are read by seeking, so r must be an io.ReaderAt and an io.Seeker too, as an
// *os.File is. Where r fails after some bytes, the reader yields the events of those bytes and then
// the error.
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
		return nil, failed // the cause of err
	}
	return found, err
}

// open finds out the format of a file and opens it.
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
			return f, nil // the header of a Prophesee file says whether it is RAW or DAT
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

// isWords says whether a format is words of Prophesee's without a header. A file with a header is
// read too, if the header does not name another format.
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

// isHDF5 says whether b is the beginning of an HDF5 file. The HDF5 part may stand behind a user
// block, as in MATLAB 7.3.
func isHDF5(b []byte) bool { return prefix("\x89HDF\r")(b) || hdf5.Begin(b) > 0 }

func isZeros(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
