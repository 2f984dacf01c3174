package worker

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// reusable says that a segment is mapped by both sides, so that it can be written to again.
const reusable = true

// inPipe is the length in bytes up to which an array comes through the pipe.
const inPipe = 4 << 10

// step is the number of bytes that a segment grows by.
const step = 1 << 20

// segment is a file in memory without a name. It is gone with the last process that has it open or
// mapped, however that ends.
type segment struct {
	id     int
	file   *os.File
	memory []byte // mapping of the file, with room to grow
	ready  int    // bytes of it that have pages
	known  bool   // the caller may have mapped it
}

// reserve makes sure that so many bytes have pages. Without that, writing to the mapping would kill
// the worker if memory runs out. moved says that the mapping is another one.
func (s *segment) reserve(n int) (moved bool, err error) {
	n = (n + step - 1) / step * step
	if n > len(s.memory) {
		moved = true
		if err := s.remap(max(n+n/2, 4*step)); err != nil {
			return moved, err
		}
	}
	part := s.memory[s.ready:n]
	if err := unix.Madvise(part, unix.MADV_POPULATE_WRITE); err != nil {
		if errors.Is(err, unix.ENOMEM) || errors.Is(err, unix.EFAULT) {
			return moved, err
		}
		// Linux before 5.14.
		err := unix.Fallocate(int(s.file.Fd()), 0, int64(s.ready), int64(len(part)))
		if err != nil && !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.ENOSYS) {
			return moved, err
		}
	}
	s.ready = n
	return moved, nil
}

// remap makes the mapping so many bytes long.
func (s *segment) remap(n int) error {
	if s.file == nil {
		fd, err := unix.MemfdCreate("ssnn", unix.MFD_CLOEXEC)
		if err != nil {
			return err
		}
		s.file = os.NewFile(uintptr(fd), "ssnn")
	}
	if err := s.file.Truncate(int64(n)); err != nil {
		return err
	}
	memory, err := unix.Mmap(int(s.file.Fd()), 0, n, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_SHARED)
	if err != nil {
		return err
	}
	if s.memory != nil {
		unix.Munmap(s.memory)
	}
	s.memory = memory
	return nil
}

// place returns the place at which the caller finds so many bytes of the segment.
func (s *segment) place(size int) (place, error) {
	s.known = true
	return place{Size: size, Keep: true, ID: s.id, Room: len(s.memory),
		Path: fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), s.file.Fd())}, nil
}

func (s *segment) close() {
	if s.memory != nil {
		unix.Munmap(s.memory)
	}
	if s.file != nil {
		s.file.Close()
	}
	*s = segment{}
}
