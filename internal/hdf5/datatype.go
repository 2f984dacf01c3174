package hdf5

import "fmt"

// Kind says how the bytes of a value are to be read.
type Kind byte

// The letters are those of NumPy.
const (
	Int      Kind = 'i'
	Uint     Kind = 'u'
	Float    Kind = 'f' // IEEE, 4 or 8 bytes
	Text     Kind = 'S' // a text of Size bytes
	LongText Kind = 'O' // a text of any length, stored elsewhere in the file
	Compound Kind = 'V'
)

// Type is the stored form of a value. An enumeration has the type of its numbers.
type Type struct {
	Kind    Kind
	Size    int // bytes
	Big     bool
	Members []Member // the members of a compound
}

// Member is a named value within a compound.
type Member struct {
	Name   string
	Offset int // bytes
	Type
}

// classes are the names of the classes of types, by their number.
var classes = []string{"integer", "float", "time", "text", "bits", "opaque", "compound",
	"reference", "enumeration", "variable length", "array"}

// ieee are the stored properties of IEEE floats, by their size in bytes.
var ieee = map[uint64]string{4: "\x00\x00\x20\x00\x17\x08\x00\x17\x7f\x00\x00\x00",
	8: "\x00\x00\x40\x00\x34\x0b\x00\x34\xff\x03\x00\x00"}

const mostNesting = 4 // levels of compounds within compounds

// datatype decodes a type: class and version 1, bits 3, size 4, and then for each class
//
//	integer: bit 0 big-endian, bit 3 signed; first bit 2, bits 2
//	bits, as PyTables writes booleans: the same, unsigned
//	float: bit 0 big-endian; first bit 2, bits 2, exponent 1 + 1, mantissa 1 + 1, bias 4
//	compound: bits 0 to 15 number of members; each a name, an offset, in version 1 the
//	          dimensions of an array 28, and its type
//	enumeration: the type of the numbers, names, numbers
//	variable length: bits 0 to 3 1 for text; the type of a character
//
// The Offset of the error is not set.
func (c *fields) datatype(nesting int) (Type, *Error) {
	head := c.uint(1)
	bits := c.uint(3)
	size := c.uint(4)
	class, version := head&15, head>>4
	t := Type{Size: int(size), Big: (class < 2 || class == 4) && bits&1 != 0}
	refuse := func(got string) (Type, *Error) {
		return t, &Error{Want: "whole numbers, IEEE floats, enumerations, text or " +
			"compounds of them", Got: got}
	}
	if c.short || size == 0 || size > 1<<16 || nesting > mostNesting {
		return refuse(fmt.Sprintf("a type of %d bytes", size))
	}
	switch class {
	case 0, 4:
		first, n := c.uint(2), c.uint(2)
		t.Kind = Uint
		if class == 0 && bits&8 != 0 {
			t.Kind = Int
		}
		if first != 0 || n != 8*size || size != 1 && size != 2 && size != 4 && size != 8 {
			return refuse(fmt.Sprintf("integers of %d bits", n))
		}
	case 1:
		t.Kind = Float
		layout := string(c.bytes(12))
		if bits&64 != 0 || layout != ieee[size] {
			return refuse(fmt.Sprintf("floats of %d bytes that are not those of IEEE", size))
		}
	case 3:
		t.Kind = Text
	case 6:
		t.Kind = Compound
		for range bits & 0xffff {
			m := Member{Name: c.name(version)}
			if version < 3 {
				m.Offset = int(c.uint(4))
			} else {
				m.Offset = int(c.uint(enough(size)))
			}
			if version == 1 && (c.uint(1) != 0 || c.bytes(27) == nil) {
				return refuse("an array in a compound")
			}
			var err *Error
			if m.Type, err = c.datatype(nesting + 1); err != nil {
				return t, err
			}
			if c.short || m.Offset > t.Size-m.Size {
				return refuse("members of a compound beyond its end")
			}
			t.Members = append(t.Members, m)
		}
	case 8:
		base, err := c.datatype(nesting + 1)
		if err != nil || base.Kind != Int && base.Kind != Uint || base.Size != t.Size {
			return refuse("an enumeration of what are no numbers")
		}
		t = base
		for range bits & 0xffff {
			c.name(version)
		}
		c.bytes(int(bits&0xffff) * t.Size)
	case 9:
		if bits&15 != 1 {
			return refuse("lists of any length")
		}
		t.Kind = LongText
		if _, err := c.datatype(nesting + 1); err != nil {
			return t, err
		}
	default:
		got := fmt.Sprint(class)
		if int(class) < len(classes) {
			got = classes[class]
		}
		return refuse("the class " + got)
	}
	if c.short {
		return refuse("a type that is cut")
	}
	return t, nil
}

// name takes a name off the block. Before version 3 a name is padded to a multiple of 8 bytes.
func (c *fields) name(version uint64) string {
	begin := c.used
	s := c.text()
	if version < 3 {
		c.bytes((8 - (c.used-begin)%8) % 8)
	}
	return s
}

// dataspace decodes the shape of a dataset or attribute, and the largest size that each dimension
// may grow to, where -1 means no limit:
//
//	version 1: version 1, rank 1, flags 1, 5, sizes, [most]
//	version 2: version 1, rank 1, flags 1, type 1, sizes, [most]
//
// The Offset of the error is not set.
func (c *fields) dataspace() (shape, most []int64, err *Error) {
	version, rank, flags, kind := c.uint(1), int(c.uint(1)), c.uint(1), c.uint(1)
	if version == 1 {
		c.bytes(4)
	}
	if version < 1 || version > 2 || version == 2 && kind == 2 || rank > 32 {
		return nil, nil, &Error{Want: "a single value or an array",
			Got: fmt.Sprintf("version %d, type %d, %d dimensions", version, kind, rank)}
	}
	n := int64(1)
	for range rank {
		size := c.length()
		shape = append(shape, size)
		if size > 1<<48 || size > 0 && n > 1<<48/size {
			return nil, nil, &Error{Want: "at most 2^48 values",
				Got: fmt.Sprintf("shape %v", shape)}
		}
		n *= max(size, 1)
	}
	most = shape
	if flags&1 != 0 {
		most = nil
		for range rank {
			size := c.length()
			if size > 1<<48 {
				size = -1
			}
			most = append(most, size)
		}
	}
	if c.short {
		return nil, nil, &Error{Want: "the sizes of an array", Got: "some of them"}
	}
	return shape, most, nil
}
