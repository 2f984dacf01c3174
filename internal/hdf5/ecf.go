package hdf5

import (
	"encoding/binary"
	"errors"
)

// ecf undoes the event compression of Prophesee (prophesee-ai/hdf5_ecf). A chunk becomes structures
// of x u16, y u16, p i16, 2 bytes, t i64 from
//
//	number of events << 2 | packed << 1 | packed x u32, times, coordinates
//
// times: the first u64, bytes:
//
//	dddd cccc   d us later (0 to 14) come c events; if c is 15 their number follows, u16
//	1111 eeee   four more bits of a longer gap, the lowest ones first; a byte of the other kind
//	            ends the gap
//
// coordinates, packed: four events a, b, c, d of 24 bits, y 11 from bit 12, x 11 from bit 1, p 1,
// in three u32:
//
//	a << 8 | b & 0xff, b >> 8 << 16 | c & 0xffff, c >> 16 << 24 | d
//
// else runs of y:
//
//	yyyyyyyyyyy ccccc u16   c events; where c is 31 their number follows, u16
//
// then x and p, packed: four events of 12 bits, x 11 from bit 1, p 1, in three u16:
//
//	a << 4 | b & 0xf, b >> 4 << 8 | c & 0xff, c >> 8 << 12 | d
//
// else x, then runs of p:
//
//	xxxxxxxxxxx mmmmm u16   an event, and one at x+1 to x+5 for each bit that is set, the
//	                        uppermost first
//	p ccccccc u8            c events; where c is 127 their number follows, u16
type ecf struct{ out []byte }

const (
	mostECF   = 65535 // events of a chunk
	ecfEvent  = 16    // bytes
	ecfPacked = 2
	ecfXP     = 1
)

var errRun = errors.New("runs of more events than the chunk has")

func (z *ecf) undo(b []byte, most int) ([]byte, error) {
	if len(b) < 12 {
		return nil, errCut
	}
	head := binary.LittleEndian.Uint32(b)
	n := int(head >> 2)
	if n > mostECF || n*ecfEvent > most {
		return nil, errLong
	}
	z.out = grow(z.out, int64(n*ecfEvent))
	clear(z.out)
	b, err := ecfTimes(z.out, b[4:])
	switch {
	case err != nil:
		return nil, err
	case head&ecfPacked != 0:
		return z.out, ecfPackedAll(z.out, b)
	}
	if b, err = ecfRuns(z.out, b, 2, 2, 5); err != nil {
		return nil, err
	}
	if head&ecfXP != 0 {
		return z.out, ecfPackedXP(z.out, b)
	}
	if b, err = ecfMasks(z.out, b); err != nil {
		return nil, err
	}
	_, err = ecfRuns(z.out, b, 4, 1, 7)
	return z.out, err
}

// ecfTimes sets the times of the events in out and returns the bytes behind the times.
func ecfTimes(out, b []byte) ([]byte, error) {
	t, shift := binary.LittleEndian.Uint64(b), 0
	b = b[8:]
	for len(out) > 0 {
		if len(b) == 0 {
			return nil, errCut
		}
		high, low := b[0]>>4, int(b[0]&15)
		b = b[1:]
		if high == 15 {
			t += uint64(low) << shift
			shift += 4
			continue
		}
		t += uint64(high)
		shift = 0
		if low == 15 {
			if len(b) < 2 {
				return nil, errCut
			}
			low = int(binary.LittleEndian.Uint16(b))
			b = b[2:]
		}
		if low*ecfEvent > len(out) {
			return nil, errRun
		}
		for ; low > 0; low-- {
			binary.LittleEndian.PutUint64(out[8:], t)
			out = out[ecfEvent:]
		}
	}
	return b, nil
}

// ecfRuns sets the 16-bit value at byte at of each event, from runs. A run is a word of size bytes
// whose lowest bits (as many as lowest says) are the number of events. If these bits are all set,
// the number follows as u16.
func ecfRuns(out, b []byte, at, size, lowest int) ([]byte, error) {
	for len(out) > 0 {
		if len(b) < size {
			return nil, errCut
		}
		word := int(b[0])
		if size == 2 {
			word |= int(b[1]) << 8
		}
		b = b[size:]
		value, n := word>>lowest, word&(1<<lowest-1)
		if n == 1<<lowest-1 {
			if len(b) < 2 {
				return nil, errCut
			}
			n = int(binary.LittleEndian.Uint16(b))
			b = b[2:]
		}
		if n*ecfEvent > len(out) {
			return nil, errRun
		}
		for ; n > 0; n-- {
			binary.LittleEndian.PutUint16(out[at:], uint16(value))
			out = out[ecfEvent:]
		}
	}
	return b, nil
}

// ecfMasks sets the x of the events from masks. Bits of a mask beyond the last event are ignored.
func ecfMasks(out, b []byte) ([]byte, error) {
	for len(out) > 0 {
		if len(b) < 2 {
			return nil, errCut
		}
		word := binary.LittleEndian.Uint16(b)
		b = b[2:]
		for i, x := uint16(0), word>>5; i < 6 && len(out) > 0; i++ {
			if i == 0 || word>>(5-i)&1 != 0 {
				binary.LittleEndian.PutUint16(out, x+i)
				out = out[ecfEvent:]
			}
		}
	}
	return b, nil
}

// ecfPackedXP sets the x and p of the events from packed words.
func ecfPackedXP(out, b []byte) error {
	for ; len(out) > 0; b = b[6:] {
		if len(b) < 6 {
			return errCut
		}
		u, v, w := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:]),
			binary.LittleEndian.Uint16(b[4:])
		for _, xp := range [4]uint16{u >> 4, u&0xf | v>>8<<4, v&0xff | w>>12<<8, w & 0xfff} {
			if len(out) == 0 {
				break
			}
			binary.LittleEndian.PutUint16(out, xp>>1)
			out[4] = byte(xp & 1)
			out = out[ecfEvent:]
		}
	}
	return nil
}

// ecfPackedAll sets the y, x and p of the events from packed words.
func ecfPackedAll(out, b []byte) error {
	for ; len(out) > 0; b = b[12:] {
		if len(b) < 12 {
			return errCut
		}
		u, v, w := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]),
			binary.LittleEndian.Uint32(b[8:])
		for _, yxp := range [4]uint32{u >> 8, u&0xff | v>>16<<8, v&0xffff | w>>24<<16,
			w & 0xffffff} {
			if len(out) == 0 {
				break
			}
			binary.LittleEndian.PutUint16(out, uint16(yxp>>1&0x7ff))
			binary.LittleEndian.PutUint16(out[2:], uint16(yxp>>12&0x7ff))
			out[4] = byte(yxp & 1)
			out = out[ecfEvent:]
		}
	}
	return nil
}
