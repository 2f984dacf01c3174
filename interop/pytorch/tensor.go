package pytorch

import (
	"encoding/binary"
	"fmt"
	"math"
)

// DType is the type of a tensor's elements.
type DType string

// The types of elements.
const (
	F64  DType = "float64"
	F32  DType = "float32"
	F16  DType = "float16"
	BF16 DType = "bfloat16"
	I64  DType = "int64"
	I32  DType = "int32"
	I16  DType = "int16"
	I8   DType = "int8"
	U8   DType = "uint8"
	Bool DType = "bool"
)

// sizes holds the bytes of an element.
var sizes = map[DType]int{F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1,
	Bool: 1}

// Tensor is a view of a storage, which it may share with others.
type Tensor struct {
	Shape []int // in elements; empty for a single value

	storage *storage
	offset  int64 // of the first element in the storage, in elements
	strides []int // from element to element of each dimension, in elements
}

// DType is the type of the elements.
func (t *Tensor) DType() DType { return t.storage.dtype }

// Floats says whether the elements are floating-point numbers.
func (t *Tensor) Floats() bool {
	switch t.storage.dtype {
	case F64, F32, F16, BF16:
		return true
	}
	return false
}

// Len is the number of elements.
func (t *Tensor) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// maxDimensions is the largest number of dimensions of a tensor. No layer has as many.
const maxDimensions = 16

// check returns texts for an error if a tensor reaches beyond its storage, or has more elements
// than its storage, as an expanded tensor has.
func (t *Tensor) check() (want, got string) {
	if len(t.Shape) != len(t.strides) || len(t.Shape) > maxDimensions {
		return fmt.Sprintf("as many strides as dimensions, at most %d", maxDimensions),
			fmt.Sprintf("%d and %d", len(t.strides), len(t.Shape))
	}
	most := t.storage.elements // at most the bytes of a file, so that no sum below overflows
	if t.offset < 0 || t.offset > most {
		return fmt.Sprintf("an offset within the %d elements of the storage", most),
			fmt.Sprint(t.offset)
	}
	n, last := int64(1), t.offset
	for i, d := range t.Shape {
		d, stride := int64(d), int64(t.strides[i])
		switch {
		case d < 0 || stride < 0:
			return "dimensions and strides of 0 and more",
				fmt.Sprintf("%v and %v", t.Shape, t.strides)
		case d == 0 || n == 0:
			n = 0
		case d > most/n || stride > 0 && d-1 > most/stride:
			return fmt.Sprintf("a tensor of at most the %d elements of its storage", most),
				fmt.Sprintf("shape %v, strides %v", t.Shape, t.strides)
		default:
			n *= d
			last += (d - 1) * stride
		}
	}
	if n > 0 && last >= most {
		return fmt.Sprintf("a tensor within the %d elements of its storage", most),
			fmt.Sprintf("offset %d, shape %v, strides %v", t.offset, t.Shape, t.strides)
	}
	return "", ""
}

// Float32s reads the elements in the order of the shape, row-major, rounded to float32.
func (t *Tensor) Float32s() ([]float32, error) {
	data, err := t.storage.bytes()
	if err != nil {
		return nil, err
	}
	v := make([]float32, t.Len())
	index := make([]int, len(t.Shape))
	at := int(t.offset)
	for i := range v {
		v[i] = element(data, t.storage.dtype, at)
		for d := len(index) - 1; d >= 0; d-- {
			index[d]++
			at += t.strides[d]
			if index[d] < t.Shape[d] {
				break
			}
			at -= index[d] * t.strides[d]
			index[d] = 0
		}
	}
	return v, nil
}

// element returns the i-th element of a storage.
func element(data []byte, t DType, i int) float32 {
	b := data[i*sizes[t]:]
	switch t {
	case F64:
		return float32(math.Float64frombits(binary.LittleEndian.Uint64(b)))
	case F32:
		return math.Float32frombits(binary.LittleEndian.Uint32(b))
	case F16:
		return half(binary.LittleEndian.Uint16(b))
	case BF16:
		return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
	case I64:
		return float32(int64(binary.LittleEndian.Uint64(b)))
	case I32:
		return float32(int32(binary.LittleEndian.Uint32(b)))
	case I16:
		return float32(int16(binary.LittleEndian.Uint16(b)))
	case I8:
		return float32(int8(b[0]))
	}
	return float32(b[0])
}

// half is a float16 of IEEE 754: sign 1, exponent 5, fraction 10.
func half(h uint16) float32 {
	sign, exponent, fraction := float32(1), int(h>>10&31), float32(h&1023)
	if h>>15 == 1 {
		sign = -1
	}
	switch {
	case exponent == 0: // subnormal
		return sign * fraction * (1. / (1 << 24))
	case exponent == 31 && fraction != 0:
		return float32(math.NaN())
	case exponent == 31:
		return float32(math.Inf(int(sign)))
	}
	return sign * float32(math.Ldexp(float64(1024+fraction), exponent-25))
}

// storage is the memory that tensors are views of.
type storage struct {
	file     *File
	key      string // the last part of the entry's name, data/KEY
	dtype    DType
	elements int64
	at       int64  // first byte, in a file of the form before PyTorch 1.6
	data     []byte // the bytes of the storage, in a file that is in memory
}

// storage returns the storage of a key. It checks that the archive has an entry of the size that
// the pickle gives.
func (c *File) storage(key string, t DType, elements int64) (*storage, error) {
	if c.entries == nil {
		return c.place(key, t, elements)
	}
	e, ok := c.entries["data/"+key]
	if !ok {
		return nil, &FormatError{"data.pkl", "storages that are in the archive",
			fmt.Sprintf("%.40q, which is not", key)}
	}
	size := int64(sizes[t])
	if elements < 0 || elements > math.MaxInt64/size ||
		uint64(elements*size) != e.UncompressedSize64 {

		return nil, &FormatError{e.Name, fmt.Sprintf("the %d elements of %s that data.pkl says",
			elements, t), fmt.Sprintf("%d bytes", e.UncompressedSize64)}
	}
	return &storage{file: c, key: key, dtype: t, elements: elements}, nil
}

// bytes reads the storage. The storage read last is kept, as tensors that share a storage mostly
// follow each other.
func (s *storage) bytes() ([]byte, error) {
	if s.data != nil || s.elements == 0 {
		return s.data, nil
	}
	c := s.file
	if c.last == nil || c.last.key != s.key {
		var data []byte
		var err error
		if c.entries == nil {
			data, err = c.section(s)
		} else {
			data, err = c.bytes(c.entries["data/"+s.key])
		}
		if err != nil {
			return nil, err
		}
		c.last, c.data = s, data
	}
	return c.data, nil
}
