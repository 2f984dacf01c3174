package hdf5

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
)

// Group is a group to be written: the objects in it by their names.
type Group map[string]Part

// Part is an object to be written: a Group, an Attributed group, or an array of Floats, Ints, Texts
// or Rows.
type Part interface {
	// encode writes the part and returns the address of its object header.
	encode(e *encoder) (int64, error)
}

// Floats is an array of IEEE floats of 4 bytes. Without a shape it is a single value.
type Floats struct {
	Shape  []int
	Values []float32 // row-major
}

// Ints is an array of integers of 8 bytes. Without a shape it is a single value.
type Ints struct {
	Shape  []int
	Values []int64 // row-major
}

// Texts is an array of texts of any length in UTF-8. Without a shape it is a single text.
type Texts struct {
	Shape  []int
	Values []string // row-major
}

// Encode returns the bytes of a file with the given root group, which may be Attributed. It uses
// the oldest format, which every HDF5 reader knows and the HDF Group's library writes by default:
// superblock 0, groups as trees of symbols, object headers of version 1, contiguous data. Names are
// sorted, so that the same content gives the same bytes.
func Encode(root Part) ([]byte, error) {
	e := &encoder{b: make([]byte, superblockSize), leaves: 4, children: 16}
	e.room(Group{"": root})
	at, err := root.encode(e)
	if err != nil {
		return nil, err
	}
	e.flushTexts()
	e.align()
	e.superblock(at)
	return e.b, nil
}

const superblockSize = 96

// none64 is the stored form of the address undefined.
const none64 = math.MaxUint64

// encoder holds a file under construction. Addresses are positions in b.
type encoder struct {
	b []byte
	// leaves is half the symbols of a node of symbols, children half the children of a node of a
	// tree.
	leaves, children uint64

	// texts is the heap of texts that is to be written next, and wanted lists the positions in b
	// that are to receive its address.
	texts  []byte
	number uint16 // number of the last text in the heap
	wanted []int
}

func (e *encoder) align() { e.b = append(e.b, make([]byte, -len(e.b)&7)...) }

// here returns the address of the next bytes, which is aligned.
func (e *encoder) here() int64 {
	e.align()
	return int64(len(e.b))
}

// put appends little-endian numbers of 8 bytes.
func (e *encoder) put(values ...uint64) {
	for _, v := range values {
		e.b = binary.LittleEndian.AppendUint64(e.b, v)
	}
}

// room makes the nodes of trees large enough that a tree of one node holds any of the groups.
func (e *encoder) room(g Group) {
	nodes := (uint64(len(g)) + 2*e.leaves - 1) / (2 * e.leaves)
	e.children = max(e.children, (nodes+1)/2)
	for _, p := range g {
		if with, ok := p.(Attributed); ok {
			p = with.Group
		}
		if below, ok := p.(Group); ok {
			e.room(below)
		}
	}
}

// superblock fills in the superblock that Open reads.
func (e *encoder) superblock(root int64) {
	head := append([]byte(Signature), 0, 0, 0, 0, 0, 8, 8, 0)
	head = binary.LittleEndian.AppendUint16(head, uint16(e.leaves))
	head = binary.LittleEndian.AppendUint16(head, uint16(e.children))
	head = append(head, 0, 0, 0, 0)
	for _, v := range []uint64{0, none64, uint64(len(e.b)), none64, 0, uint64(root), 0, 0, 0} {
		head = binary.LittleEndian.AppendUint64(head, v)
	}
	copy(e.b, head)
}

// header writes an object header of the given messages, whose data are multiples of 8 bytes long.
// It returns the address.
func (e *encoder) header(messages ...message) int64 {
	at, size := e.here(), 0
	for _, m := range messages {
		size += 8 + len(m.data)
	}
	e.b = append(e.b, 1, 0, byte(len(messages)), 0)
	e.b = binary.LittleEndian.AppendUint32(e.b, 1) // number of links to the object
	e.b = binary.LittleEndian.AppendUint32(e.b, uint32(size))
	e.align()
	for _, m := range messages {
		e.b = append(e.b, byte(m.kind), 0, byte(len(m.data)), byte(len(m.data)>>8), 0, 0, 0, 0)
		e.b = append(e.b, m.data...)
	}
	return at
}

