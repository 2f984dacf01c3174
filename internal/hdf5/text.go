package hdf5

import (
	"bytes"
	"fmt"
)

// texts reads texts of any length, which are stored in global heaps:
//
//	"GCOL", version 1, 3, size, and objects: number 2, references 2, 4, size, data, filled up
//	        to a multiple of 8 bytes
//
// The last object has the number 0 and is the free rest of the heap.
type texts struct {
	f     *File
	heaps map[int64]map[uint64][]byte // objects by the address of their heap and their number
	// left is the number of bytes of heaps that may still be read, so that a file cannot make more
	// of them than it has room for.
	left int64
}

func newTexts(f *File) *texts { return &texts{f, map[int64]map[uint64][]byte{}, f.size} }

// at reads the text that b refers to: length 4, address of the heap, number of the object 4. The
// text ends before its first zero byte.
func (t *texts) at(b []byte) (string, error) {
	c := fields{b: b, f: t.f}
	length, at, number := int(c.uint(4)), c.address(), c.uint(4)
	if length == 0 {
		return "", nil
	}
	heap, ok := t.heaps[at]
	if !ok {
		var err error
		if heap, err = t.heap(at); err != nil {
			return "", err
		}
		t.heaps[at] = heap
	}
	text, ok := heap[number]
	if !ok || length > len(text) {
		return "", &Error{at, fmt.Sprintf("text %d in this heap", number), "none"}
	}
	text, _, _ = bytes.Cut(text[:length], []byte{0})
	return string(text), nil
}

// heap reads the objects of the heap at an address.
func (t *texts) heap(at int64) (map[uint64][]byte, error) {
	const what = "a heap of texts"
	head := int64(8 + t.f.lengths)
	b, err := t.f.read(at, head, what)
	if err != nil {
		return nil, err
	}
	c := fields{b: b, f: t.f}
	c.signed("GCOL", 1)
	c.bytes(3)
	size := c.length()
	if err := c.wrong(at, what); err != nil {
		return nil, err
	}
	if t.left -= size; t.left < 0 {
		return nil, circle(at)
	}
	if b, err = t.f.read(at+head, size-head, what); err != nil {
		return nil, err
	}
	c = fields{b: b, f: t.f}
	objects := map[uint64][]byte{}
	for {
		number := c.uint(2)
		c.bytes(6)
		size := c.length()
		if number == 0 || c.short {
			return objects, nil
		}
		text := c.bytes(int(min(size, mostMetadata)))
		c.bytes(int(-size & 7))
		if _, twice := objects[number]; !twice && text != nil {
			objects[number] = text
		}
	}
}
