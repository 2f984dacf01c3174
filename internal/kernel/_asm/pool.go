package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// laneBits is a table of the bits of a word of spikes, one for each lane.
func laneBits() Mem {
	m := GLOBL("laneBits", attr.RODATA|attr.NOPTR)
	for i := range lanes {
		DATA(4*i, U32(1<<i))
	}
	return m
}

// avgSpikes mirrors avgSpikes2Generic: it computes a row of output pixels from two rows of spikes.
// words is in bytes.
func avgSpikes(s isa, bits Mem) {
	s.function("avgSpikes2", nil, "func(dst *float32, top, bottom *uint16, pixels, words int)")
	dst, top, bottom := Load(Param("dst"), GP64()), Load(Param("top"), GP64()),
		Load(Param("bottom"), GP64())
	pixels, words := Load(Param("pixels"), GP64()), Load(Param("words"), GP64())
	share := s.constant(0.25)
	acc := s.some(s.vecs(lanes))
	lane := s.laneBits(bits)
	left := GP64()
	loop("pixel")
	MOVQ(words, left)
	loop("word")
	for v := range acc {
		s.zero(acc[v])
	}
	for _, row := range []reg.Register{top, bottom} {
		for _, m := range []Mem{{Base: row}, {Base: row, Index: words, Scale: 1}} {
			s.addWhereSet(acc, share, lane, m)
		}
		ADDQ(U8(2), row)
	}
	for v := range acc {
		VMOVUPS(acc[v], at(dst, v*s.bytes))
	}
	ADDQ(U8(64), dst)
	SUBQ(U8(2), left)
	JNZ(LabelRef("word"))
	ADDQ(words, top) // the second pixel of the window
	ADDQ(words, bottom)
	DECQ(pixels)
	JNZ(LabelRef("pixel"))
	VZEROUPPER()
	RET()
}

// addWhereSet adds x to the lanes whose bit is set in the word at m.
func (s isa) addWhereSet(acc []reg.VecVirtual, x reg.VecVirtual, lane []reg.VecVirtual, m Mem) {
	if s.bytes == 64 {
		k := K()
		KMOVW(m, k)
		VADDPS(x, acc[0], k, acc[0])
		return
	}
	for v, set := range s.whereSet(lane, m) {
		VANDPS(x, set, set)
		VADDPS(set, acc[v], acc[v])
	}
}

// laneBits loads the bits that whereSet needs.
func (s isa) laneBits(bits Mem) []reg.VecVirtual {
	lane := s.some(s.vecs(lanes))
	if s.bytes == 32 {
		for v := range lane {
			VMOVUPS(bits.Offset(v*s.bytes), lane[v])
		}
	}
	return lane
}

// whereSet returns masks of the lanes whose bit is set in the word at m, for AVX2.
func (s isa) whereSet(lane []reg.VecVirtual, m Mem) []reg.VecVirtual {
	word, low, all, set := GP32(), XMM(), s.vec(), s.some(len(lane))
	MOVWLZX(m, word)
	VMOVD(word, low)
	VPBROADCASTD(low, all)
	for v := range set {
		VPAND(lane[v], all, set[v])
		VPCMPEQD(lane[v], set[v], set[v])
	}
	return set
}

// addSpikes mirrors addSpikesGeneric.
func addSpikes(s isa, bits Mem) {
	s.function("addSpikes", nil, "func(dst *float32, s *uint16, n int, v float32)")
	dst, words, left := Load(Param("dst"), GP64()), Load(Param("s"), GP64()),
		Load(Param("n"), GP64())
	x, lane := s.parameter("v"), s.laneBits(bits)
	loop("word")
	if s.bytes == 64 {
		k, sum := K(), s.vec()
		KMOVW(Mem{Base: words}, k)
		VMOVUPS(Mem{Base: dst}, sum)
		VADDPS(x, sum, k, sum)
		VMOVUPS(sum, Mem{Base: dst})
	} else {
		for v, set := range s.whereSet(lane, Mem{Base: words}) {
			was, sum := s.vec(), s.vec()
			VMOVUPS(at(dst, v*s.bytes), was)
			VADDPS(x, was, sum)
			VBLENDVPS(set, sum, was, sum)
			VMOVUPS(sum, at(dst, v*s.bytes))
		}
	}
	ADDQ(U8(64), dst)
	ADDQ(U8(2), words)
	DECQ(left)
	JNZ(LabelRef("word"))
	VZEROUPPER()
	RET()
}

// scaleTo mirrors scaleToGeneric.
func scaleTo(s isa) {
	s.function("scaleTo", nil, "func(dst, x *float32, n int, a float32)")
	a, x := s.parameter("a"), s.vec()
	flat(s, []string{"dst", "x"}, func(at map[string]Mem) {
		VMULPS(at["x"], a, x)
		VMOVUPS(x, at["dst"])
	})
}
