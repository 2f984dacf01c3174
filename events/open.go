package events

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
)

// File is a recording on disk.
type File struct {
	Reader
	file *os.File
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Open opens a recording in any format that is read. Its errors name the path.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := Detect(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &File{r, f}, nil
}

// magics are the beginnings of formats that are known but not read.
var magics = []struct {
	begin, name string
	text        bool // what follows is text; "% " alone might be an event at x 37, y 32
}{
	{"#!AER-DAT1", "AEDAT 1", true},
	{"#!AER-DAT2", "AEDAT 2", true},
	{"#!AER-DAT3", "AEDAT 3", true},
	{"#!AER-DAT4", "AEDAT 4", true},
	{"% ", "Prophesee RAW or DAT", true},
	{"Event Stream", "Event Stream", false},
	{"\x89HDF", "HDF5", false},
	{"\x93NUMPY", "NumPy", false},
	{"PK\x03\x04", "zip or npz", false},
}

// Detect returns a reader of r in the format that its beginning shows. What is not recognised as another format is taken
// for 40-bit events, which have no header.
func Detect(r io.Reader) (Reader, error) {
	b := bufio.NewReader(r)
	begin, err := b.Peek(16)
	if len(begin) == 0 {
		if err == io.EOF {
			err = fmt.Errorf("an empty file, want a recording")
		}
		return nil, err
	}
	for _, m := range magics {
		if bytes.HasPrefix(begin, []byte(m.begin)) && (!m.text || isText(begin)) {
			return nil, fmt.Errorf("a file of format %s, which is not read; want 40-bit events of N-MNIST or N-Caltech101", m.name)
		}
	}
	return NMNIST(b), nil
}

// isText says that all bytes are printable ASCII or ends of lines.
func isText(b []byte) bool {
	for _, c := range b {
		if (c < ' ' || c > '~') && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}
