package hdf5

import "encoding/binary"

// PackECF packs at most 65,535 rows as the filter ECF does. A row is x u16, y u16, p i16, 2 bytes
// of padding, t i64; rows are ordered by time, x and y are below 2,048, and p is 0 or 1.
// Coordinates can be packed in two ways, of which PackECF takes the shorter one.
func PackECF(rows []byte) []byte {
	n := len(rows) / ecfEvent
	times := packTimes(rows)
	runs := packMasks(rows, packRuns(rows, nil, 2, 2, 5))
	runs = packRuns(rows, runs, 4, 1, 7)
	head := uint32(n) << 2
	coordinates := runs
	if packed := 12 * ((n + 3) / 4); packed < len(runs) {
		head |= ecfPacked
		coordinates = packAll(rows)
	}
	b := binary.LittleEndian.AppendUint32(nil, head)
	return append(append(b, times...), coordinates...)
}

// packTimes packs the times as ecfTimes reads them.
func packTimes(rows []byte) []byte {
	t := uint64(0)
	if len(rows) > 0 {
		t = binary.LittleEndian.Uint64(rows[8:])
	}
	b := binary.LittleEndian.AppendUint64(nil, t)
	for len(rows) > 0 {
		now, n := binary.LittleEndian.Uint64(rows[8:]), 0
		for len(rows) > 0 && binary.LittleEndian.Uint64(rows[8:]) == now {
			n++
			rows = rows[ecfEvent:]
		}
		gap := now - t
		t = now
		if gap > 14 {
			for ; gap > 0; gap >>= 4 {
				b = append(b, 15<<4|byte(gap&15))
			}
		}
		if n < 15 {
			b = append(b, byte(gap)<<4|byte(n))
		} else {
			b = append(b, byte(gap)<<4|15)
			b = binary.LittleEndian.AppendUint16(b, uint16(n))
		}
	}
	return b
}

// packRuns appends runs as ecfRuns reads them.
func packRuns(rows, b []byte, at, size, lowest int) []byte {
	for len(rows) > 0 {
		value, n := binary.LittleEndian.Uint16(rows[at:]), 0
		for len(rows) > 0 && binary.LittleEndian.Uint16(rows[at:]) == value {
			n++
			rows = rows[ecfEvent:]
		}
		most := 1<<lowest - 1
		word := int(value)<<lowest | min(n, most)
		b = append(b, byte(word))
		if size == 2 {
			b = append(b, byte(word>>8))
		}
		if n >= most {
			b = binary.LittleEndian.AppendUint16(b, uint16(n))
		}
	}
	return b
}

// packMasks appends masks as ecfMasks reads them.
func packMasks(rows, b []byte) []byte {
	for len(rows) > 0 {
		x := binary.LittleEndian.Uint16(rows)
		word, last := x<<5, x
		for rows = rows[ecfEvent:]; len(rows) > 0; rows = rows[ecfEvent:] {
			next := binary.LittleEndian.Uint16(rows)
			if next <= last || next > x+5 {
				break
			}
			word |= 1 << (5 - (next - x))
			last = next
		}
		b = binary.LittleEndian.AppendUint16(b, word)
	}
	return b
}

// packAll packs y, x and p as ecfPackedAll reads them.
func packAll(rows []byte) (b []byte) {
	for len(rows) > 0 {
		var v [4]uint32
		for i := range v {
			if len(rows) > 0 {
				x, y := binary.LittleEndian.Uint16(rows), binary.LittleEndian.Uint16(rows[2:])
				v[i] = uint32(y)<<12 | uint32(x)<<1 | uint32(rows[4]&1)
				rows = rows[ecfEvent:]
			}
		}
		b = binary.LittleEndian.AppendUint32(b, v[0]<<8|v[1]&0xff)
		b = binary.LittleEndian.AppendUint32(b, v[1]>>8<<16|v[2]&0xffff)
		b = binary.LittleEndian.AppendUint32(b, v[2]>>16<<24|v[3])
	}
	return b
}
