package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gemm computes a tile of rows x width of Gemm's result, with all sums in registers. k is a
// multiple of 4; distances are in bytes.
func gemm(s isa, rows, width int) {
	s.function("gemm%dx%d", []any{rows, width}, "func(dst *float32, ldd int, a *float32, lda "+
		"int, b *float32, ldb, k int, fresh bool)")
	dst, ldd := Load(Param("dst"), GP64()), Load(Param("ldd"), GP64())
	lda := Load(Param("lda"), GP64())
	b, ldb := Load(Param("b"), GP64()), Load(Param("ldb"), GP64())
	k := Load(Param("k"), GP64())

	acc := make([][]reg.VecVirtual, rows)
	for r := range acc {
		acc[r] = s.some(s.vecs(width))
		for _, v := range acc[r] {
			s.zero(v)
		}
	}
	// Three rows of a share a base register: they are zero, one and two times lda behind it.
	bases := []reg.GPVirtual{Load(Param("a"), GP64()).(reg.GPVirtual)}
	for len(bases)*3 < rows {
		next := GP64()
		MOVQ(bases[len(bases)-1], next)
		ADDQ(lda, next)
		ADDQ(lda, next)
		ADDQ(lda, next)
		bases = append(bases, next)
	}
	x := s.vec()
	loop("k")
	for u := range 4 {
		cols := s.some(s.vecs(width))
		for v := range cols {
			VMOVUPS(at(b, v*s.bytes), cols[v])
		}
		ADDQ(ldb, b)
		for r := range rows {
			m := Mem{Base: bases[r/3], Disp: 4 * u}
			if r%3 > 0 {
				m.Index, m.Scale = lda, uint8(r%3)
			}
			VBROADCASTSS(m, x)
			for v := range cols {
				VFMADD231PS(cols[v], x, acc[r][v])
			}
		}
	}
	for _, base := range bases {
		ADDQ(U8(16), base)
	}
	SUBQ(U8(4), k)
	JNZ(LabelRef("k"))

	fresh := Load(Param("fresh"), GP8())
	TESTB(fresh, fresh)
	JNZ(LabelRef("store"))
	from := GP64()
	MOVQ(dst, from)
	for r := range rows {
		for v := range acc[r] {
			VADDPS(at(from, v*s.bytes), acc[r][v], acc[r][v])
		}
		ADDQ(ldd, from)
	}
	Label("store")
	for r := range rows {
		for v := range acc[r] {
			VMOVUPS(acc[r][v], at(dst, v*s.bytes))
		}
		ADDQ(ldd, dst)
	}
	VZEROUPPER()
	RET()
}
