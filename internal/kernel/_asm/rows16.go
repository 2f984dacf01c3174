package main

import (
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// convRows16 mirrors SpikeConvRows16 and CountConvRows16 for one width and weights of 1 or 2 bytes.
func convRows16(s isa, width, size int, counts bool) {
	name, value := "spikeConvRows%dx%d", ""
	if counts {
		name, value = "countConvRows%dx%d", "count *int16, "
	}
	weight := map[int]string{1: "int8", 2: "int16"}[size]
	s.function(name, []any{8 * size, width}, "func(dst *int16, w *"+weight+", index *uint32, "+value+"starts *int32, rows, pitch, pixels, advance, step, taps int)")
	var count reg.Register
	if counts {
		count = Load(Param("count"), GP64())
	}
	vec, bytes := s.vec, s.bytes
	if 2*width < bytes {
		vec, bytes = YMM, 32
	}
	acc := make([]reg.VecVirtual, 2*width/bytes)
	for v := range acc {
		acc[v] = vec()
	}
	rowsOfPixels(acc, 2*width, func(w, index, i reg.Register) {
		row := GP64()
		MOVL(Mem{Base: index, Index: i, Scale: 4}, row.As32())
		SHLQ(U8(bits.TrailingZeros(uint(size*width))), row)
		ADDQ(w, row)
		n := vec()
		if counts {
			VPBROADCASTW(Mem{Base: count, Index: i, Scale: 2}, n)
		}
		for v := range acc {
			x := vec()
			switch weights := at(row, v*bytes*size/2); {
			case size == 1:
				VPMOVSXBW(weights, x)
				if counts {
					VPMULLW(n, x, x)
				}
			case counts:
				VPMULLW(weights, n, x)
			default:
				VPADDSW(weights, acc[v], acc[v])
				continue
			}
			VPADDSW(x, acc[v], acc[v])
		}
	})
}

// widen mirrors Widen. n and c count bytes of float32s.
func widen(s isa) {
	s.function("widen", nil, "func(dst *float32, sum *int16, scale *float32, n, c int)")
	dst, sum, scales := Load(Param("dst"), GP64()), Load(Param("sum"), GP64()), Load(Param("scale"), GP64())
	left, c := Load(Param("n"), GP64()), Load(Param("c"), GP64())
	channel, x := GP64(), s.vec()
	Label("pixel")
	XORQ(channel, channel)
	loop("channels")
	VPMOVSXWD(Mem{Base: sum}, x)
	VCVTDQ2PS(x, x)
	VMULPS(Mem{Base: scales, Index: channel, Scale: 1}, x, x)
	VMOVUPS(x, Mem{Base: dst})
	ADDQ(U8(s.bytes/2), sum)
	ADDQ(U8(s.bytes), dst)
	ADDQ(U8(s.bytes), channel)
	CMPQ(channel, c)
	JLT(LabelRef("channels"))
	SUBQ(c, left)
	JNZ(LabelRef("pixel"))
	VZEROUPPER()
	RET()
}
