package events

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
)

// ReadArray reads a NumPy array (.npy) of numbers that are no events, as frames are: integers or
// floats of any size, in C order. An array of another shape is a *FormatError before any element is
// read, and so are bytes behind the last element. Elements are converted to float32: large ones
// become infinite, and NaN stays NaN.
func ReadArray(r io.Reader, shape ...int64) ([]float32, error) {
	b := bufio.NewReaderSize(r, bufferSize)
	a, offset, err := readNPYHeader(b)
	if err != nil {
		return nil, err
	}
	if a.names != nil || a.fortran || !slices.Equal(a.shape, shape) {
		return nil, &FormatError{npyFormat, 0, fmt.Sprintf("numbers of shape %v in C order", shape),
			fmt.Sprintf("shape %v, fields %q, Fortran order %v", a.shape, a.names, a.fortran)}
	}
	n := int64(1)
	for _, size := range shape {
		n *= size
	}
	values, block := make([]float32, 0, n), make([]byte, 1024*a.size)
	for len(values) < cap(values) {
		part := block[:min(cap(values)-len(values), 1024)*a.size]
		if k, err := io.ReadFull(b, part); err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, &FormatError{npyFormat, offset,
				fmt.Sprintf("%d bytes of elements", len(part)),
				fmt.Sprintf("%d at the end of the file", k)}
		} else if err != nil {
			return nil, err
		}
		for ; len(part) > 0; part = part[a.size:] {
			v := float32(a.fields[0].float(part))
			values = append(values, v)
			offset += int64(a.size)
		}
	}
	if _, err := b.ReadByte(); err != io.EOF {
		return nil, &FormatError{npyFormat, offset, "the end of the file after the last element",
			"more"}
	}
	return values, nil
}

// float is the value of the field in the element b.
func (f field) float(b []byte) float64 {
	if f.kind == 'f' && f.size == 4 && !f.big { // the most common type
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b[f.offset:])))
	}
	bits := f.bits(b)
	switch {
	case f.kind == 'f' && f.size == 4:
		return float64(math.Float32frombits(uint32(bits)))
	case f.kind == 'f':
		return math.Float64frombits(bits)
	case f.kind == 'i':
		unused := 64 - 8*f.size
		return float64(int64(bits) << unused >> unused)
	}
	return float64(bits)
}
