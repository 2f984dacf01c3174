package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// tables are the tables that the functions load from, by name.
var tables = []struct {
	name string
	data []byte
}{
	{"laneBits", laneBits[uint32]()},
	{"laneBits16", laneBits[uint16]()},
	{"lanesOf", lanesOf()},
	{"countOf", countOf()},
	{"takeOf", takeOf()},
}

// laneBits returns a table of the bits of a word of spikes, one for each lane.
func laneBits[T uint16 | uint32]() (t []byte) {
	for i := range 16 {
		t, _ = binary.Append(t, binary.LittleEndian, T(1)<<i)
	}
	return t
}

// setIn returns the lanes that are set in a mask.
func setIn(mask int) (set []byte) {
	for lane := range byte(8) {
		if mask>>lane&1 != 0 {
			set = append(set, lane)
		}
	}
	return set
}

// lanesOf returns a table that has, for each mask of eight lanes, the numbers of the lanes that are
// set, one byte for each, packed to the front of eight bytes.
func lanesOf() (t []byte) {
	for mask := range 256 {
		var packed [8]byte
		copy(packed[:], setIn(mask))
		t = append(t, packed[:]...)
	}
	return t
}

// countOf returns a table of the number of lanes that are set in each mask of eight.
func countOf() (t []byte) {
	for mask := range 256 {
		t = append(t, byte(len(setIn(mask))))
	}
	return t
}

// takeOf returns a table that has, for each mask of four float32 lanes, the positions in a vector
// of the bytes of the lanes that are set, packed to the front.
func takeOf() (t []byte) {
	for mask := range 16 {
		var packed [16]byte
		for i, lane := range setIn(mask) {
			for b := range byte(4) {
				packed[4*i+int(b)] = 4*lane + b
			}
		}
		t = append(t, packed[:]...)
	}
	return t
}

func writeTable(to *bytes.Buffer, name string, data []byte) {
	for i := 0; i < len(data); i += 8 {
		fmt.Fprintf(to, "DATA %s<>+%d(SB)/8, $%#016x\n", name, i,
			binary.LittleEndian.Uint64(data[i:]))
	}
	fmt.Fprintf(to, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n", name, len(data))
}
