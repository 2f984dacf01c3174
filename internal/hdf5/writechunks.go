package hdf5

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
)

// Attributed is a group to be written with attributes, which are texts.
type Attributed struct {
	Group
	Attributes map[string]string
}

func (a Attributed) encode(e *encoder) (int64, error) { return a.encodeWith(e, a.Attributes) }

// Column is a member of a row of Rows: an integer of 2 or 8 bytes that begins at byte Offset of the
// row.
type Column struct {
	Name   string
	Offset int
	Type   Type
}

// Rows is a dataset of structures in chunks. Other programs can append rows to it.
type Rows struct {
	Columns    []Column
	Size       int      // bytes of a row
	N          int      // rows
	PerChunk   int      // rows of a chunk
	Chunks     [][]byte // filtered bytes of each chunk, or its rows; the last chunk is full too
	Filter     uint16   // number of the filter that packed the chunks, or 0
	Attributes map[string]string
}

// FilterECF is the number of Prophesee's event compression among the HDF5 filters.
const FilterECF = 0x8ecf

func (d Rows) encode(e *encoder) (int64, error) {
	if want := (d.N + d.PerChunk - 1) / max(1, d.PerChunk); len(d.Chunks) != want {
		return 0, fmt.Errorf("hdf5: %d chunks of %d rows, want %d of %d", len(d.Chunks), d.N, want,
			d.PerChunk)
	}
	tree := uint64(none64)
	if len(d.Chunks) > 0 {
		tree = e.chunkTree(d.Chunks, d.PerChunk)
	}
	layout := binary.LittleEndian.AppendUint64([]byte{3, 2, 2}, tree)
	layout = binary.LittleEndian.AppendUint32(layout, uint32(d.PerChunk))
	layout = binary.LittleEndian.AppendUint32(layout, uint32(d.Size))
	messages := []message{
		{kind: spaceMessage, data: numbers([]byte{1, 1, 1}, uint64(d.N), math.MaxUint64)},
		{kind: typeMessage, data: numbers(d.rowType())},
		// Chunks take space one by one as they are written, and no fill value is defined.
		{kind: fillMessage, data: []byte{2, 3, 2, 0, 0, 0, 0, 0}},
		{kind: layoutMessage, data: numbers(layout)},
	}
	if d.Filter != 0 {
		const optional = 1
		filter := []byte{1, 1, 0, 0, 0, 0, 0, 0}
		for _, v := range []uint16{d.Filter, 0, optional, 0} {
			filter = binary.LittleEndian.AppendUint16(filter, v)
		}
		messages = append(messages, message{kind: filtersMessage, data: filter})
	}
	return e.headerWith(d.Attributes, messages...), nil
}

// rowType is the type of a row, as datatype decodes it: a compound of version 1.
func (d Rows) rowType() []byte {
	b := []byte{0x16, byte(len(d.Columns)), 0, 0}
	b = binary.LittleEndian.AppendUint32(b, uint32(d.Size))
	for _, c := range d.Columns {
		b = append(b, c.Name...)
		b = append(b, make([]byte, 8-len(c.Name)&7)...)
		b = binary.LittleEndian.AppendUint32(b, uint32(c.Offset))
		b = append(b, make([]byte, 28)...) // the member is no array
		signed := byte(0)
		if c.Type.Kind == Int {
			signed = 8
		}
		b = append(b, 0x10, signed, 0, 0)
		b = binary.LittleEndian.AppendUint32(b, uint32(c.Type.Size))
		b = binary.LittleEndian.AppendUint16(b, 0)
		b = binary.LittleEndian.AppendUint16(b, uint16(8*c.Type.Size))
	}
	return b
}

// chunkLeaves is half the children of a node of chunks, which is 32 in a superblock of version 0.
const chunkLeaves = 32

// chunkTree writes the chunks and the tree that leads to them, as node1 decodes it, and returns the
// address of the tree.
func (e *encoder) chunkTree(chunks [][]byte, rows int) uint64 {
	type child struct {
		size, first uint64 // of the chunk, or of the first one below: bytes, and first row
		at          uint64
	}
	var level []child
	for i, c := range chunks {
		level = append(level, child{uint64(len(c)), uint64(i * rows), uint64(e.here())})
		e.b = append(e.b, c...)
	}
	end := uint64(len(chunks) * rows)
	for height := 0; ; height++ {
		var above []child
		var begins []int
		done := 0
		for part := range slices.Chunk(level, 2*chunkLeaves) {
			done += len(part)
			at := e.here()
			begins = append(begins, int(at))
			above = append(above, child{part[0].size, part[0].first, uint64(at)})
			e.b = append(e.b, 'T', 'R', 'E', 'E', chunkTree, byte(height))
			e.b = binary.LittleEndian.AppendUint16(e.b, uint16(len(part)))
			e.put(none64, none64)
			for _, c := range part {
				e.put(c.size, c.first, 0, c.at) // the upper half of c.size is a mask of filters, 0
			}
			if done < len(level) {
				e.put(0, level[done].first, 0)
			} else {
				e.put(0, end, 0)
			}
			e.b = append(e.b, make([]byte, 32*(2*chunkLeaves-len(part)))...)
		}
		for i, at := range begins { // each node names the nodes beside it
			for side, other := range []int{i - 1, i + 1} {
				if other >= 0 && other < len(begins) {
					binary.LittleEndian.PutUint64(e.b[at+8+8*side:], uint64(begins[other]))
				}
			}
		}
		if level = above; len(level) == 1 {
			return level[0].at
		}
	}
}

// headerWith writes an object header of messages and of attributes, which are single texts:
//
//	version 1, 0, bytes of name, type and space 2 each, name, type, space, value
func (e *encoder) headerWith(attributes map[string]string, messages ...message) int64 {
	if int(e.number)+len(attributes) > math.MaxUint16 {
		e.flushTexts()
	}
	var places []int // positions of the values' references, behind the header's own 16 bytes
	size := 0
	for _, m := range messages {
		size += 8 + len(m.data)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		data := []byte{1, 0}
		for _, v := range []int{len(name) + 1, len(textType), 8} {
			data = binary.LittleEndian.AppendUint16(data, uint16(v))
		}
		data = append(append(data, name...), make([]byte, 8-len(name)&7)...)
		data = numbers(append(data, textType...))
		data = append(data, 1, 0, 0, 0, 0, 0, 0, 0) // a single value
		places = append(places, size+8+len(data)+4)
		data = append(data, e.text(attributes[name])...)
		messages = append(messages, message{kind: attributeMessage, data: data})
		size += 8 + len(data)
	}
	at := e.header(messages...)
	for _, place := range places {
		e.wanted = append(e.wanted, int(at)+16+place)
	}
	return at
}
