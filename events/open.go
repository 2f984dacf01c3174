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
	files []*os.File // several of a bag of ROS 2
}

// Close closes the file.
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

// Open opens a recording in any format that is read, which it finds out as DetectNamed does. A bag
// of ROS 2 may be a folder with metadata.yaml, whose files are read as one. Its errors name the
// path, those of reading the File do not.
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
		if _, has := errors.AsType[*fs.PathError](err); has { // which names it
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &File{r, []*os.File{f}}, nil
}

// source is a file that is being opened.
type source struct {
	begin []byte    // of the file, some kilobytes if it has them
	r     io.Reader // what follows
	// the whole file, or nil where it can only be read from its beginning to its end
	at   io.ReaderAt
	size int64  // of the whole file, if at is there
	name string // of the file, or ""
}

// reader reads from the beginning.
func (s source) reader() io.Reader { return io.MultiReader(bytes.NewReader(s.begin), s.r) }

// all reads the whole file, of at most so many bytes and one more.
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

// inMemory makes a source that comes as a stream one that can be read anywhere, by holding it in
// memory, of at most so many bytes unless Options.Unpacked allows more.
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

// hold holds a recording in memory that is read by seeking and does not come as a file.
func (s *source) hold(o Options) error {
	if f, err := s.find(o); err != nil || !f.seeks {
		return nil // open tells the error
	}
	return s.inMemory(o, mostHeld)
}

// mostHeld is how many bytes are held in memory of a recording that is read by seeking, but does
// not come as a file.
const mostHeld = 1 << 30

// broken is where reading has failed: after what came before it.
type broken struct{ error }

func (b broken) Read([]byte) (int, error) { return 0, b.error }

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
