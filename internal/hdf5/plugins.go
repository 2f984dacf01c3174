package hdf5

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// zstandard reverses filter 32015: a chunk is a frame of Zstandard.
type zstandard struct {
	decoder *zstd.Decoder
	out     []byte
}

func (z *zstandard) undo(b []byte, most int) (_ []byte, err error) {
	z.out = grow(z.out, int64(most))
	return z.decode(b, z.out[:0:most])
}

// decode appends the unpacked bytes of b to room, at most as many as its capacity holds.
func (z *zstandard) decode(b, room []byte) (_ []byte, err error) {
	if z.decoder == nil {
		z.decoder, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1),
			zstd.WithDecodeAllCapLimit(true))
		if err != nil {
			return nil, err
		}
	}
	return z.decoder.DecodeAll(b, room)
}

// lz4Blocks reverses filter 32004 (hdfgroup.org, "HDF5_LZ4"), big-endian:
//
//	bytes in the end 8, bytes of a block in the end 4; each block: stored bytes 4, block of LZ4
//
// A block that is stored in as many bytes as it unpacks to is not compressed.
type lz4Blocks struct{ out []byte }

func (z *lz4Blocks) undo(b []byte, most int) ([]byte, error) {
	n, size, b, err := blockHead(b, most)
	if err != nil {
		return nil, err
	}
	z.out = grow(z.out, int64(n))
	for done := 0; done < n; {
		room := z.out[done:min(done+size, n)]
		var block []byte
		if block, b, err = nextBlock(b); err != nil {
			return nil, err
		}
		if len(block) == len(room) {
			copy(room, block)
		} else if err = unLZ4(room, block); err != nil {
			return nil, err
		}
		done += len(room)
	}
	return z.out, nil
}

// unLZ4 fills out with the unpacked bytes of a block of LZ4.
func unLZ4(out, block []byte) error {
	n, err := lz4.UncompressBlock(block, out)
	if err == nil && n != len(out) {
		err = fmt.Errorf("a block of %d bytes, want %d", n, len(out))
	}
	return err
}

// blockHead takes the unpacked sizes of a chunk and of its blocks off b.
func blockHead(b []byte, most int) (n, size int, rest []byte, err error) {
	if len(b) < 12 {
		return 0, 0, nil, errCut
	}
	long, block := binary.BigEndian.Uint64(b), binary.BigEndian.Uint32(b[8:])
	if long > uint64(most) {
		return 0, 0, nil, errLong
	}
	if block == 0 && long > 0 {
		return 0, 0, nil, fmt.Errorf("blocks of 0 bytes")
	}
	return int(long), int(min(uint64(block), long)), b[12:], nil
}

// nextBlock takes the stored size of a block, and the block, off b.
func nextBlock(b []byte) (block, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, errCut
	}
	stored := binary.BigEndian.Uint32(b)
	if b = b[4:]; uint64(stored) > uint64(len(b)) {
		return nil, nil, errCut
	}
	return b[:stored], b[stored:], nil
}

// bitshuffle reverses filter 32008 (kiyo-masui/bitshuffle, bshuf_h5filter.c and bitshuffle_core.c).
// The bits of a block of elements, a multiple of 8 of them, are shuffled (see unshuffleBits). The
// last block has the rest of the chunk, and up to 7 elements at the end stay as they are. A
// shuffled block may then be compressed; its sizes stand as in lz4Blocks. The values of the filter
// are two numbers of its version, the bytes of an element, the elements of a block (0 means blocks
// of 8 KiB), and the compressor: 0 none, 2 LZ4, 3 Zstandard.
type bitshuffle struct {
	element, block int // bytes, elements
	compressor     uint32
	zstd           zstandard
	out, bits      []byte
}

const (
	bitshuffleBlock = 8192 // bytes of a block if the filter does not say the size
	bitshuffleLeast = 128  // fewest elements of a block whose size the filter does not say
)

func newBitshuffle(values []uint32) undo {
	z := &bitshuffle{element: 1}
	if len(values) > 2 {
		z.element = int(min(values[2], 1<<20))
	}
	if len(values) > 3 {
		z.block = int(min(values[3], 1<<24))
	}
	if len(values) > 4 {
		z.compressor = values[4]
	}
	return z.undo
}

func (z *bitshuffle) undo(b []byte, most int) (_ []byte, err error) {
	if z.element == 0 || z.compressor == 1 || z.compressor > 3 {
		return nil, fmt.Errorf("elements of %d bytes and compressor %d, want 0, 2 or 3", z.element,
			z.compressor)
	}
	n, size := len(b), z.block*z.element
	if z.compressor != 0 {
		if n, size, b, err = blockHead(b, most); err != nil {
			return nil, err
		}
	} else if size == 0 {
		size = max(bitshuffleBlock/z.element/8*8, bitshuffleLeast) * z.element
	}
	z.out = grow(z.out, int64(n))
	eight := 8 * z.element
	for done := 0; done < n; {
		room := z.out[done:min(done+size, n)]
		room = room[:len(room)/eight*eight]
		if len(room) == 0 { // the elements at the end that are not shuffled
			if len(b) < n-done {
				return nil, errCut
			}
			copy(z.out[done:], b[:n-done])
			break
		}
		if b, err = z.shuffled(b, len(room)); err != nil {
			return nil, err
		}
		unshuffleBits(room, z.bits, z.element)
		done += len(room)
	}
	return z.out, nil
}

// shuffled takes a block off b, which unpacks to size bytes.
func (z *bitshuffle) shuffled(b []byte, size int) (rest []byte, err error) {
	if z.compressor == 0 {
		if len(b) < size {
			return nil, errCut
		}
		z.bits = b[:size]
		return b[size:], nil
	}
	block, rest, err := nextBlock(b)
	if err != nil {
		return nil, err
	}
	z.bits = grow(z.bits, int64(size))
	if z.compressor == 2 {
		return rest, unLZ4(z.bits, block)
	}
	got, err := z.zstd.decode(block, z.bits[:0:size])
	if err == nil && len(got) != size {
		err = fmt.Errorf("a block of %d bytes, want %d", len(got), size)
	}
	return rest, err
}
