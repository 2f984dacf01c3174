package hdf5

import (
	"fmt"
	"math/bits"
)

// heap is a fractal heap. It stores the links or attributes of an object that has too many of them
// for its object header:
//
//	"FRHP", version 1, bytes of an identifier 2, of the filters 2, flags 1, largest object 4,
//	        next, huge, free, free, 4 sizes and numbers of objects, 4 of huge and tiny ones,
//	        width of the table 2, first block, largest direct block, bits of a position 2, 2,
//	        root, its rows 2, checksum 4
//
// Objects are in direct blocks. The blocks of a row of the table are twice as large as those of the
// row before; the first two rows have blocks of equal size. A root of more than one block is a
// table of blocks. Rows whose blocks would be larger than the largest direct block hold further
// tables instead.
type heap struct {
	f             *File
	identifier    int
	width         int64 // of the table
	first, direct int64 // bytes of the first and of the largest direct blocks
	position      int   // bytes of a position
	length        int   // bytes of a length
	root          int64
	rows          int64 // rows of the root if that is a table, else 0
}

func (f *File) heap(at int64) (*heap, error) {
	const what = "a heap of objects"
	b, err := f.read(at, int64(26+3*f.offsets+12*f.lengths), what)
	if err != nil {
		return nil, err
	}
	c := fields{b: b, f: f}
	c.signed("FRHP", 0)
	h := &heap{f: f, identifier: int(c.uint(2))}
	filters := c.uint(2)
	c.uint(1)
	largest := c.uint(4)
	c.bytes(2*f.offsets + 10*f.lengths)
	h.width, h.first, h.direct = int64(c.uint(2)), c.length(), c.length()
	position := c.uint(2)
	c.uint(2)
	h.root, h.rows = c.address(), int64(c.uint(2))
	if c.short {
		return nil, c.wrong(at, what)
	}
	if filters != 0 {
		return nil, &Error{at, what + " without filters", "one with filters, which is not read"}
	}
	c.checksum(b)
	if err := c.wrong(at, what); err != nil {
		return nil, err
	}
	if h.width == 0 || h.first == 0 || h.first&(h.first-1) != 0 || h.width&(h.width-1) != 0 ||
		h.direct < h.first || h.direct > mostMetadata || position > 62 || position == 0 {

		return nil, &Error{at, what + " of blocks whose sizes are powers of 2",
			fmt.Sprintf("%d of %d bytes", h.width, h.first)}
	}
	h.position = int(position+7) / 8
	h.length = enough(min(uint64(h.direct), largest))
	return h, nil
}

// object reads the object of an identifier: flags 1, position, length.
func (h *heap) object(identifier []byte, at int64) ([]byte, int64, error) {
	c := fields{b: identifier, f: h.f}
	flags := c.uint(1)
	position, length := int64(c.uint(h.position)), int64(c.uint(h.length))
	if err := c.wrong(at, "an identifier of an object in a heap"); err != nil {
		return nil, 0, err
	}
	if flags>>4 != 0 {
		return nil, 0, &Error{at, "objects that lie in the blocks of their heap",
			"a huge or a tiny one, which is not read"}
	}
	to, start, size := h.root, int64(0), h.first
	if h.rows > 0 {
		var err error
		if to, start, size, err = h.block(h.root, h.rows, position, mostDepth); err != nil {
			return nil, 0, err
		}
	}
	if length > size-(position-start) || position < start {
		return nil, 0, &Error{at, "an object inside of its block",
			fmt.Sprintf("%d bytes at %d", length, position)}
	}
	if to == undefined {
		return nil, 0, &Error{at, "an object in a block of its heap", "no block"}
	}
	b, err := h.f.read(to+position-start, length, "an object in a heap")
	return b, to + position - start, err
}

// block finds the direct block that holds a position of the heap, below a table of the given number
// of rows. It returns the address of the block, the position at which it begins, and its size.
func (h *heap) block(at, rows, position int64, depth int) (to, start, size int64, err error) {
	const what = "a table of blocks"
	row, size := int64(0), h.first
	if position >= h.width*h.first {
		row = int64(bits.Len64(uint64(position / (h.width * h.first))))
		size <<= row - 1
		start = h.width * size
	}
	column := (position - start) / size
	start += column * size
	direct := min(rows, int64(bits.Len64(uint64(h.direct/h.first)))+1)
	if row >= rows || depth == 0 || rows > 64 {
		return 0, 0, 0, &Error{at, what + " that has the position of an object",
			fmt.Sprintf("%d", position)}
	}
	n := int64(9+h.f.offsets+h.position) + rows*h.width*int64(h.f.offsets)
	b, err := h.f.read(at, n, what)
	if err != nil {
		return 0, 0, 0, err
	}
	c := fields{b: b, f: h.f}
	c.signed("FHIB", 0)
	c.bytes(h.f.offsets + h.position)
	c.bytes(int(row*h.width+column) * h.f.offsets)
	to = c.address()
	c.bytes(len(c.rest()) - 4)
	c.checksum(b)
	if err := c.wrong(at, what); err != nil {
		return 0, 0, 0, err
	}
	if row < direct {
		return to, start, size, nil
	}
	inner := int64(bits.Len64(uint64(size / (h.first * h.width))))
	to, below, size, err := h.block(to, inner, position-start, depth-1)
	return to, start + below, size, err
}

// inHeap calls each with the objects of a heap. Their identifiers stand in the records of a tree,
// behind skip bytes of each record.
func (f *File) inHeap(heapAt, treeAt int64, kind uint64, skip int,
	each func(object []byte, at int64) error) error {

	h, err := f.heap(heapAt)
	if err != nil {
		return err
	}
	t, err := f.btree2(treeAt, kind)
	if err != nil {
		return err
	}
	if int64(skip+h.identifier) > t.record {
		return &Error{treeAt, "records that have an identifier", fmt.Sprintf("%d bytes", t.record)}
	}
	return t.find(all, func(record []byte) error {
		object, at, err := h.object(record[skip:skip+h.identifier], treeAt)
		if err != nil {
			return err
		}
		return each(object, at)
	})
}
