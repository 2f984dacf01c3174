package main

import (
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// fetch mirrors Fetch. lines is a number of cache lines.
func fetch() {
	TEXT("fetch", NOSPLIT, "func(x *byte, lines int)")
	Pragma("noescape")
	x, left := Load(Param("x"), GP64()), Load(Param("lines"), GP64())
	loop("line")
	PREFETCHT0(Mem{Base: x})
	ADDQ(U8(64), x)
	DECQ(left)
	JNZ(LabelRef("line"))
	RET()
}

// sumRows mirrors SumRows and SumScaledRows for one width.
func sumRows(s isa, width int, scaled bool) {
	name, value := "sumRows%d", ""
	if scaled {
		name, value = "sumScaledRows%d", ", values *float32"
	}
	s.function(name, []any{width}, "func(acc, rows *float32, positions *uint32"+value+", n int)")
	dst, rows := Load(Param("acc"), GP64()), Load(Param("rows"), GP64())
	positions, n := Load(Param("positions"), GP64()), Load(Param("n"), GP64())
	values := positions
	if scaled {
		values = Load(Param("values"), GP64())
	}
	acc := s.some(s.vecs(width))
	i := GP64()
	XORQ(i, i)
	TESTQ(n, n)
	JZ(LabelRef("done"))
	for v := range acc {
		VMOVUPS(at(dst, v*s.bytes), acc[v])
	}
	loop("row")
	accumulate(s, acc, rows, Mem{Base: positions, Index: i, Scale: 4}, bits.TrailingZeros(uint(4*width)), values, i, scaled)
	INCQ(i)
	CMPQ(i, n)
	JLT(LabelRef("row"))
	for v := range acc {
		VMOVUPS(acc[v], at(dst, v*s.bytes))
	}
	Label("done")
	VZEROUPPER()
	RET()
}

// accumulate adds to acc the row at base + number<<shift, times values[i] if they are not all 1.
func accumulate(s isa, acc []reg.VecVirtual, base reg.Register, number Mem, shift int, values, i reg.Register, scaled bool) {
	row := GP64()
	MOVL(number, row.As32())
	SHLQ(U8(shift), row)
	ADDQ(base, row)
	if !scaled {
		for v := range acc {
			VADDPS(at(row, v*s.bytes), acc[v], acc[v])
		}
		return
	}
	value := s.vec()
	VBROADCASTSS(Mem{Base: values, Index: i, Scale: 4}, value)
	for v := range acc {
		product := s.vec()
		VMULPS(at(row, v*s.bytes), value, product)
		VADDPS(product, acc[v], acc[v])
	}
}
