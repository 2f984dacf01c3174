package events

import (
	"encoding/binary"
	"iter"
)

// flatTable is a table of a FlatBuffer b (flatbuffers.dev, "FlatBuffers internals"). Every offset
// and size is checked against the end of b, as nothing in a file can be trusted.
type flatTable struct {
	b          []byte
	at, fields int // where the table and its list of fields (vtable) begin in b
	size       int // bytes of the list of fields
}

// rootTable returns the root table of a buffer with the given identifier.
func rootTable(b []byte, identifier string) (t flatTable, ok bool) {
	if len(b) < 8 || string(b[4:8]) != identifier {
		return t, false
	}
	return tableAt(b, int64(binary.LittleEndian.Uint32(b)))
}

// tableAt returns the table that begins at the byte place of b. A place has 64 bits until it is
// known to lie inside b, as the sum of two may exceed an int of 32 bits.
func tableAt(b []byte, place int64) (t flatTable, ok bool) {
	if place > int64(len(b)-4) {
		return t, false
	}
	at := int(place)
	fields := at - int(int32(binary.LittleEndian.Uint32(b[at:])))
	if fields < 0 || fields > len(b)-4 {
		return t, false
	}
	size := int(binary.LittleEndian.Uint16(b[fields:]))
	return flatTable{b, at, fields, size}, size >= 4 && fields <= len(b)-size
}

// field returns where field i begins, if at least size bytes of b follow. It is false where the
// table lacks the field.
func (t flatTable) field(i, size int) (at int, ok bool) {
	if 4+2*i+2 > t.size {
		return 0, false
	}
	offset := int(binary.LittleEndian.Uint16(t.b[t.fields+4+2*i:]))
	at = t.at + offset
	return at, offset != 0 && at <= len(t.b)-size
}

func (t flatTable) uint32(i int) (uint32, bool) {
	at, ok := t.field(i, 4)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint32(t.b[at:]), true
}

func (t flatTable) uint64(i int) (uint64, bool) {
	at, ok := t.field(i, 8)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint64(t.b[at:]), true
}

// vector returns where the elements of the vector in field i begin and how many there are. Elements
// have size bytes and all lie inside of the buffer. A table without the field has none.
func (t flatTable) vector(i, size int) (begin, n int, ok bool) {
	at, ok := t.field(i, 4)
	if !ok {
		return 0, 0, true
	}
	place := int64(at) + int64(binary.LittleEndian.Uint32(t.b[at:]))
	if place > int64(len(t.b)-4) {
		return 0, 0, false
	}
	many := int64(binary.LittleEndian.Uint32(t.b[place:]))
	begin = int(place) + 4
	return begin, int(many), many <= int64((len(t.b)-begin)/size)
}

// structs returns the bytes of a vector of structs of size bytes.
func (t flatTable) structs(i, size int) (b []byte, ok bool) {
	begin, n, ok := t.vector(i, size)
	if !ok {
		return nil, false
	}
	return t.b[begin : begin+n*size], true
}

// tables yields the tables of a vector, up to one that ends outside of the buffer.
func (t flatTable) tables(i int) iter.Seq[flatTable] {
	return func(yield func(flatTable) bool) {
		begin, n, ok := t.vector(i, 4)
		for at := begin; ok && at < begin+4*n; at += 4 {
			one, inside := tableAt(t.b, int64(at)+int64(binary.LittleEndian.Uint32(t.b[at:])))
			if !inside || !yield(one) {
				return
			}
		}
	}
}

func (t flatTable) string(i int) (string, bool) {
	b, ok := t.structs(i, 1)
	return string(b), ok
}