// numbers returns the data of a message: head, padded to a multiple of 8 bytes, and numbers of 8
// bytes.
func numbers(head []byte, values ...uint64) []byte {
	head = append(head, make([]byte, -len(head)&7)...)
	for _, v := range values {
		head = binary.LittleEndian.AppendUint64(head, v)
	}
	return head
}

// encode writes the objects of the group, then their names as a heap, the nodes of symbols, and the
// tree of one node above these, all as symbolTable reads them.
func (g Group) encode(e *encoder) (int64, error) { return g.encodeWith(e, nil) }

// encodeWith is encode for a group with attributes.
func (g Group) encodeWith(e *encoder, attributes map[string]string) (int64, error) {
	names := slices.Sorted(maps.Keys(g))
	heap := make([]byte, 8) // begins with the empty name, which sorts before all others
	type symbol struct{ name, object uint64 }
	symbols := make([]symbol, len(names))
	for i, name := range names {
		if name == "" || slices.Contains([]byte(name), 0) || slices.Contains([]byte(name), '/') {
			return 0, fmt.Errorf("hdf5: name %q, want one without / and zero bytes", name)
		}
		at, err := g[name].encode(e)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		symbols[i] = symbol{uint64(len(heap)), uint64(at)}
		heap = append(append(heap, name...), 0)
		heap = append(heap, make([]byte, -len(heap)&7)...)
	}
	keys, nodes := []uint64{0}, []uint64{}
	for part := range slices.Chunk(symbols, int(2*e.leaves)) {
		nodes = append(nodes, uint64(e.here()))
		keys = append(keys, part[len(part)-1].name)
		e.b = append(e.b, "SNOD\x01\x00"...)
		e.b = binary.LittleEndian.AppendUint16(e.b, uint16(len(part)))
		for _, s := range part {
			e.put(s.name, s.object, 0, 0, 0)
		}
		e.b = append(e.b, make([]byte, 40*(int(2*e.leaves)-len(part)))...)
	}
	tree := uint64(e.here())
	e.b = append(e.b, 'T', 'R', 'E', 'E', symbolTree, 0)
	e.b = binary.LittleEndian.AppendUint16(e.b, uint16(len(nodes)))
	e.put(none64, none64, keys[0])
	for i, at := range nodes {
		e.put(at, keys[i+1])
	}
	e.b = append(e.b, make([]byte, 16*(int(2*e.children)-len(nodes)))...)

	const full = 1 // the heap has no free space
	list := uint64(e.here())
	e.b = append(e.b, "HEAP\x00\x00\x00\x00"...)
	e.put(uint64(len(heap)), full, list+32)
	e.b = append(e.b, heap...)
	table := message{kind: symbolTableMessage, data: numbers(nil, tree, list)}
	return e.headerWith(attributes, table), nil
}

// dataset writes data of the given type and shape, whose elements have size bytes each. It returns
// the address.
func (e *encoder) dataset(kind []byte, shape []int, size int, data []byte) (int64, error) {
	n := 1
	dims := make([]uint64, len(shape))
	for i, d := range shape {
		dims[i] = uint64(d)
		n *= d
	}
	if n*size != len(data) || n == 0 {
		return 0, fmt.Errorf("hdf5: %d values of shape %v", len(data)/size, shape)
	}
	at := uint64(e.here())
	e.b = append(e.b, data...)
	layout := binary.LittleEndian.AppendUint64([]byte{3, 1}, at)
	layout = binary.LittleEndian.AppendUint64(layout, uint64(len(data)))
	return e.header(
		message{kind: spaceMessage, data: numbers([]byte{1, byte(len(shape))}, dims...)},
		message{kind: typeMessage, data: numbers(kind)},
		message{kind: fillMessage, data: []byte{2, 2, 2, 0, 0, 0, 0, 0}}, // no fill value
		message{kind: layoutMessage, data: numbers(layout)},
	), nil
}

