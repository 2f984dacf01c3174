package events

import (
	"encoding/binary"
	"slices"

	"github.com/pierrec/lz4/v4"
)

// unpackLZ4Frame appends the content of a frame of LZ4 (lz4/doc/lz4_Frame_format.md) to to, without
// the copies that reading the frame as a stream takes. A frame is
//
//	magic 0x184D2204, flags 1, largest block 1, [size 8], checksum of these 1,
//	blocks: size 4, with the highest bit set where the block is not packed, and size bytes
//	size 0
//
// It is false where the caller must read the frame as a stream, which also gives the error: for
// checksums, a dictionary, damage, more than most bytes unpacked, and anything but a single frame.
func unpackLZ4Frame(to, frame []byte, most int64) ([]byte, bool) {
	const (
		magic       = 0x184d2204
		version     = 0x40
		independent = 0x20
		hasSize     = 0x08
		known       = 0xc0 | independent | hasSize
		stored      = 1 << 31
		window      = 1 << 16 // bytes that a block may refer to
	)
	if len(frame) < 7 || binary.LittleEndian.Uint32(frame) != magic {
		return to, false
	}
	flags, largest := frame[4], frame[5]>>4
	if flags&^known != 0 || flags&0xc0 != version || frame[5]&0x8f != 0 || largest < 4 {
		return to, false
	}
	at := 7
	if flags&hasSize != 0 {
		at += 8
	}
	room := 1 << (8 + 2*largest) // 64 KiB to 4 MiB
	begin := len(to)
	for len(frame)-at >= 4 {
		size := binary.LittleEndian.Uint32(frame[at:])
		at += 4
		if size == 0 {
			return to, at == len(frame)
		}
		packed := size&stored == 0
		size &^= stored
		if int64(size) > int64(len(frame)-at) || int(size) > room || int64(len(to)-begin) > most {
			return to, false
		}
		block := frame[at : at+int(size)]
		at += int(size)
		if !packed {
			to = append(to, block...)
			continue
		}
		to = slices.Grow(to, room)
		var before []byte
		if flags&independent == 0 {
			before = to[max(begin, len(to)-window):]
		}
		n, err := lz4.UncompressBlockWithDict(block, to[len(to):len(to)+room], before)
		if err != nil {
			return to, false
		}
		to = to[:len(to)+n]
	}
	return to, false
}
