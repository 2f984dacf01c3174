package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// splitPixels mirrors splitPixelsGeneric for a whole number of vectors of 16 words.
func splitPixels(s isa) {
	s.function("splitPixels", nil, "func(dst, pairs *uint16, n int)")
	dst, pairs, n := Load(Param("dst"), GP64()), Load(Param("pairs"), GP64()),
		Load(Param("n"), GP64())
	v := YMM()
	loop("vector")
	VPMOVZXBW(Mem{Base: pairs}, v)
	VMOVDQU(v, Mem{Base: dst})
	ADDQ(U8(lanes), pairs)
	ADDQ(U8(2*lanes), dst)
	SUBQ(U8(lanes), n)
	JNZ(LabelRef("vector"))
	VZEROUPPER()
	RET()
}

// joinPixels mirrors joinPixelsGeneric for a whole number of vectors of 16 words.
func joinPixels(s isa) {
	s.function("joinPixels", nil, "func(dst, s *uint16, n, shift int, first bool)")
	dst, words, n := Load(Param("dst"), GP64()), Load(Param("s"), GP64()), Load(Param("n"), GP64())
	shift := XMM()
	VMOVQ(Load(Param("shift"), GP64()), shift)
	first := Load(Param("first"), GP8())
	pixels := s.some(s.vecs(lanes))
	loop("vector")
	for i, v := range pixels {
		VPMOVZXWD(Mem{Base: words, Disp: i * s.bytes / 2}, v)
		VPSLLD(shift, v, v)
	}
	TESTB(first, first)
	JNZ(LabelRef("store"))
	for i, v := range pixels {
		if s.bytes == 64 {
			VPORD(Mem{Base: dst, Disp: i * s.bytes}, v, v)
		} else {
			VPOR(Mem{Base: dst, Disp: i * s.bytes}, v, v)
		}
	}
	Label("store")
	for i, v := range pixels {
		VMOVUPS(v, Mem{Base: dst, Disp: i * s.bytes})
	}
	ADDQ(U8(2*lanes), words)
	ADDQ(U8(4*lanes), dst)
	SUBQ(U8(lanes), n)
	JNZ(LabelRef("vector"))
	VZEROUPPER()
	RET()
}

