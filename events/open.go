package events

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// File is a recording on disk.
type File struct {
	Reader
	file *os.File
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Open opens a recording in any format that is read, which it finds out from the content. Its errors name the path, those of
// reading the File do not.
func Open(path string, o Options) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := Detect(f, o)
	if err != nil {
		f.Close()
		if _, has := errors.AsType[*fs.PathError](err); has { // as for a folder
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &File{r, f}, nil
}

// source is a file that is being opened.
type source struct {
	begin []byte      // of the file, some kilobytes if it has them
	r     io.Reader   // what follows
	at    io.ReaderAt // the whole file, or nil where it can only be read from its beginning to its end
	size  int64       // of the whole file, if at is there
}

// reader reads from the beginning.
func (s source) reader() io.Reader { return io.MultiReader(bytes.NewReader(s.begin), s.r) }

// formats are those that are read, found by how a file begins. What begins like none of them is 40-bit events, which have no header.
var formats = []struct {
	begins func(b []byte) bool
	open   func(s source, o Options) (Reader, error)
}{
	{prefix("#!AER-DAT1", "#!AER-DAT2"), openAEDAT2},
	{prefix("#!AER-DAT3"), openAEDAT3},
	{prefix("#!AER-DAT4"), openAEDAT4},
	{prefix(aedat3Magic), openAEDAT3Stream},
	{isAEDAT4Stream, openAEDAT4Stream},
	{prefix("Event Stream"), openES},
	{isProphesee, openProphesee},
	{isTable, openTable},
	{prefix("\x93NUMPY"), openNPY},
	{prefix("PK\x03\x04"), openNPZ},
	{prefix(matBegin), openMAT},
	{prefix("\x89HDF\r"), openHDF5},
}

// others are files that users take for recordings, by how they begin.
var others = []struct{ begin, what string }{
	{"MATLAB 7.3", "a MATLAB file of level 7.3, which is not read"},
	{"\x89PNG\r\n", "a PNG picture"},
	{"\xff\xd8\xff", "a JPEG picture"},
	{"GIF8", "a GIF picture"},
	{"BM", "a BMP picture"},
	{"II*\x00", "a TIFF picture"}, {"MM\x00*", "a TIFF picture"},
	{"RIFF", "a WAV, AVI or WebP file"},
	{"\x00\x00\x00\x18ftyp", "an MP4 video"}, {"\x00\x00\x00\x1cftyp", "an MP4 video"}, {"\x00\x00\x00\x20ftyp", "an MP4 video"},
	{"\x1aE\xdf\xa3", "a Matroska video"},
	{"\x1f\x8b", "a gzip archive"},
	{"BZh", "a bzip2 archive"},
	{"\xfd7zXZ", "an xz archive"},
	{"\x28\xb5\x2f\xfd", "a Zstandard archive"},
	{"7z\xbc\xaf", "a 7z archive"},
	{"Rar!", "a RAR archive"},
	{"\x7fELF", "a program"}, {"MZ\x90", "a program"},
	{"%PDF", "a PDF document"},
	{"#ROSBAG", "a ROS bag"},
	{"\x80\x02", "a Python pickle"}, {"\x80\x03", "a Python pickle"}, {"\x80\x04", "a Python pickle"},
}

// Readable names the formats that are read.
const Readable = "AEDAT 1 to 4, Prophesee RAW (EVT 2.0, 2.1, 3.0, 4.0) or DAT, Event Stream, HDF5, .npy, .npz, .mat, CSV, 40-bit .bin"

// opening is how much of a file is read to find out its format, in bytes.
const opening = 4096

// Detect returns a reader of r in the format that its beginning shows. What is not recognised as another format is taken for 40-bit
// events, which have no header. An .npz and HDF5 are read by seeking, so that r must be an io.ReaderAt and an io.Seeker too, as an *os.File is.
func Detect(r io.Reader, o Options) (Reader, error) {
	s := source{r: r}
	b := make([]byte, opening)
	n, err := io.ReadFull(r, b)
	s.begin = b[:n]
	switch {
	case err == io.EOF:
		return nil, fmt.Errorf("an empty file, want a recording: %s", Readable)
	case err != nil && err != io.ErrUnexpectedEOF:
		return nil, err
	}
	if err := s.seekIn(r); err != nil {
		return nil, err
	}
	if o.Orientation == SpikingJelly && !prefix("#!AER-DAT2", matBegin)(s.begin) {
		return nil, fmt.Errorf("orientation spikingjelly, want an AEDAT 2 file of CIFAR10-DVS or a .mat of ASL-DVS for it")
	}
	for _, f := range formats {
		if f.begins(s.begin) {
			if o.Invalid == Kept && !prefix("#!AER-DAT3")(s.begin) {
				return nil, fmt.Errorf("invalid events as spikingjelly has them, want AEDAT 3 or 40-bit events for it")
			}
			return f.open(s, o)
		}
	}
	for _, other := range others {
		if strings.HasPrefix(string(s.begin), other.begin) {
			return nil, fmt.Errorf("%s, want a recording: %s", other.what, Readable)
		}
	}
	if isText(s.begin) {
		return nil, fmt.Errorf("text that begins with %.20q, want a recording: %s", firstLine(s.begin), Readable)
	}
	if strings.HasPrefix(string(s.begin[min(n, 257):]), "ustar") {
		return nil, fmt.Errorf("a tar archive, want a recording: %s", Readable)
	}
	return newStream(s, 0, nmnistFormat, Size{}, &asEvents{placer: &nmnist{kept: o.Invalid == Kept}}), nil
}

// seekIn takes over the whole file, if r can seek.
func (s *source) seekIn(r io.Reader) error {
	at, ok := r.(io.ReaderAt)
	seeker, can := r.(io.Seeker)
	if !ok || !can {
		return nil
	}
	size, err := seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return nil // a pipe has the methods too
	}
	s.at, s.size = at, size
	_, err = seeker.Seek(int64(len(s.begin)), io.SeekStart)
	return err
}

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

// isText says that all bytes are printable ASCII, parts of UTF-8 or ends of lines.
func isText(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return len(bytes.ToValidUTF8(b, nil)) > len(b)-4 // a character may be cut
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return strings.TrimSpace(string(line))
}
