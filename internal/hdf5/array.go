package hdf5

import (
	"fmt"
	"math/bits"
)

// array is the common part of the fixed and the extensible array: two chunk indexes that list the
// places of chunks in row-major order.
type array struct {
	f        *File
	header   int64
	room     grid
	filtered bool

	element int64 // size of an element in bytes
	page    int64 // elements of a page; larger blocks are cut into pages with a checksum each
	pages   checked
	block   checked
}

// checked caches the block of metadata that was read last, without its checksum.
type checked struct {
	at int64
	b  []byte
}

// read reads the block of the given size at the given address. The block begins with the signature
// and ends with its checksum.
func (k *checked) read(f *File, at, size int64, signature string) ([]byte, error) {
	if k.b != nil && k.at == at && int64(len(k.b)) == size-4 {
		return k.b, nil
	}
	const what = "a block of a chunk index"
	b, err := f.read(at, size, what)
	if err != nil {
		return nil, err
	}
	c := fields{b: b, f: f}
	if signature != "" {
		c.signed(signature, 0)
	}
	c.bytes(len(c.rest()) - 4)
	c.checksum(b)
	if err := c.wrong(at, what); err != nil {
		return nil, err
	}
	k.at, k.b = at, b[:size-4]
	return k.b, nil
}

// place decodes element i of the elements at the beginning of b.
func (a *array) place(b []byte, i int64) (place, error) {
	c := fields{b: b, f: a.f}
	c.bytes(int(i * a.element))
	p := c.place(a.filtered, int(a.element))
	return p, c.wrong(a.header, "elements of a chunk index")
}

// paged returns element i of the block of n elements at the given address, whose head takes the
// given number of bytes. A block of more than one page of elements keeps them in pages behind its
// checksum, any other block keeps them before its checksum. written says whether a page was ever
// written.
func (a *array) paged(at, head, i, n int64, signature string,
	written func(page int64) (bool, error)) (place, error) {

	if n <= a.page {
		b, err := a.block.read(a.f, at, head+n*a.element+4, signature)
		if err != nil {
			return place{}, err
		}
		return a.place(b[head:], i)
	}
	page := i / a.page
	if ok, err := written(page); err != nil || !ok {
		return place{at: undefined}, err
	}
	n = min(a.page, n-page*a.page)
	b, err := a.pages.read(a.f, at+head+4+page*(a.page*a.element+4), n*a.element+4, "")
	if err != nil {
		return place{}, err
	}
	return a.place(b, i%a.page)
}

// bit returns bit i of b, counting from the highest bit of the first byte.
func bit(b []byte, i int64) bool { return i/8 < int64(len(b)) && b[i/8]<<(i%8)&0x80 != 0 }

// pageBits checks v, the base-2 logarithm of the number of elements of a page, and the size of an
// element in bytes.
func (a *array) pageBits(v uint64, element uint64) error {
	least := uint64(a.f.offsets)
	if a.filtered {
		least += 5
	}
	if v > 20 || element < least {
		return &Error{a.header, "a chunk index of pages of at most 2^20 places",
			fmt.Sprintf("2^%d of %d bytes", v, element)}
	}
	a.page, a.element = 1<<v, int64(element)
	return nil
}

// fixedArray is the chunk index of a dataset that cannot grow:
//
//	"FAHD", version 1, filtered 1, bytes of an element 1, bits of a page 1, elements, block,
//	        checksum 4
//	"FADB", version 1, filtered 1, header, elements, checksum 4;
//	        or a bit a page, checksum 4, and pages: elements, checksum 4
type fixedArray struct {
	array
	n, at int64
	bits  checked
}

func (x *fixedArray) chunk(at []int64) (place, error) {
	if x.element == 0 {
		b, err := new(checked).read(x.f, x.header, int64(12+x.f.lengths+x.f.offsets), "FAHD")
		if err != nil {
			return place{}, err
		}
		c := fields{b: b, f: x.f}
		c.bytes(6)
		element, page := c.uint(1), c.uint(1)
		x.n, x.at = c.length(), c.address()
		if err := x.pageBits(page, element); err != nil {
			return place{}, err
		}
	}
	i := x.room.number(at)
	if i >= x.n || i < 0 || x.at == undefined {
		return place{at: undefined}, nil
	}
	head := int64(6 + x.f.offsets)
	if x.n <= x.page {
		return x.paged(x.at, head, i, x.n, "FADB", nil)
	}
	flags := ((x.n+x.page-1)/x.page + 7) / 8
	return x.paged(x.at, head+flags, i, x.n, "FADB", func(page int64) (bool, error) {
		b, err := x.bits.read(x.f, x.at, head+flags+4, "FADB")
		if err != nil {
			return false, err
		}
		return bit(b[head:], page), nil
	})
}

