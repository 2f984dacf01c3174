package worker

import (
	"fmt"
	"os"
	"slices"
)

// inPipe is the length in bytes up to which an array comes through the pipe: about where mapping a
// file costs less than copying twice (docs/decisions/027-python.md).
const inPipe = 192 << 10

// block is an array that is being written for the caller. It begins in memory, and moves to a file
// when it grows: written rather than mapped here, which takes a copy but no page faults, fails with
// an error where there is no room, and needs no length beforehand.
type block struct {
	small []byte
	file  *os.File
	size  int64
	files files
}

// Write appends to the block.
func (b *block) Write(part []byte) (int, error) {
	if b.file == nil && len(b.small)+len(part) <= inPipe {
		b.small = append(b.small, part...)
		return len(part), nil
	}
	if b.file == nil {
		f, err := b.files.take()
		if err != nil {
			return 0, fmt.Errorf("no room for an array: %w", err)
		}
		b.file = f
		if _, err := b.write(b.small); err != nil {
			return 0, err
		}
	}
	return b.write(part)
}

func (b *block) write(part []byte) (int, error) {
	n, err := b.file.WriteAt(part, b.size)
	b.size += int64(n)
	if err != nil {
		return n, fmt.Errorf("no room for an array: %w", err)
	}
	return n, nil
}

// place is what a reply says of a block that is in a file.
type place struct {
	Path string `json:"path"`
	Size int64  `json:"size"`           // bytes
	Keep bool   `json:"keep,omitempty"` // the worker removes it; else the caller does once it is mapped
	ID   int    `json:"id,omitempty"`   // by which the caller says that it has done with it
}

// free gives up what was written. The caller's mapping stays.
func (b *block) free() {
	if b.file != nil {
		b.file.Close()
	}
	b.small, b.file, b.size = b.small[:0], nil, 0
}

// files are those that the caller has, as far as they may come back, and those that have: memory
// that is there already takes no faults of pages, which cost more than writing them.
type files struct {
	last  int // number that was given to one
	out   map[int]*os.File
	order []int      // of those that are out, the oldest first
	back  []*os.File // at most mostBack
}

const (
	mostOut  = 16
	mostBack = 2
)

// take is a file to write to from its beginning; it may hold more, which nobody reads.
func (f *files) take() (*os.File, error) {
	if n := len(f.back); n > 0 {
		file := f.back[n-1]
		f.back = f.back[:n-1]
		return file, nil
	}
	return newBlockFile()
}

// give keeps a file that the caller gets. The oldest of too many is closed: it will not come back.
func (f *files) give(file *os.File) int {
	if f.out == nil {
		f.out = map[int]*os.File{}
	}
	f.last++
	f.out[f.last], f.order = file, append(f.order, f.last)
	if len(f.order) > mostOut {
		f.out[f.order[0]].Close()
		delete(f.out, f.order[0])
		f.order = f.order[1:]
	}
	return f.last
}

// returned takes files back that the caller has unmapped. A number that is not out is none of them.
func (f *files) returned(numbers []int) {
	for _, n := range numbers {
		file, ok := f.out[n]
		if !ok {
			continue
		}
		delete(f.out, n)
		f.order = slices.DeleteFunc(f.order, func(m int) bool { return m == n })
		if f.back = append(f.back, file); len(f.back) > mostBack {
			f.back[0].Close()
			f.back = f.back[1:]
		}
	}
}
