package main

import (
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// convRow mirrors SpikeConvRow and RealConvRow for one width. Distances are in bytes.
func convRow(s isa, width int, reals bool) {
	name, value := "spikeConvRow%d", ""
	if reals {
		name, value = "realConvRow%d", "value *float32, "
	}
	s.function(name, []any{width}, "func(dst, w *float32, index *uint32, "+value+"starts *int32, pixels, pitch, advance, step, taps int)")
	dst, w := Load(Param("dst"), GP64()), Load(Param("w"), GP64())
	index, starts := Load(Param("index"), GP64()), Load(Param("starts"), GP64())
	pixels, pitch := Load(Param("pixels"), GP64()), Load(Param("pitch"), GP64())
	advance, step, taps := Load(Param("advance"), GP64()), Load(Param("step"), GP64()), Load(Param("taps"), GP64())
	values := index
	if reals {
		values = Load(Param("value"), GP64())
	}
	acc := s.some(s.vecs(width))
	i, end := GP64(), GP64()

	Label("pixel")
	TESTQ(pixels, pixels)
	JZ(LabelRef("done"))
	MOVLQSX(at(starts, 0), i)
	MOVLQSX(Mem{Base: starts, Index: taps, Scale: 1}, end)
	CMPQ(i, end)
	JGE(LabelRef("next"))
	for v := range acc {
		VMOVUPS(at(dst, v*s.bytes), acc[v])
	}
	Label("input")
	accumulate(s, acc, w, Mem{Base: index, Index: i, Scale: 4}, bits.TrailingZeros(uint(4*width)), values, i, reals)
	INCQ(i)
	CMPQ(i, end)
	JLT(LabelRef("input"))
	for v := range acc {
		VMOVUPS(acc[v], at(dst, v*s.bytes))
	}
	Label("next")
	ADDQ(pitch, dst)
	SUBQ(advance, w)
	ADDQ(step, starts)
	DECQ(pixels)
	JMP(LabelRef("pixel"))
	Label("done")
	VZEROUPPER()
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
	Label("row")
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
