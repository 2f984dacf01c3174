package main

import "fmt"

// gemm computes a tile of rows x 16 of Gemm's result, with all sums in registers. k is a multiple
// of 4; distances are in bytes.
func gemm(rows int) {
	text(fmt.Sprintf("gemm%dx16", rows), "func(dst *float32, ldd int, a *float32, lda int, b "+
		"*float32, ldb, k int, fresh bool)")
	dst, ldd, lda, b, ldb, k := argument("dst"), argument("ldd"), argument("lda"), argument("b"),
		argument("ldb"), argument("k")
	acc, x, col := make([][]vec, rows), some(rows), some(2)
	for r := range acc {
		acc[r] = some(4)
		zero(acc[r]...)
	}
	bases := []gp{argument("a")}
	for len(bases) < rows {
		next := general()
		op("ADD", lda, bases[len(bases)-1], next)
		bases = append(bases, next)
	}
	loop("k")
	for r, base := range bases {
		op("FMOVQ.P", at(base, 16), x[r].f())
	}
	for u := range 4 {
		for half := range 2 {
			load(b, 32*half, col...)
			for v, col := range col {
				for r := range rows {
					fmlaBy(element{x[r], u}, col, acc[r][2*half+v])
				}
			}
		}
		op("ADD", ldb, b)
	}
	op("SUBS", 4, k)
	op("BNE", "k")

	fresh, from := general(), general()
	op("MOVBU", parameter("fresh"), fresh)
	op("CBNZ", fresh, "store")
	op("MOVD", dst, from)
	for r := range rows {
		for half := range 2 {
			load(from, 32*half, col...)
			for v, was := range col {
				fadd(was, acc[r][2*half+v], acc[r][2*half+v])
			}
		}
		op("ADD", ldd, from)
	}
	label("store")
	for r := range rows {
		store(dst, 0, acc[r]...)
		op("ADD", ldd, dst)
	}
	ret()
}
