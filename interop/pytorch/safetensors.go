package pytorch

import (
	"encoding/binary"
	"fmt"
	"math"

	"ssnn/safetensors"
)

// safetensorsTypes are the types of elements by the names of the format.
var safetensorsTypes = map[safetensors.DType]DType{
	"F64": F64, "F32": F32, "F16": F16, "BF16": BF16, "I64": I64, "I32": I32, "I16": I16, "I8": I8,
	"U8": U8, "BOOL": Bool,
}

// isSafetensors says whether a file begins as a .safetensors: with the length of a header, 8 bytes,
// and the header's first byte, "{".
func isSafetensors(head []byte) bool {
	return len(head) > 8 && head[8] == '{' && binary.LittleEndian.Uint64(head) < math.MaxInt32
}

// readSafetensors reads the tensors of a .safetensors, which other programs write in an order of
// their own: by type and by name.
func (c *File) readSafetensors() error {
	data, err := c.section(&storage{dtype: U8, elements: c.size})
	if err != nil {
		return err
	}
	f, err := safetensors.Parse(data)
	if err != nil {
		return err
	}
	all := &Dict{}
	for _, name := range f.Names() {
		t, _ := f.Get(name)
		kind, ok := safetensorsTypes[t.DType]
		if !ok {
			return &FormatError{"tensor " + name, "floats of 16, 32 or 64 bits, or integers",
				string(t.DType)}
		}
		s := &storage{file: c, key: name, dtype: kind, elements: int64(t.Len()), data: t.Data}
		x := &Tensor{Shape: t.Shape, storage: s, strides: make([]int, len(t.Shape))}
		for i, step := len(t.Shape)-1, 1; i >= 0; i-- {
			x.strides[i] = step
			step *= t.Shape[i]
		}
		if want, got := x.check(); want != "" {
			return &FormatError{fmt.Sprintf("tensor %.80q", name), want, got}
		}
		all.set(name, x)
	}
	c.Value, c.unordered = all, true
	return nil
}
