package worker

import (
	"fmt"
	"os"
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
}

// Write appends to the block.
func (b *block) Write(part []byte) (int, error) {
	if b.file == nil && len(b.small)+len(part) <= inPipe {
		b.small = append(b.small, part...)
		return len(part), nil
	}
	if b.file == nil {
		f, err := newBlockFile()
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
	n, err := b.file.Write(part)
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
}

// free gives up the file. The caller's mapping stays.
func (b *block) free() {
	if b.file != nil {
		b.file.Close()
	}
	b.small, b.file, b.size = b.small[:0], nil, 0
}
