package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
)

// DType is the type of a tensor's elements.
type DType string

// These are the types that this package decodes. Tensors of other types are kept as bytes.
const (
	F64 DType = "F64"
	F32 DType = "F32"
	I64 DType = "I64"
	U8  DType = "U8"
)

// sizes holds the bytes of an element of each type of the format.
var sizes = map[DType]int{
	"BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1,
	"I16": 2, "U16": 2, "F16": 2, "BF16": 2,
	"I32": 4, "U32": 4, "F32": 4,
	"I64": 8, "U64": 8, "F64": 8,
}

// Tensor is a tensor as it is stored in a file.
type Tensor struct {
	DType DType  // of the elements
	Shape []int  // number of elements in each dimension; empty for a single value
	Data  []byte // little-endian, row-major; must not be changed
}

// Len is the number of elements.
func (t Tensor) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// FromFloat32s makes an F32 tensor of the elements of v. The shape must have len(v) elements.
func FromFloat32s(shape []int, v []float32) Tensor {
	data := make([]byte, 0, 4*len(v))
	for _, x := range v {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
	}
	return Tensor{F32, shape, data}
}

// FromInt64s makes an I64 tensor of the elements of v. The shape must have len(v) elements.
func FromInt64s(shape []int, v []int64) Tensor {
	data := make([]byte, 0, 8*len(v))
	for _, x := range v {
		data = binary.LittleEndian.AppendUint64(data, uint64(x))
	}
	return Tensor{I64, shape, data}
}

// Float32s returns a copy of the elements of an F32 tensor. Another type is an error.
func (t Tensor) Float32s() ([]float32, error) {
	if t.DType != F32 {
		return nil, fmt.Errorf("type %s, want %s", t.DType, F32)
	}
	v := make([]float32, len(t.Data)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.Data[4*i:]))
	}
	return v, nil
}

// Int64s returns a copy of the elements of an I64 tensor. Another type is an error.
func (t Tensor) Int64s() ([]int64, error) {
	if t.DType != I64 {
		return nil, fmt.Errorf("type %s, want %s", t.DType, I64)
	}
	v := make([]int64, len(t.Data)/8)
	for i := range v {
		v[i] = int64(binary.LittleEndian.Uint64(t.Data[8*i:]))
	}
	return v, nil
}
