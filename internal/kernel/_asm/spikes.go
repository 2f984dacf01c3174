package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// splitPixels mirrors splitPixelsGeneric for a whole number of vectors of 16 words.
func splitPixels(s isa) {
	s.function("splitPixels", nil, "func(dst, pairs *uint16, n int)")
	dst, pairs, n := Load(Param("dst"), GP64()), Load(Param("pairs"), GP64()), Load(Param("n"), GP64())
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

// finite returns which sums of x times 0, lane by lane, are no numbers.
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
