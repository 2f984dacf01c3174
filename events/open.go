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

// broken is where reading has failed: after what came before it.
type broken struct{ error }

func (b broken) Read([]byte) (int, error) { return 0, b.error }

// formats are those that are read, found by how a file begins. What begins like none of them is 40-bit events, which have no header.
var formats = []struct {
	begins func(b []byte) bool
	open   func(s source, o Options) (Reader, error)
	enough int // bytes that open can do with, of formats that cameras send, so that their first events need not wait for more; 0 stands for opening
}{
	{prefix("#!AER-DAT1", "#!AER-DAT2"), openAEDAT2, 0},
	{prefix("#!AER-DAT3"), openAEDAT3, 1},
	{prefix("#!AER-DAT4"), openAEDAT4, 1},
	{prefix(aedat3Magic), openAEDAT3Stream, aedat3NetworkHeader},
	{isAEDAT4Stream, openAEDAT4Stream, 1},
	{prefix("Event Stream"), openES, 0},
	{isProphesee, openProphesee, 1},
	{isTable, openTable, 0},
	{prefix("\x93NUMPY"), openNPY, 0},
	{prefix("PK\x03\x04"), openNPZ, 0},
	{prefix(matBegin), openMAT, 0},
	{prefix("\x89HDF\r"), openHDF5, 0},
}

// certain says whether no more is needed to open what begins so.
func certain(b []byte) bool {
	for _, f := range formats {
		if f.enough > 0 && len(b) >= f.enough && f.begins(b) {
			return true
		}
	}
	return false
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

// opening is how much of a file is read to find out its format, in bytes, unless less makes it certain.
const opening = 4096

// Detect returns a reader of r in the format that its beginning shows. What is not recognised as another format is taken for 40-bit
// events, which have no header. An .npz and HDF5 are read by seeking, so that r must be an io.ReaderAt and an io.Seeker too, as an *os.File is. An error of r
// after some bytes is the reader's, after their events.
func Detect(r io.Reader, o Options) (Reader, error) {
	b := make([]byte, opening)
	n := 0
	var failed error
	for n < opening && failed == nil && !certain(b[:n]) {
		var more int
		more, failed = r.Read(b[n:])
		n += more
	}
	s := source{begin: b[:n], r: r}
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
	found, err := s.open(o)
	if _, cut := s.r.(broken); cut && err != nil {
		return nil, failed // of which the other is what came of it
	}
	return found, err
}

// open opens a file in the format that its beginning shows.
func (s source) open(o Options) (Reader, error) {
	if o.Orientation == SpikingJelly && !prefix("#!AER-DAT2", matBegin)(s.begin) {
		return nil, fmt.Errorf("orientation spikingjelly, want an AEDAT 2 file of CIFAR10-DVS or a .mat of ASL-DVS for it")
	}
	if err := o.unused(s.begin); err != nil {
		return nil, err
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
	if strings.HasPrefix(string(s.begin[min(len(s.begin), 257):]), "ustar") {
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
