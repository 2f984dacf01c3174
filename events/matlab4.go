package events

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// A MATLAB file of level 4 (MathWorks, "MAT-File Format", version 4), which Octave and SciPy write
// too, is a sequence of matrices, each
//
//	type, rows, columns, 1 if there are imaginary parts, length of the name: u32 each
//	name, with a zero byte at its end
//	numbers, column by column; then the imaginary parts
//
// The four decimal digits of the type are: 1 for big-endian, else 0; 0; the type of the numbers;
// and 0 for numbers, 1 for text or 2 for a sparse matrix. Level 4 has no structures.

// matlab4Numbers are the types of numbers, by their digit.
var matlab4Numbers = [...]field{
	{size: 8, kind: 'f'}, {size: 4, kind: 'f'}, {size: 4, kind: 'i'}, {size: 2, kind: 'i'},
	{size: 2, kind: 'u'}, {size: 1, kind: 'u'},
}

const matlab4Header = 20

// matlab4Order returns the byte order of a file that begins with a matrix of level 4, or nil.
func matlab4Order(b []byte) binary.ByteOrder {
	if len(b) < matlab4Header+2 {
		return nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		kind, length := order.Uint32(b), order.Uint32(b[16:])
		if kind > 4999 || kind/100%10 != 0 || kind/10%10 > 5 || kind%10 > 2 ||
			order.Uint32(b[12:]) > 1 || length < 2 || length > 64 ||
			len(b) < matlab4Header+int(length) {

			continue
		}
		name, end := b[matlab4Header:matlab4Header+length-1], b[matlab4Header+length-1]
		if end == 0 && bytes.IndexByte(name, 0) < 0 && isText(name) {
			return order
		}
	}
	return nil
}

// isMatlab4 says whether a file begins with a matrix of level 4.
func isMatlab4(b []byte) bool { return matlab4Order(b) != nil }

// isMAT says whether a file begins as a MATLAB file of level 4 or 5.
func isMAT(b []byte) bool { return prefix(matBegin)(b) || isMatlab4(b) }

// matrices4 reads all matrices of b.
func (m *matlab) matrices4(b []byte) error {
	for len(b) > 0 {
		if len(b) < matlab4Header {
			return fmt.Errorf("%d bytes behind the last matrix", len(b))
		}
		kind := m.order.Uint32(b)
		rows, columns := int64(m.order.Uint32(b[4:])), int64(m.order.Uint32(b[8:]))
		parts, length := 1+int64(m.order.Uint32(b[12:])), int64(m.order.Uint32(b[16:]))
		b = b[matlab4Header:]
		if kind/10%10 >= uint32(len(matlab4Numbers)) || length < 1 || length > int64(len(b)) ||
			parts > 2 {

			return fmt.Errorf("a matrix of type %d with a name of %d bytes", kind, length)
		}
		name := string(bytes.TrimRight(b[:length], "\x00"))
		b = b[length:]
		f := matlab4Numbers[kind/10%10]
		f.big = m.order == binary.BigEndian
		size := rows * columns // each below 2^32
		if size < 0 || size > int64(len(b))/(parts*int64(f.size)) {
			return fmt.Errorf("%d bytes of %q, a matrix of %dx%d numbers", len(b), name, rows,
				columns)
		}
		size *= int64(f.size)
		switch {
		case kind%10 == 2:
			m.passed = append(m.passed, name+" (a sparse matrix)")
		case parts == 2:
			m.passed = append(m.passed, name+" (complex numbers)")
		case kind%10 == 0:
			m.found = append(m.found, matVariable{"", name, []int64{rows, columns}, f, b[:size]})
		}
		b = b[parts*size:]
	}
	return nil
}
