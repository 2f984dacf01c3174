// Package regular opens only files that have an end. It refuses devices, pipes and sockets: reading
// them may never end, and opening them may wait forever.
package regular

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Open opens a file for reading. Its errors name the path.
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		err.(*fs.PathError).Op = "open" // the usual word for a missing file, instead of "stat"
		return nil, err
	}
	if err := Check(path, info.Mode()); err != nil {
		return nil, err
	}
	return os.Open(path)
}

// Check returns an error if mode is not that of a regular file.
func Check(path string, mode fs.FileMode) error {
	what := "a special file"
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		what = "a folder"
	case mode&fs.ModeNamedPipe != 0:
		what = "a pipe"
	case mode&fs.ModeSocket != 0:
		what = "a socket"
	case mode&fs.ModeDevice != 0:
		what = "a device"
	}
	return fmt.Errorf("%s: %s, want a file", path, what)
}

// ReadFile reads a file of at most most bytes. Its errors name the path.
func ReadFile(path string, most int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%s: %d bytes, want at most %d", path, info.Size(), most)
	}
	all := make([]byte, info.Size())
	n, err := io.ReadFull(f, all)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF { // it may have become shorter
		return nil, err
	}
	return all[:n], nil
}
