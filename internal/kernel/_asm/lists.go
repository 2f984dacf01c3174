package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lists makes the row kernels of rowlists.go, for AVX-512 alone: it can compress a vector to the lanes of a mask. They write whole
// vectors, so the lists have room for one more.
func lists(iota Mem) {
	for _, reals := range []bool{false, true} {
		if reals {
			TEXT("listRealsAVX512", NOSPLIT, "func(index *uint32, value *float32, n int, starts *int32, x *float32, width, pitch, vectors, base, block int) int")
		} else {
			TEXT("listSpikesAVX512", NOSPLIT, "func(index *uint32, n int, starts *int32, x *uint16, width, pitch, vectors, base, block int) int")
		}
		Pragma("noescape")
		index, n, starts := Load(Param("index"), GP64()), Load(Param("n"), GP64()), Load(Param("starts"), GP64())
		x, width, pitch := Load(Param("x"), GP64()), Load(Param("width"), GP64()), Load(Param("pitch"), GP64())
		vectors := Load(Param("vectors"), GP64())
		value := index
		if reals {
			value = Load(Param("value"), GP64())
		}
		pixel, block, sixteen := ZMM(), ZMM(), ZMM() // numbers of the entries of a pixel's first vector
		broadcast := func(name string, v reg.VecVirtual) { VPBROADCASTD(Load(Param(name), GP64()).(reg.GPVirtual).As32(), v) }
		broadcast("base", pixel)
		VPADDD(iota, pixel, pixel)
		broadcast("block", block)
		sixteen32 := GP32()
		MOVL(U32(lanes), sixteen32)
		VPBROADCASTD(sixteen32, sixteen)
		zero := ZMM()
		VPXORD(zero, zero, zero)
		entry, packed, v, mask, count, at, left := ZMM(), ZMM(), ZMM(), K(), GP64(), GP64(), GP64()

		Label("pixel")
		TESTQ(width, width)
		JZ(LabelRef("done"))
		MOVL(n.(reg.GPVirtual).As32(), Mem{Base: starts})
		ADDQ(U8(4), starts)
		VMOVDQA32(pixel, entry)
		MOVQ(x, at)
		MOVQ(vectors, left)
		Label("vector")
		if reals {
			const unequal = 4 // or not a number
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
		VMOVDQU32(packed, Mem{Base: index, Index: n, Scale: 4})
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

// numbers is a table of 0 to 15.
func numbers() Mem {
	table := GLOBL("numbers", RODATA|NOPTR)
	for i := range lanes {
		DATA(4*i, U32(i))
	}
	return table
}
