package hdf5

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Len is the number of values of the dataset.
func (d *Dataset) Len() int64 {
	n := int64(1) // at most 2^48, see dataspace
	for _, size := range d.Shape {
		n *= size
	}
	return n
}

// Float32s returns the values of a dataset of numbers of any type, row-major, rounded to float32. A
// dataset of more than most values is an error.
func (d *Dataset) Float32s(most int64) (all []float32, err error) {
	number := func(b []byte) float32 { return float32(d.Type.ints(b)[0]) }
	switch {
	case d.Type.Kind == Float && d.Type.Size == 4:
		number = func(b []byte) float32 { return math.Float32frombits(d.Type.order().Uint32(b)) }
	case d.Type.Kind == Float:
		number = func(b []byte) float32 {
			return float32(math.Float64frombits(d.Type.order().Uint64(b)))
		}
	case d.Type.Kind != Int && d.Type.Kind != Uint:
		return nil, &Error{d.at, "numbers", "values of another type"}
	}
	err = d.each(most, func(b []byte) error {
		all = append(all, number(b))
		return nil
	})
	return all, err
}

// Int64s returns the values of a dataset of whole numbers, row-major. A dataset of more than most
// values is an error.
func (d *Dataset) Int64s(most int64) (all []int64, err error) {
	if d.Type.Kind != Int && d.Type.Kind != Uint {
		return nil, &Error{d.at, "whole numbers", "values of another type"}
	}
	err = d.each(most, func(b []byte) error {
		all = append(all, d.Type.ints(b)[0])
		return nil
	})
	return all, err
}

// Texts returns the values of a dataset of texts, row-major, each cut before its first zero byte. A
// dataset of more than most values, or of more than 16 MiB of texts, is an error.
func (d *Dataset) Texts(most int64) (all []string, err error) {
	read := newTexts(d.f).at
	switch d.Type.Kind {
	case Text:
		read = func(b []byte) (string, error) {
			return (&fields{b: append(b[:len(b):len(b)],
				0)}).text(), nil
		}
	case LongText:
	default:
		return nil, &Error{d.at, "texts", "values of another type"}
	}
	left := mostMetadata
	err = d.each(most, func(b []byte) error {
		s, err := read(b)
		if left -= len(s); err == nil && left < 0 {
			// Many texts may share the same bytes of the file, so its size does not limit their
			// sum.
			err = &Error{d.at, "at most 16 MiB of texts", "more"}
		}
		all = append(all, s)
		return err
	})
	return all, err
}

// each calls value with the bytes of each value.
func (d *Dataset) each(most int64, value func(b []byte) error) error {
	n := d.Len()
	if n > most {
		return &Error{d.at, fmt.Sprintf("at most %d values", most),
			fmt.Sprintf("shape %v", d.Shape)}
	}
	for row := int64(0); n > 0 && row < d.Rows(); {
		first, rows, _, err := d.Part(row)
		if err != nil {
			return err
		}
		rows = rows[(row-first)*d.RowSize():]
		row += int64(len(rows)) / d.RowSize()
		for ; len(rows) > 0; rows = rows[d.Type.Size:] {
			if err := value(rows[:d.Type.Size]); err != nil {
				return err
			}
		}
	}
	return nil
}

// order is the order of the bytes of a number.
func (t Type) order() binary.ByteOrder {
	if t.Big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}
