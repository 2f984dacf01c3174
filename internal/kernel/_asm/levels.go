package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// countLevels mirrors countLevelsGeneric. pitch and c are in bytes.
func countLevels(s isa) {
	s.function("countLevels", nil, "func(dst *float32, pitch int, x, scale, shift *float32, "+
		"pixels, c int, thresholds *float32, levels int)")
	dst, pitch := Load(Param("dst"), GP64()), Load(Param("pitch"), GP64())
	x, scale := Load(Param("x"), GP64()), Load(Param("scale"), GP64())
	shift := Load(Param("shift"), GP64())
	pixels, c := Load(Param("pixels"), GP64()), Load(Param("c"), GP64())
	channel, threshold, left := GP64(), GP64(), GP64()
	one := s.constant(1)
	Label("pixel")
	XORQ(channel, channel)
	Label("channels")
	u, count := s.some(s.vecs(lanes)), s.some(s.vecs(lanes))
	for v := range u {
		VMOVUPS(at(x, v*s.bytes), u[v])
		VMULPS(Mem{Base: scale, Index: channel, Scale: 1, Disp: v * s.bytes}, u[v], u[v])
		VADDPS(Mem{Base: shift, Index: channel, Scale: 1, Disp: v * s.bytes}, u[v], u[v])
		s.zero(count[v])
	}
	Load(Param("thresholds"), threshold)
	Load(Param("levels"), left)
	Label("level")
	level := s.vec()
	VBROADCASTSS(Mem{Base: threshold}, level)
	for v := range u {
		if s.bytes == 64 {
			k := K()
			VCMPPS(U8(greaterOrEqual), level, u[v], k)
			VADDPS(one, count[v], k, count[v])
		} else {
			mask := s.vec()
			VCMPPS(U8(greaterOrEqual), level, u[v], mask)
			VANDPS(one, mask, mask)
			VADDPS(mask, count[v], count[v])
		}
	}
	ADDQ(U8(4), threshold)
	DECQ(left)
	JNZ(LabelRef("level"))
	for v := range u {
		VMOVUPS(count[v], Mem{Base: dst, Index: channel, Scale: 1, Disp: v * s.bytes})
	}
	ADDQ(U8(64), x)
	ADDQ(U8(64), channel)
	CMPQ(channel, c)
	JLT(LabelRef("channels"))
	ADDQ(pitch, dst)
	DECQ(pixels)
	JNZ(LabelRef("pixel"))
	VZEROUPPER()
	RET()
}
