package snn

import (
	"slices"
	"unsafe"

	"ssnn/internal/pages"
)

// arena hands out pieces of one block of memory, always the lowest free one. A step of training
// takes the outputs of its convolutions in order and gives them back in reverse. The gradients of
// the early layers, which are the largest, therefore use the memory in which the outputs of the
// late layers were. Memory of the block that was never handed out is never touched and costs
// nothing.
type arena struct {
	block *pages.Block
	free  []span      // free spans of the block, in order, none touching the next
	other [][]float32 // free pieces of memory beside the block, for pieces that did not fit it
}

// span is the elements from to to-1 of the block.
type span struct{ from, to int }

// grain is the number of elements that pieces are rounded up to: a page of 4 KiB.
const grain = 1024

// reserve makes room for n elements if the block is smaller. No piece may be taken at that time.
func (a *arena) reserve(n int) {
	if n <= len(a.memory()) {
		return
	}
	a.release()
	a.block, a.other = pages.New(n), nil
	a.free = append(a.free[:0], span{0, n})
}

// release gives the block back to the system. No piece may be taken at that time.
func (a *arena) release() {
	if a.block != nil {
		a.block.Free()
	}
	a.block, a.free = nil, a.free[:0]
}

// memory is the block's elements, or nil without a block.
func (a *arena) memory() []float32 {
	if a.block == nil {
		return nil
	}
	return a.block.Floats
}

// take returns n elements. Their contents are undefined.
func (a *arena) take(n int) []float32 {
	size := (n + grain - 1) / grain * grain
	for i, s := range a.free {
		if s.to-s.from < size {
			continue
		}
		if a.free[i].from += size; a.free[i].from == s.to {
			a.free = slices.Delete(a.free, i, i+1)
		}
		return a.memory()[s.from : s.from+n : s.from+size]
	}
	best := -1
	for i, g := range a.other {
		if cap(g) >= size && (best < 0 || cap(g) < cap(a.other[best])) {
			best = i
		}
	}
	if best < 0 {
		return make([]float32, size)[:n]
	}
	g := a.other[best]
	a.other = slices.Delete(a.other, best, best+1)
	return g[:n]
}

// give gives back a piece that take returned.
func (a *arena) give(x []float32) {
	from, ok := a.offset(x)
	if cap(x) == 0 { // a pass over no samples takes empty pieces
		return
	}
	if !ok {
		a.other = append(a.other, x)
		return
	}
	s := span{from, from + cap(x)}
	i, _ := slices.BinarySearchFunc(a.free, s, func(a, b span) int { return a.from - b.from })
	if i < len(a.free) && a.free[i].from == s.to {
		s.to = a.free[i].to
		a.free = slices.Delete(a.free, i, i+1)
	}
	if i > 0 && a.free[i-1].to == s.from {
		a.free[i-1].to = s.to
		return
	}
	a.free = slices.Insert(a.free, i, s)
}

// offset is the element of the block at which x begins; ok is false if x lies outside of it.
func (a *arena) offset(x []float32) (from int, ok bool) {
	block := a.memory()
	if len(block) == 0 || cap(x) == 0 {
		return 0, false
	}
	at := uintptr(unsafe.Pointer(unsafe.SliceData(x))) -
		uintptr(unsafe.Pointer(unsafe.SliceData(block)))
	from = int(at / unsafe.Sizeof(x[0]))
	return from, from < len(block)
}
