//go:build !linux

package worker

import "os"

// newBlockFile makes a temporary file, which the caller removes.
func newBlockFile() (*os.File, error) { return os.CreateTemp("", "ssnn-*.block") }

// handOver closes the file, as Windows lets nobody remove one that is open, and says where it is.
func (b *block) handOver() (*place, error) {
	p := &place{Path: b.file.Name(), Size: b.size}
	err := b.file.Close()
	b.file = nil
	return p, err
}
