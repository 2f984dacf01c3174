package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lists makes the functions that list rows, see rowlists.go. They write whole vectors, so the lists
// have room for one more. AVX-512 can compress a vector to the lanes of a mask; for AVX2 a table
// holds the lanes of each mask of eight.
func lists(iota, packed Mem) {
	listsAVX512(iota)
	listSpikesAVX2(packed)
	listRealsAVX2(packed)
}

func listsAVX512(iota Mem) {
	for _, reals := range []bool{false, true} {
		if reals {
			avx512.function("listReals", nil, "func(index *uint8, value *float32, n int, starts "+
				"*uint32, x *float32, width, pitch, vectors, base, block int) int")
		} else {
			avx512.function("listSpikes", nil, "func(index *uint8, n int, starts *uint32, x "+
				"*uint16, width, pitch, vectors, base, block int) int")
		}
		index, n, starts := Load(Param("index"), GP64()), Load(Param("n"),
			GP64()), Load(Param("starts"), GP64())
		x, width, pitch := Load(Param("x"), GP64()), Load(Param("width"),
			GP64()), Load(Param("pitch"), GP64())
		vectors := Load(Param("vectors"), GP64())
		value := index
		if reals {
			value = Load(Param("value"), GP64())
		}
		// These are the numbers of the entries of a pixel's first vector.
		pixel, block, sixteen := ZMM(), ZMM(), ZMM()
		broadcast := func(name string, v reg.VecVirtual) {
			VPBROADCASTD(Load(Param(name),
				GP64()).(reg.GPVirtual).As32(), v)
		}
		broadcast("base", pixel)
		VPADDD(iota, pixel, pixel)
		broadcast("block", block)
		sixteen32 := GP32()
		MOVL(U32(lanes), sixteen32)
		VPBROADCASTD(sixteen32, sixteen)
		zero := ZMM()
		VPXORD(zero, zero, zero)
		entry, packed, v, mask, count, at, left := ZMM(), ZMM(), ZMM(), K(), GP64(), GP64(), GP64()

		loop("pixel")
		TESTQ(width, width)
		JZ(LabelRef("done"))
		MOVL(n.(reg.GPVirtual).As32(), Mem{Base: starts})
		ADDQ(U8(4), starts)
		VMOVDQA32(pixel, entry)
		MOVQ(x, at)
		MOVQ(vectors, left)
		loop("vector")
		if reals {
			const unequal = 4 // predicate: not equal, or not a number
			VMOVUPS(Mem{Base: at}, v)
			VCMPPS(U8(unequal), zero, v, mask)
			VCOMPRESSPS_Z(v, mask, v)
			VMOVUPS(v, Mem{Base: value, Index: n, Scale: 4})
			KMOVW(mask, count.As32())
			ADDQ(U8(64), at)
		} else {
			MOVWLZX(Mem{Base: at}, count.As32())
			KMOVW(count.As32(), mask)
			ADDQ(U8(2), at)
		}
		VPCOMPRESSD_Z(entry, mask, packed)
		VPMOVDB(packed, packed.AsX())
		VMOVDQU(packed.AsX(), Mem{Base: index, Index: n, Scale: 1})
		POPCNTQ(count, count)
		ADDQ(count, n)
		VPADDD(sixteen, entry, entry)
		DECQ(left)
		JNZ(LabelRef("vector"))
		ADDQ(pitch, x)
		VPADDD(block, pixel, pixel)
		DECQ(width)
		JMP(LabelRef("pixel"))
		Label("done")
		Store(n, ReturnIndex(0))
		VZEROUPPER()
		RET()
	}
}

// numbers is a table of the numbers 0 to 15.
func numbers() Mem {
	table := GLOBL("numbers", RODATA|NOPTR)
	for i := range lanes {
		DATA(4*i, U32(i))
	}
	return table
}

// lanesOf is a table of the lanes that are set in each mask of eight, one byte for each lane,
// packed to the front.
func lanesOf() Mem {
	table := GLOBL("lanesOf", RODATA|NOPTR)
	for mask := range 256 {
		var lanes uint64
		n := 0
		for lane := range 8 {
			if mask>>lane&1 != 0 {
				lanes |= uint64(lane) << (8 * n)
				n++
			}
		}
		DATA(8*mask, U64(lanes))
	}
	return table
}

