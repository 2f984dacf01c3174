//go:build !linux

package worker

import "os"

// reusable says that a segment is mapped by both sides, so that it can be written to again.
const reusable = false

// inPipe is the length in bytes up to which an array comes through the pipe.
const inPipe = 192 << 10

// segment is memory that is written to a temporary file for the caller, which removes it.
type segment struct {
	id     int
	memory []byte
	ready  int // bytes
	known  bool
}

// reserve makes sure that there is memory for so many bytes.
func (s *segment) reserve(n int) (moved bool, err error) {
	s.memory = append(s.memory, make([]byte, max(n-s.ready, s.ready/4))...)
	s.ready = len(s.memory)
	return false, nil
}

// place writes so many bytes to a file, which is closed, as Windows lets nobody remove one that is
// open.
func (s *segment) place(size int) (place, error) {
	f, err := os.CreateTemp("", "ssnn-*.block")
	if err != nil {
		return place{}, err
	}
	_, err = f.Write(s.memory[:size])
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return place{Size: size, Path: f.Name(), Room: size}, err
}

func (s *segment) close() { *s = segment{} }
