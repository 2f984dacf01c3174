package hdf5

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"sort"
)

// index finds the chunks of a dataset in the file.
type index interface {
	// chunk returns where the chunk lies whose place among the chunks is at.
	chunk(at []int64) (place, error)
}

// place says where in the file a chunk lies.
type place struct {
	// at is undefined for a chunk that was never written. size is the size of the stored bytes if
	// the chunk is filtered.
	at, size int64
	skipped  uint32 // the filters that were not applied; the first filter is bit 0
}

// place takes a place off the block: the address and, for filtered chunks, the size and a mask of
// filters 4. The place has size bytes.
func (c *fields) place(filtered bool, size int) place {
	p := place{at: c.address()}
	if filtered {
		p.size = int64(min(c.uint(size-c.f.offsets-4), mostFile))
		p.skipped = uint32(c.uint(4))
	}
	return p
}

// newIndex decodes the part of a layout of version 4 that describes the chunk index. most is the
// largest size that each dimension may grow to.
func (d *Dataset) newIndex(c *fields, at int64, sized bool, most []int64) error {
	kind := c.uint(1)
	room, across := grid{1}, int64(1)
	for i := 1; i < len(d.chunk); i++ {
		room = append(room, (max(most[i], d.Shape[i])+d.chunk[i]-1)/d.chunk[i])
		across *= min(room[i], mostRow+1)
		if kind != 5 && (most[i] < 0 || most[i] > mostRow || across > mostRow) {
			return &Error{at, "a chunk index that grows by rows of at most 1 MiB",
				"one that grows otherwise"}
		}
	}
	if kind < 1 || kind > 5 {
		return &Error{at, "a chunk index of kind 1 to 5", fmt.Sprint(kind)}
	}
	var p one
	if kind == 1 && sized { // as it is filtered
		p.size, p.skipped = c.length(), uint32(c.uint(4))
	}
	c.bytes([]int{0, 0, 1, 5, 6}[kind-1])
	p.at = c.address()
	filtered := len(d.filters) > 0
	a := array{f: d.f, header: p.at, room: room, filtered: filtered}
	switch {
	case kind == 1 || p.at == undefined:
		d.index = p
	case kind == 2:
		d.index = implicit{p.at, d.chunkSize(), room}
	case kind == 3:
		d.index = &fixedArray{array: a}
	case kind == 4:
		d.index = &extensibleArray{array: a}
	case kind == 5:
		d.index = &tree2Index{f: d.f, header: p.at, filtered: filtered, dimensions: len(d.chunk)}
	}
	return nil
}

// grid is the number of chunks that there is room for in each dimension but the first.
type grid []int64

// number is the row-major number of the chunk at a place among the chunks.
func (g grid) number(at []int64) (n int64) {
	for i, a := range at {
		n = n*g[i] + a
	}
	return n
}

// one is the index of a dataset of a single chunk.
type one place

func (p one) chunk(at []int64) (place, error) {
	for _, a := range at {
		if a != 0 {
			return place{at: undefined}, nil
		}
	}
	return place(p), nil
}

// implicit is the index of unfiltered chunks that lie one after the other in row-major order.
type implicit struct {
	at, size int64
	room     grid
}

func (x implicit) chunk(at []int64) (place, error) {
	return place{at: x.at + x.room.number(at)*x.size}, nil
}

// tree1Index is a B-tree of version 1. A key is the size 4 and the mask of filters 4 of a chunk,
// and the indexes of its first element 8 in each dimension and in one more.
type tree1Index struct {
	f     *File
	root  int64
	shape []int64 // shape of a chunk
	leaf  node1   // the leaf that the last chunk was found in
}

func (x *tree1Index) chunk(number []int64) (place, error) {
	var first [mostDimensions]int64 // indexes of the first element
	want := first[:len(x.shape)]
	for i, p := range number {
		want[i] = p * x.shape[i]
	}
	if x.root == undefined {
		return place{at: undefined}, nil
	}
	if p, ok := x.in(x.leaf, want); ok {
		return p, nil
	}
	at, level := x.root, -1
	for {
		n, err := x.f.node1(at, chunkTree, level, int64(8*len(x.shape)+16))
		if err != nil {
			return place{}, err
		}
		if n.level == 0 {
			x.leaf = n
			p, ok := x.in(n, want)
			if !ok {
				p.at = undefined
			}
			return p, nil
		}
		i := x.before(n, want)
		if i < 0 {
			return place{at: undefined}, nil
		}
		at, level = n.child(i), n.level-1
	}
}

// before returns the last entry of a node that does not come after a chunk, or -1 if there is none.
func (x *tree1Index) before(n node1, want []int64) int {
	return sort.Search(n.len(), func(i int) bool { return x.compare(n, i, want) < 0 }) - 1
}

// compare returns a negative number if a chunk comes before entry i, a positive one if it comes
// after it.
func (x *tree1Index) compare(n node1, i int, want []int64) int {
	return compareAt(n.key(i)[8:], want)
}

// in looks a chunk up in a leaf.
func (x *tree1Index) in(n node1, want []int64) (p place, ok bool) {
	if n.f == nil {
		return p, false
	}
	i := x.before(n, want)
	if i < 0 || x.compare(n, i, want) != 0 {
		return p, false
	}
	c := fields{b: n.key(i), f: x.f}
	return place{size: int64(c.uint(4)), skipped: uint32(c.uint(4)), at: n.child(i)}, true
}

// compareAt compares the numbers of want with the numbers in b, of 8 bytes each.
func compareAt(b []byte, want []int64) int {
	for i, v := range want {
		if order := cmp.Compare(uint64(v), binary.LittleEndian.Uint64(b[8*i:])); order != 0 {
			return order
		}
	}
	return 0
}

// tree2Index is a B-tree of version 2. A record is the address of a chunk, for filtered chunks its
// size and its mask of filters 4, and its place among the chunks, 8 for each dimension.
type tree2Index struct {
	f          *File
	header     int64
	filtered   bool
	dimensions int
	tree       *btree2
}

func (x *tree2Index) chunk(at []int64) (p place, err error) {
	p.at = undefined
	if x.tree == nil {
		kind := uint64(10)
		if x.filtered {
			kind = 11
		}
		t, err := x.f.btree2(x.header, kind)
		if err != nil {
			return p, err
		}
		if least := int64(x.f.offsets + 8*x.dimensions); t.record < least ||
			x.filtered && t.record < least+5 {

			return p, &Error{x.header, "records that say where a chunk is",
				fmt.Sprintf("%d bytes", t.record)}
		}
		x.tree = t
	}
	coordinates := int(x.tree.record) - 8*x.dimensions
	err = x.tree.find(func(record []byte) int {
		return compareAt(record[coordinates:], at)
	}, func(record []byte) error {
		p = (&fields{b: record, f: x.f}).place(x.filtered, coordinates)
		return nil
	})
	return p, err
}
