package events

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// File is a recording on disk.
type File struct {
	Reader
	file *os.File
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Open opens a recording in any format that is read. Its errors name the path, those of reading the File do not.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := Detect(f)
	if err != nil {
		f.Close()
		if _, has := errors.AsType[*fs.PathError](err); has { // as for a folder
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &File{r, f}, nil
}

// magics are the beginnings of formats that are known but not read.
var magics = []struct {
	begin, name string
}{
	{"#!AER-DAT1", "AEDAT 1"},
	{"#!AER-DAT2", "AEDAT 2"},
	{"#!AER-DAT3", "AEDAT 3"},
	{"#!AER-DAT4", "AEDAT 4"},
	{"Event Stream", "Event Stream"},
	{"\x89HDF", "HDF5"},
	{"\x93NUMPY", "NumPy"},
	{"PK\x03\x04", "zip or npz"},
}

// formatOf names the format that a file of this beginning has, or "" when nothing is known to begin so.
func formatOf(begin []byte) string {
	for _, m := range magics {
		if bytes.HasPrefix(begin, []byte(m.begin)) {
			return m.name
		}
	}
	switch {
	// "% " alone might be an event at x 37, y 32. A letter as its third byte would put it later than two seconds.
	case bytes.HasPrefix(begin, []byte("% ")) && len(begin) > 2 && isText(begin[2:3]):
		return "Prophesee RAW or DAT"
	case isText(begin):
		return "text or CSV"
	}
	return ""
}

// bufferSize is what is read at a time, in bytes. Detect and the decoders share it, so that they share one buffer.
const bufferSize = 1 << 15

// Detect returns a reader of r in the format that its beginning shows. What is not recognised as another format is taken
// for 40-bit events, which have no header.
func Detect(r io.Reader) (Reader, error) {
	b := bufio.NewReaderSize(r, bufferSize)
	begin, err := b.Peek(64)
	if len(begin) == 0 {
		if err == io.EOF {
			err = fmt.Errorf("an empty file, want a recording")
		}
		return nil, err
	}
	if name := formatOf(begin); name != "" {
		return nil, fmt.Errorf("a file of format %s, which is not read; want 40-bit events of N-MNIST or N-Caltech101", name)
	}
	return NMNIST(b), nil
}

// isText says that all bytes are printable ASCII or ends of lines.
func isText(b []byte) bool {
	for _, c := range b {
		if (c < ' ' || c > '~') && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}