// finite returns a mask of the lanes whose sums of x times 0 are not a number, which is 0 if all
// values are finite.
func finite(s isa) {
	s.function("finite", nil, "func(x *float32, n int) int")
	x, n := Load(Param("x"), GP64()), Load(Param("n"), GP64())
	acc, zero := s.some(s.vecs(lanes)), s.vec()
	s.zero(zero)
	for _, v := range acc {
		s.zero(v)
	}
	loop("vector")
	for i, v := range acc {
		product := s.vec()
		VMULPS(Mem{Base: x, Disp: i * s.bytes}, zero, product)
		VADDPS(product, v, v)
	}
	ADDQ(U8(4*lanes), x)
	SUBQ(U8(lanes), n)
	JNZ(LabelRef("vector"))
	const unordered = 3
	mask, all := GP64(), GP64()
	XORQ(all, all)
	for _, v := range acc {
		if s.bytes == 64 {
			k := K()
			VCMPPS(U8(unordered), v, v, k)
			KMOVW(k, mask.As32())
		} else {
			VCMPPS(U8(unordered), v, v, v)
			VMOVMSKPS(v, mask.As32())
		}
		ORQ(mask, all)
	}
	Store(all, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// splitFloats mirrors splitFloatsGeneric for a whole number of vectors of 16 pairs, each of which
// is read as one double word. Long planes that begin at a whole vector are written past the caches:
// they would not fit into the caches, which would also read them first.
func splitFloats(s isa) {
	s.function("splitFloats", nil, "func(first, second *float32, pairs *uint16, n int)")
	first, second := Load(Param("first"), GP64()), Load(Param("second"), GP64())
	pairs, n := Load(Param("pairs"), GP64()), Load(Param("n"), GP64())
	CMPQ(n, U32(longPlane))
	JL(LabelRef("vector"))
	both := GP64()
	MOVQ(first, both)
	ORQ(second, both)
	TESTQ(U32(uint32(s.bytes-1)), both)
	JZ(LabelRef("past"))
	planes := func(label string, write func(v, to Op)) {
		loop(label)
		for i := range s.vecs(lanes) {
			low, high := s.vec(), s.vec()
			VMOVUPS(at(pairs, i*s.bytes), high)
			VPSLLD(U8(16), high, low)
			VPSRLD(U8(16), high, high)
			VPSRLD(U8(16), low, low)
			VCVTDQ2PS(low, low)
			VCVTDQ2PS(high, high)
			write(low, at(first, i*s.bytes))
			write(high, at(second, i*s.bytes))
		}
		for _, p := range []reg.Register{first, second, pairs} {
			ADDQ(U8(4*lanes), p)
		}
		SUBQ(U8(lanes), n)
		JNZ(LabelRef(label))
	}
	planes("vector", func(v, to Op) { VMOVUPS(v, to) })
	VZEROUPPER()
	RET()
	planes("past", func(v, to Op) { VMOVNTPS(v, to) })
	SFENCE()
	VZEROUPPER()
	RET()
}

// longPlane is the number of values from which a plane is long for splitFloats.
const longPlane = 1 << 16

// splitWords mirrors splitWordsGeneric for a whole number of vectors of 16 pairs. Two vectors of
// double words are packed into one of words, whose quarters come from the first and the second
// vector in turn.
func splitWords(s isa) {
	s.function("splitWords", nil, "func(first, second, pairs *uint16, n int)")
	first, second := Load(Param("first"), GP64()), Load(Param("second"), GP64())
	pairs, n := Load(Param("pairs"), GP64()), Load(Param("n"), GP64())
	loop("vector")
	low, high := packedPairs(pairs)
	VMOVDQU(low, at(first, 0))
	VMOVDQU(high, at(second, 0))
	ADDQ(U8(2*lanes), first)
	ADDQ(U8(2*lanes), second)
	ADDQ(U8(4*lanes), pairs)
	SUBQ(U8(lanes), n)
	JNZ(LabelRef("vector"))
	VZEROUPPER()
	RET()
}

// splitBytes mirrors splitBytesGeneric for a whole number of vectors of 16 pairs, and returns 0 if
// no count is too large.
func splitBytes(s isa) {
	s.function("splitBytes", nil, "func(first, second *byte, pairs *uint16, n int) int")
	first, second := Load(Param("first"), GP64()), Load(Param("second"), GP64())
	pairs, n := Load(Param("pairs"), GP64()), Load(Param("n"), GP64())
	all := YMM()
	VPXOR(all, all, all)
	loop("vector")
	low, high := packedPairs(pairs)
	VPOR(low, all, all)
	VPOR(high, all, all)
	packed := YMM()
	VPACKUSWB(high, low, packed) // 8 low, 8 high, 8 low, 8 high
	VPERMQ(U8(0xd8), packed, packed)
	VMOVDQU(packed.AsX(), at(first, 0))
	VEXTRACTI128(U8(1), packed, at(second, 0))
	ADDQ(U8(lanes), first)
	ADDQ(U8(lanes), second)
	ADDQ(U8(4*lanes), pairs)
	SUBQ(U8(lanes), n)
	JNZ(LabelRef("vector"))
	VPSRLW(U8(8), all, all)
	result := GP64()
	XORQ(result, result)
	VPTEST(all, all)
	SETNE(result.As8())
	Store(result, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// packedPairs returns the first and the second words of 16 pairs.
func packedPairs(pairs reg.Register) (low, high reg.VecVirtual) {
	var lows, highs [2]reg.VecVirtual
	for i := range lows {
		v := YMM()
		lows[i], highs[i] = YMM(), YMM()
		VMOVDQU(at(pairs, 32*i), v)
		VPSLLD(U8(16), v, lows[i])
		VPSRLD(U8(16), lows[i], lows[i])
		VPSRLD(U8(16), v, highs[i])
	}
	low, high = YMM(), YMM()
	VPACKUSDW(lows[1], lows[0], low)
	VPERMQ(U8(0xd8), low, low)
	VPACKUSDW(highs[1], highs[0], high)
	VPERMQ(U8(0xd8), high, high)
	return low, high
}
