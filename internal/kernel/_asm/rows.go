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
	const ahead = 4 // numbers are loaded before the rows of the four before, see windowKernel.make
	i, now, next := GP64(), [2]reg.GPVirtual{GP64(), GP64()}, [2]reg.GPVirtual{GP64(), GP64()}
	four := func(to [2]reg.GPVirtual) {
		for half := range to {
			MOVQ(Mem{Base: positions, Index: i, Scale: 4, Disp: 8 * half}, to[half])
		}
	}
	add := func(number reg.GPVirtual, value Mem) {
		SHLQ(U8(bits.TrailingZeros(uint(4*width))), number)
		accumulate(s, acc, Mem{Base: rows, Index: number, Scale: 1}, value, scaled)
	}
	add4 := func() {
		for half, pair := range now {
			first := GP64()
			MOVL(pair.As32(), first.As32())
			add(first, Mem{Base: values, Index: i, Scale: 4, Disp: 8*half - 4*ahead})
			SHRQ(U8(32), pair)
			add(pair, Mem{Base: values, Index: i, Scale: 4, Disp: 8*half + 4 - 4*ahead})
		}
	}
	XORQ(i, i)
	TESTQ(n, n)
	JZ(LabelRef("done"))
	for v := range acc {
		VMOVUPS(at(dst, v*s.bytes), acc[v])
	}
	SUBQ(U8(ahead), n) // ahead numbers are still to come
	JL(LabelRef("rest"))
	four(now)
	ADDQ(U8(ahead), i)
	SUBQ(U8(ahead), n)
	JL(LabelRef("last"))
	loop("four")
	four(next)
	add4()
	MOVQ(next[0], now[0])
	MOVQ(next[1], now[1])
	ADDQ(U8(ahead), i)
	SUBQ(U8(ahead), n)
	JGE(LabelRef("four"))
	Label("last")
	add4()
	Label("rest")
	ADDQ(U8(ahead), n)
	JZ(LabelRef("store"))
	loop("row")
	number := GP64()
	MOVL(Mem{Base: positions, Index: i, Scale: 4}, number.As32())
	add(number, Mem{Base: values, Index: i, Scale: 4})
	INCQ(i)
	DECQ(n)
	JNZ(LabelRef("row"))
	Label("store")
	for v := range acc {
		VMOVUPS(acc[v], at(dst, v*s.bytes))
	}
	Label("done")
	VZEROUPPER()
	RET()
}

// accumulate adds a row of weights to acc, times the value if scaled.
func accumulate(s isa, acc []reg.VecVirtual, row, value Mem, scaled bool) {
	factor := s.vec()
	if scaled {
		VBROADCASTSS(value, factor)
	}
	for v := range acc {
		weights := row
		weights.Disp += v * s.bytes
		if !scaled {
			VADDPS(weights, acc[v], acc[v])
			continue
		}
		product := s.vec()
		VMULPS(weights, factor, product)
		VADDPS(product, acc[v], acc[v])
	}
}
