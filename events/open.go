package events

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"ssnn/internal/regular"
	"strings"
)

// File is a recording on disk.
type File struct {
	Reader
	files []*os.File // one file, or several for a ROS 2 bag
}

// Close closes the files.
func (f *File) Close() (err error) {
	for _, file := range f.files {
		err = cmp.Or(err, file.Close())
	}
	return err
}

// Size is the number of bytes of the files.
func (f *File) Size() (n int64) {
	for _, file := range f.files {
		if info, err := file.Stat(); err == nil {
			n += info.Size()
		}
	}
	return n
}

// Open opens a recording and finds out its format as DetectNamed does. A ROS 2 bag may be a folder
// with metadata.yaml, whose files are read as one recording. The errors of Open name the path; the
// errors of reading the File do not.
func Open(path string, o Options) (*File, error) {
	if isBagFolder(path) {
		return openBagFolder(path, o)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: a folder, want a recording, or a bag of ROS 2 with "+
			"metadata.yaml (ssnn data show shows a folder of recordings)", path)
	}
	f, err := regular.Open(path)
	if path == "-" && errors.Is(err, fs.ErrNotExist) {
		return nil, regular.Want(err, "the file of a recording (ssnn stream reads standard input)")
	}
	if err != nil {
		return nil, regular.Want(err, "a recording")
	}
	r, err := DetectNamed(f, path, o)
	if err != nil {
		f.Close()
		if _, has := errors.AsType[*fs.PathError](err); has { // its text names the path
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &File{r, []*os.File{f}}, nil
}

// source is a file or stream that is being opened.
type source struct {
	begin []byte    // the first bytes, up to some kilobytes
	r     io.Reader // reads the bytes after begin
	// at is the whole file, or nil where it can only be read from its beginning to its end
	at   io.ReaderAt
	size int64  // bytes of the whole file, if at is not nil
	name string // name of the file, or ""
}

// reader reads the source from its beginning.
func (s source) reader() io.Reader { return io.MultiReader(bytes.NewReader(s.begin), s.r) }

// all reads the whole source, up to most bytes and one more, which shows that there are too many.
func (s source) all(most int64) ([]byte, error) {
	if s.at == nil {
		return io.ReadAll(io.LimitReader(s.reader(), most+1))
	}
	all := make([]byte, min(s.size, most+1))
	n, err := io.ReadFull(s.reader(), all)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return all[:n], err
}

// inMemory reads a stream into memory, so that it can be read anywhere. It refuses more than most
// bytes, or than Options.Unpacked if that is set.
func (s *source) inMemory(o Options, most int64) error {
	if s.at != nil {
		return nil
	}
	all, err := s.all(o.unpacked(most))
	if err != nil {
		return err
	}
	if int64(len(all)) > o.unpacked(most) {
		return fmt.Errorf("more than %d bytes that come as a stream, want a file", o.unpacked(most))
	}
	s.at, s.size = bytes.NewReader(all), int64(len(all))
	return nil
}

// hold reads a stream into memory if its format is read by seeking.
func (s *source) hold(o Options) error {
	if f, err := s.find(o); err != nil || !f.seeks {
		return nil // open will return the error
	}
	return s.inMemory(o, mostHeld)
}

// mostHeld is the largest size in bytes of a stream that is held in memory because its format is
// read by seeking.
const mostHeld = 1 << 30

// broken is a reader that returns the error with which reading has failed.
type broken struct{ error }

func (b broken) Read([]byte) (int, error) { return 0, b.error }

// seekIn sets at and size if r can seek.
func (s *source) seekIn(r io.Reader) error {
	at, ok := r.(io.ReaderAt)
	seeker, can := r.(io.Seeker)
	if !ok || !can {
		return nil
	}
	size, err := seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return nil // a pipe has the methods, but cannot seek
	}
	s.at, s.size = at, size
	_, err = seeker.Seek(int64(len(s.begin)), io.SeekStart)
	return err
}

// isText says that all bytes are printable ASCII, parts of UTF-8 or ends of lines.
func isText(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return len(bytes.ToValidUTF8(b, nil)) > len(b)-4 // the last character may be cut
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return strings.TrimSpace(string(line))
}
