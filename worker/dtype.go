package worker

import (
	"fmt"

	"ssnn/internal/names"
)

// dtype is the type of an array's elements, by NumPy's names.
type dtype int

const (
	float32s dtype = iota
	uint8s
	uint16s
)

var dtypes = names.Of[dtype]{Key: "dtype", Words: []string{"float32", "uint8", "uint16"}}

// UnmarshalText reads NumPy's name.
func (d *dtype) UnmarshalText(b []byte) error { return dtypes.Parse(d, b) }

// String returns NumPy's name.
func (d dtype) String() string { return dtypes.Words[d] }

func (d dtype) bytes() int { return [...]int{4, 1, 2}[d] }

// batch is an array of frames that came with a call: [B][T][C][H][W].
type batch struct {
	B, T, C, H, W int
	dtype         dtype
	array         []byte
}

// batchOf reads the array of a call, [T][C][H][W] or [B][T][C][H][W].
func batchOf(shape []int, d dtype, array []byte) (batch, error) {
	if len(shape) == 4 {
		shape = append([]int{1}, shape...)
	}
	if len(shape) != 5 {
		return batch{}, usage{fmt.Errorf("frames of %d axes, want [T, C, H, W] or [B, T, C, H, W]",
			len(shape))}
	}
	want := d.bytes()
	for _, n := range shape {
		want *= n
	}
	if want != len(array) || want == 0 {
		return batch{}, usage{fmt.Errorf("frames of shape %v and %d bytes, want %d", shape,
			len(array), want)}
	}
	return batch{shape[0], shape[1], shape[2], shape[3], shape[4], d, array}, nil
}

// channelsLast writes the samples from to to-1 as networks take them, [T][to-from][H][W][C]float32.
func (b batch) channelsLast(dst []float32, from, to int) {
	switch b.dtype {
	case float32s:
		turn(dst, as[float32](b.array), b, from, to)
	case uint8s:
		turn(dst, b.array, b, from, to)
	case uint16s:
		turn(dst, as[uint16](b.array), b, from, to)
	}
}

func turn[E float32 | uint8 | uint16](dst []float32, src []E, b batch, from, to int) {
	plane := b.H * b.W
	for t := range b.T {
		for s := from; s < to; s++ {
			out := dst[(t*(to-from)+s-from)*plane*b.C:][:plane*b.C]
			in := src[(s*b.T+t)*plane*b.C:][:plane*b.C]
			if b.C == 2 {
				off, on := in[:plane], in[plane:]
				for i, v := range off {
					out[2*i], out[2*i+1] = float32(v), float32(on[i])
				}
				continue
			}
			for c := range b.C {
				for i, v := range in[c*plane : (c+1)*plane] {
					out[i*b.C+c] = float32(v)
				}
			}
		}
	}
}
