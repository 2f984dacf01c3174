package hdf5

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/pierrec/lz4/v4"
)

// blosc undoes Blosc 1 (Blosc/c-blosc, README_CHUNK_FORMAT.rst):
//
//	version 1, version of the compressor 1, flags 1, bytes of an element 1, bytes 4,
//	bytes of a block 4, stored bytes 4, start of each block 4
//
// Flags: 1, bytes are shuffled; 2, nothing is compressed; 4, bits are shuffled; 16, blocks are not
// split; the upper three bits are the compressor. A block is one stream, or if it is split one
// stream for each byte of an element: size 4, bytes. A stream is not compressed if its stored and
// its final size are equal.
type blosc struct {
	out, block []byte
	inflater   inflater
	zstd       zstandard
}

const (
	bloscHead   = 16
	bloscSplits = 16  // largest element whose blocks are split
	bloscLeast  = 128 // elements of a block that is split
)

func (z *blosc) undo(b []byte, most int) ([]byte, error) {
	if len(b) < bloscHead {
		return nil, errCut
	}
	flags, element := b[2], int(b[3])
	n, size := bloscSize(b[4:]), bloscSize(b[8:])
	switch {
	case n > most:
		return nil, errLong
	case flags&2 != 0:
		if len(b)-bloscHead < n {
			return nil, errCut
		}
		return b[bloscHead:][:n], nil
	case size == 0 || size > most || element == 0 || b[0] > 2:
		return nil, fmt.Errorf("version %d with blocks of %d bytes and elements of %d", b[0], size,
			element)
	}
	z.out = z.out[:0]
	for i := 0; i*size < n; i++ {
		at := bloscHead + 4*i
		if at+4 > len(b) {
			return nil, errCut
		}
		at = int(int32(binary.LittleEndian.Uint32(b[at:])))
		if at < bloscHead || at > len(b) {
			return nil, errCut
		}
		want := min(size, n-i*size)
		streams := 1
		if flags&16 == 0 && element <= bloscSplits && size/element >= bloscLeast && want == size {
			streams = element
		}
		if err := z.streams(b[at:], streams, want, flags>>5); err != nil {
			return nil, err
		}
		z.out = append(z.out, z.block...)
		switch block := z.out[len(z.out)-want:]; {
		case flags&1 != 0 && element > 1:
			unshuffle(block, z.block, element)
		case flags&4 != 0 && want/element%8 == 0:
			unshuffleBits(block, z.block, element)
		}
	}
	return z.out, nil
}

// bloscSize decodes a size of 32 bits. It returns a size that an int of 32 bits cannot hold as the
// largest int32, which no chunk reaches.
func bloscSize(b []byte) int { return int(min(binary.LittleEndian.Uint32(b), math.MaxInt32)) }

// streams uncompresses the n streams of a block, each to size bytes.
func (z *blosc) streams(b []byte, n, size int, compressor byte) (err error) {
	z.block = z.block[:0]
	for range n {
		if len(b) < 4 {
			return errCut
		}
		stored := int(int32(binary.LittleEndian.Uint32(b)))
		if b = b[4:]; stored < 0 || stored > len(b) {
			return errCut
		}
		if stored == size/n {
			z.block = append(z.block, b[:stored]...)
		} else if err = z.stream(b[:stored], size/n, compressor); err != nil {
			return err
		}
		b = b[stored:]
	}
	if len(z.block) != size {
		return fmt.Errorf("a block of %d bytes, want %d", len(z.block), size)
	}
	return nil
}

// stream uncompresses one stream to size bytes.
func (z *blosc) stream(b []byte, size int, compressor byte) (err error) {
	before := len(z.block)
	z.block = slices.Grow(z.block, size)
	room := z.block[: before+size : before+size]
	n := 0
	switch compressor {
	case 0:
		var all []byte
		all, err = lzCopies(room[before:before], b, size, true)
		n = len(all)
	case 1:
		n, err = lz4.UncompressBlock(b, room[before:])
	case 3:
		var all []byte
		all, err = z.inflater.undo(b, size)
		n = copy(room[before:], all)
	case 4:
		var all []byte
		all, err = z.zstd.decode(b, room[before:before])
		n = len(all)
	default:
		err = fmt.Errorf("compressor %d (2 is Snappy), which is not read", compressor)
	}
	if err == nil && n != size {
		err = fmt.Errorf("a stream of %d bytes, want %d", n, size)
	}
	z.block = room
	return err
}

// unshuffleBits undoes the shuffling of the bits of a multiple of 8 elements: the lowest bits of
// the first bytes of all elements are stored first, the bit of the first element as the lowest of a
// byte. Bytes behind the last whole element stay where they are.
func unshuffleBits(out, b []byte, size int) {
	n := len(b) / size
	for i := range size {
		bits := b[i*n:][:n]
		for j := range n / 8 {
			var v uint64 // of eight elements, a byte for each of their bits
			for k := range 8 {
				v |= uint64(bits[k*n/8+j]) << (8 * k)
			}
			v = transpose(v)
			for k := range 8 {
				out[(8*j+k)*size+i] = byte(v >> (8 * k))
			}
		}
	}
	copy(out[n*size:], b[n*size:])
}

// transpose exchanges bit i of byte j and bit j of byte i (Warren, "Hacker's Delight", 7-3).
func transpose(v uint64) uint64 {
	t := (v ^ v>>7) & 0x00aa00aa00aa00aa
	v ^= t ^ t<<7
	t = (v ^ v>>14) & 0x0000cccc0000cccc
	v ^= t ^ t<<14
	t = (v ^ v>>28) & 0x00000000f0f0f0f0
	return v ^ t ^ t<<28
}
