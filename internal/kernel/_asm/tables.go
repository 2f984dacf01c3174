package main

import (
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tableConv mirrors TableConv for one width.
func tableConv(s isa, width int) {
	const size = 2 // bytes of a sum
	vec, bytes := s.vec, s.bytes
	if size*width < bytes {
		vec, bytes = YMM, 32
	}
	s.function("tableConv%d", []any{width}, "func(dst, tables *int16, s *uint16, rows, columns, "+
		"pad int, fresh bool)")
	dst, tables, spikes := Load(Param("dst"), GP64()), Load(Param("tables"), GP64()),
		Load(Param("s"), GP64())
	rows, columns, pad := Load(Param("rows"), GP64()), Load(Param("columns"), GP64()),
		Load(Param("pad"), GP64())
	row := bits.TrailingZeros(uint(size * width)) // bytes, as a power of 2
	acc := make([]reg.VecVirtual, size*width/bytes)
	for i := range acc {
		acc[i] = vec()
	}
	left, words, at, fresh := GP64(), GP64(), GP64(), Load(Param("fresh"), GP8())
	Label("row")
	MOVQ(columns, left)
	loop("pixel")
	MOVQ(Mem{Base: spikes}, words)
	for i := range acc {
		VPXOR(acc[i].AsY(), acc[i].AsY(), acc[i].AsY())
	}
	TESTB(fresh, fresh)
	JNZ(LabelRef("sums"))
	for i := range acc {
		VMOVUPS(Mem{Base: dst, Disp: i * bytes}, acc[i])
	}
	Label("sums")
	for group := range 12 {
		// at is the value of four bits of a word, times the bytes of a row.
		RORXQ(U8((4*group-row+64)%64), words, at)
		ANDL(U32(15<<row), at.As32())
		for i := range acc {
			VPADDSW(Mem{Base: tables, Index: at, Scale: 1, Disp: group*16<<row + i*bytes}, acc[i],
				acc[i])
		}
	}
	for i := range acc {
		VMOVUPS(acc[i], Mem{Base: dst, Disp: i * bytes})
	}
	ADDQ(U8(2), spikes)
	ADDQ(U32(size*width), dst)
	DECQ(left)
	JNZ(LabelRef("pixel"))
	ADDQ(pad, spikes)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}