// list holds the registers that the functions for AVX2 share.
type list struct {
	index, n, starts, x, width, pitch, words, at, left reg.Register
	table                                              reg.Register
	// pixel, block, entry and eight are in bytes: the number of a pixel's first entry, its step to
	// the next pixel, the number of the next lanes' first entry, and its step of eight lanes.
	pixel, block, entry, eight reg.VecVirtual
}

func newList(packed Mem, words string) *list {
	l := &list{
		index: Load(Param("index"), GP64()), n: Load(Param("n"), GP64()),
		starts: Load(Param("starts"), GP64()),
		x:      Load(Param("x"), GP64()), width: Load(Param("width"), GP64()),
		pitch: Load(Param("pitch"), GP64()), words: Load(Param(words), GP64()),
		at: GP64(), left: GP64(), table: GP64(), pixel: XMM(), block: XMM(), entry: XMM(),
		eight: XMM(),
	}
	for _, p := range []struct {
		name string
		to   reg.VecVirtual
	}{{"base", l.pixel}, {"block", l.block}} {
		VMOVD(Load(Param(p.name), GP64()).(reg.GPVirtual).As32(), p.to)
		VPBROADCASTB(p.to, p.to)
	}
	eight := GP32()
	MOVL(U32(8), eight)
	VMOVD(eight, l.eight)
	VPBROADCASTB(l.eight, l.eight)
	LEAQ(packed, l.table)
	return l
}

// pixels makes the loop over the pixels and, within it, the loop over the words of a pixel.
func (l *list) pixels(word func()) {
	loop("pixel")
	MOVL(l.n.(reg.GPVirtual).As32(), Mem{Base: l.starts})
	ADDQ(U8(4), l.starts)
	VMOVDQA(l.pixel, l.entry)
	MOVQ(l.x, l.at)
	MOVQ(l.words, l.left)
	loop("word")
	word()
	DECQ(l.left)
	JNZ(LabelRef("word"))
	ADDQ(l.pitch, l.x)
	VPADDB(l.block, l.pixel, l.pixel)
	DECQ(l.width)
	JNZ(LabelRef("pixel"))
	Store(l.n, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// add lists the lanes that are set in a mask of eight.
func (l *list) add(mask reg.GPVirtual) {
	numbers, count := XMM(), GP64()
	VMOVQ(Mem{Base: l.table, Index: mask.As64(), Scale: 8}, numbers)
	VPADDB(l.entry, numbers, numbers)
	VMOVQ(numbers, Mem{Base: l.index, Index: l.n, Scale: 1})
	POPCNTQ(mask.As64(), count)
	VPADDB(l.eight, l.entry, l.entry)
	ADDQ(count, l.n)
}

func listSpikesAVX2(packed Mem) {
	avx2.function("listSpikes", nil, "func(index *uint8, n int, starts *uint32, x *uint16, "+
		"width, pitch, words, base, block int) int")
	l := newList(packed, "words")
	l.pixels(func() {
		for half := range 2 {
			mask := GP64()
			MOVBQZX(Mem{Base: l.at, Disp: half}, mask)
			l.add(mask)
		}
		ADDQ(U8(2), l.at)
	})
}

func listRealsAVX2(packed Mem) {
	avx2.function("listReals", nil, "func(index *uint8, value *float32, n int, starts *uint32, x "+
		"*float32, width, pitch, vectors, base, block int) int")
	l := newList(packed, "vectors")
	value, zero := Load(Param("value"), GP64()), YMM()
	VXORPS(zero, zero, zero)
	l.pixels(func() {
		for half := range 2 {
			const unequal = 4 // predicate: not equal, or not a number
			v, set, to, mask := YMM(), YMM(), GP64(), GP32()
			VMOVUPS(Mem{Base: l.at, Disp: 32 * half}, v)
			VCMPPS(U8(unequal), zero, v, set)
			VMOVMSKPS(set, mask)
			LEAQ(Mem{Base: value, Index: l.n, Scale: 4}, to)
			lanes := YMM()
			VPMOVZXBD(Mem{Base: l.table, Index: mask.As64(), Scale: 8}, lanes)
			l.add(mask)
			VPERMPS(v, lanes, v)
			VMOVUPS(v, Mem{Base: to})
		}
		ADDQ(U8(64), l.at)
	})
}