// These are the types as datatype decodes them.
var (
	float32Type = append([]byte("\x11\x20\x1f\x00\x04\x00\x00\x00"), ieee[4]...)
	int64Type   = []byte("\x10\x08\x00\x00\x08\x00\x00\x00\x00\x00\x40\x00")
	textType    = []byte("\x19\x01\x01\x00\x10\x00\x00\x00" +
		"\x10\x00\x00\x00\x01\x00\x00\x00\x00\x00\x08\x00")
)

func (a Floats) encode(e *encoder) (int64, error) {
	data := make([]byte, 0, 4*len(a.Values))
	for _, v := range a.Values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return e.dataset(float32Type, a.Shape, 4, data)
}

func (a Ints) encode(e *encoder) (int64, error) {
	data := make([]byte, 0, 8*len(a.Values))
	for _, v := range a.Values {
		data = binary.LittleEndian.AppendUint64(data, uint64(v))
	}
	return e.dataset(int64Type, a.Shape, 8, data)
}

// encode writes references to the texts, as texts.at reads them, and adds the texts to the heap
// that is to be written next.
func (a Texts) encode(e *encoder) (int64, error) {
	if len(a.Values) > math.MaxUint16 {
		return 0, fmt.Errorf("hdf5: %d texts in an array, want at most %d", len(a.Values),
			math.MaxUint16)
	}
	if int(e.number)+len(a.Values) > math.MaxUint16 || len(e.texts) > 1<<20 {
		e.flushTexts()
	}
	var data []byte
	begin := int(e.here())
	for _, s := range a.Values {
		if s == "" {
			data = append(data, make([]byte, 16)...)
			continue
		}
		e.wanted = append(e.wanted, begin+len(data)+4)
		data = append(data, e.text(s)...)
	}
	return e.dataset(textType, a.Shape, 16, data)
}

// text adds a text to the heap that is to be written next. It returns the reference to the text:
// its length 4, 8 bytes for the address of the heap, which is filled in when the heap is written,
// and its number in the heap 4.
func (e *encoder) text(s string) []byte {
	e.number++
	e.texts = binary.LittleEndian.AppendUint16(e.texts, e.number)
	e.texts = append(e.texts, 1, 0, 0, 0, 0, 0)
	e.texts = binary.LittleEndian.AppendUint64(e.texts, uint64(len(s)))
	e.texts = append(append(e.texts, s...), make([]byte, -len(s)&7)...)

	data := binary.LittleEndian.AppendUint32(nil, uint32(len(s)))
	data = append(data, make([]byte, 8)...)
	return binary.LittleEndian.AppendUint32(data, uint32(e.number))
}

// flushTexts writes the heap of texts. A heap has at least 4096 bytes, the least that the HDF
// Group's library accepts; the free rest of it is object 0.
func (e *encoder) flushTexts() {
	if e.number == 0 {
		return
	}
	at, size := uint64(e.here()), max(16+len(e.texts), 4096)
	e.b = append(e.b, "GCOL\x01\x00\x00\x00"...)
	e.put(uint64(size))
	e.b = append(e.b, e.texts...)
	if free := size - 16 - len(e.texts); free >= 16 {
		e.put(0, uint64(free))
		e.b = append(e.b, make([]byte, free-16)...)
	} else {
		e.b = append(e.b, make([]byte, free)...)
	}
	for _, place := range e.wanted {
		binary.LittleEndian.PutUint64(e.b[place:], at)
	}
	e.texts, e.number, e.wanted = nil, 0, nil
}
