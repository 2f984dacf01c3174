package serve

import (
	"context"
	"io"
	"sync"
)

// blockSize is the amount of memory that a body takes at once, in bytes.
const blockSize = 64 << 10

// block is a part of a body.
type block = [blockSize]byte

// blocks is the memory that bodies share. A body takes each block before it reads into it, and
// copies nothing as it grows. Blocks are used again rather than left to the garbage collector, so
// that all bodies, together with the blocks of former ones, never have more than most blocks.
type blocks struct {
	most int

	mu   sync.Mutex
	made int // number of blocks, in bodies and free
	free []*block
}

// take returns a block that no body has, or nil if most blocks are taken.
func (b *blocks) take() *block {
	b.mu.Lock()
	defer b.mu.Unlock()
	if last := len(b.free) - 1; last >= 0 {
		one := b.free[last]
		b.free = b.free[:last]
		return one
	}
	if b.made == b.most {
		return nil
	}
	b.made++
	return new(block)
}

// give takes blocks back.
func (b *blocks) give(all []*block) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free = append(b.free, all...)
}

// taken returns the number of bytes that bodies have.
func (b *blocks) taken() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int64(b.made-len(b.free)) * blockSize
}

// content is a body that has come, in blocks of which all but the last are full.
type content struct {
	blocks []*block
	size   int64
}

// reader reads the body until ctx is done.
func (c *content) reader(ctx context.Context) upload {
	return upload{io.NewSectionReader(c, 0, c.size), ctx}
}

// ReadAt implements io.ReaderAt.
func (c *content) ReadAt(b []byte, at int64) (n int, err error) {
	for n < len(b) && at < c.size {
		part := c.blocks[at/blockSize][at%blockSize:]
		part = part[:min(int64(len(part)), c.size-at)]
		k := copy(b[n:], part)
		n, at = n+k, at+int64(k)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}