// extensibleArray is the chunk index of a dataset that can grow in one dimension. The first
// elements are in the index block, the others in data blocks. Data blocks are grouped into "super
// blocks": super block u has 2^(u/2) data blocks of 2^((u+1)/2) times the least number of elements,
// both exponents rounded down. The index block names the data blocks of the first super blocks,
// secondary blocks name those of the others:
//
//	"EAHD", version 1, filtered 1, bytes of an element 1, bits of a number 1,
//	        elements of the index block 1, least of a data block 1,
//	        least data blocks of a secondary block 1, bits of a page 1, 6 sizes and numbers,
//	        index block, checksum 4
//	"EAIB", version 1, filtered 1, header, elements, data blocks, secondary blocks, checksum 4
//	"EASB", version 1, filtered 1, header, number of its first element, [a bit a page],
//	        data blocks, checksum 4
//	"EADB", version 1, filtered 1, header, number of its first element, elements, checksum 4;
//	        or checksum 4, and pages: elements, checksum 4
type extensibleArray struct {
	array
	number           int64 // bytes of an element's number
	inIndex          int64 // elements of the index block
	least            int64 // elements of the first data blocks
	blocks           int64 // data blocks that the index block names
	direct, supers   int64 // super blocks: those that the index block covers, and all
	at               int64 // address of the index block
	first, secondary checked
}

func (x *extensibleArray) open() error {
	b, err := new(checked).read(x.f, x.header, int64(16+6*x.f.lengths+x.f.offsets), "EAHD")
	if err != nil {
		return err
	}
	c := fields{b: b, f: x.f}
	c.bytes(6)
	element, number := c.uint(1), c.uint(1)
	x.inIndex, x.least = int64(c.uint(1)), int64(c.uint(1))
	pointers, page := int64(c.uint(1)), c.uint(1)
	c.bytes(6 * x.f.lengths)
	x.at = c.address()
	if x.least == 0 || x.least&(x.least-1) != 0 || pointers == 0 || pointers&(pointers-1) != 0 ||
		number > 64 || number < 8 {

		return &Error{x.header, "a chunk index of blocks whose sizes are powers of 2",
			fmt.Sprintf("%d and %d", x.least, pointers)}
	}
	x.number = int64(number+7) / 8
	x.blocks = 2 * (pointers - 1)
	x.direct = 2 * log2(pointers)
	x.supers = 1 + int64(number) - log2(x.least)
	return x.pageBits(page, element)
}

func log2(v int64) int64 { return int64(bits.Len64(uint64(v))) - 1 }

func (x *extensibleArray) chunk(where []int64) (place, error) {
	if x.element == 0 {
		if err := x.open(); err != nil {
			return place{}, err
		}
	}
	if x.at == undefined {
		return place{at: undefined}, nil
	}
	head := int64(6 + x.f.offsets)
	address := int64(x.f.offsets)
	b, err := x.first.read(x.f, x.at, head+x.inIndex*x.element+
		(x.blocks+max(x.supers-x.direct, 0))*address+4, "EAIB")
	if err != nil {
		return place{}, err
	}
	i := x.room.number(where)
	if i < x.inIndex {
		return x.place(b[head:], i)
	}
	i -= x.inIndex
	super := log2(i/x.least + 1)
	if super >= x.supers {
		return place{at: undefined}, nil
	}
	i -= x.least * (1<<super - 1)
	blocks, elements := int64(1)<<(super/2), x.least<<((super+1)/2)
	block := i / elements
	i %= elements
	c := fields{b: b[head+x.inIndex*x.element:], f: x.f}
	if super < x.direct {
		c.bytes(int((2<<(super/2) - 2 + super%2*blocks + block) * address))
		at := c.address()
		if at == undefined {
			return place{at: undefined}, nil
		}
		return x.paged(at, head+x.number, i, elements, "EADB",
			func(int64) (bool, error) { return true, nil })
	}
	c.bytes(int((x.blocks + super - x.direct) * address))
	at := c.address()
	if at == undefined {
		return place{at: undefined}, nil
	}
	flags := int64(0)
	if elements > x.page {
		flags = blocks * ((elements/x.page + 7) / 8)
	}
	if b, err = x.secondary.read(x.f, at, head+x.number+flags+blocks*address+4,
		"EASB"); err != nil {
		return place{}, err
	}
	c = fields{b: b[head+x.number+flags:], f: x.f}
	c.bytes(int(block * address))
	if at = c.address(); at == undefined {
		return place{at: undefined}, nil
	}
	return x.paged(at, head+x.number, i, elements, "EADB", func(page int64) (bool, error) {
		return bit(b[head+x.number:][:flags], block*(elements/x.page)+page), nil
	})
}
