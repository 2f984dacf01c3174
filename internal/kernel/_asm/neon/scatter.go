package main

import "fmt"

// scatter mirrors scatterGeneric for one number of output channels. n is how many inputs the row has, shift the logarithm of how many of a pixel,
// line the bytes of a row of dst.
func scatter(out int) {
	text(fmt.Sprintf("scatter%d", out), "func(dst, w, x *float32, n, shift, line, rows int)")
	dst, w, x, n, shift, line, rows := argument("dst"), argument("w"), argument("x"), argument("n"), argument("shift"), argument("line"), argument("rows")
	tap, channel, last := general(), general(), general() // bytes of the weights of a tap; the bits of an input's number that are its channel; pixel
	pixel := log2(4 * out)
	op("MOVD", 1<<pixel, tap)
	op("LSL", shift, tap, tap)
	op("MOVD", 1, channel)
	op("LSL", shift, channel, channel)
	op("SUB", 1, channel)
	op("SUB", 1, n, last)
	op("LSR", shift, last, last)
	i, p, to, from, weights, left, v := general(), general(), general(), general(), general(), general(), one()
	product, sum := some(4), some(4)
	op("MOVD", "ZR", i)
	loop("input")
	op("MOVWU.P", at(x, 4), p)
	op("LSLW", 1, p, p) // without its sign
	op("CBNZ", p, "active")
	label("next")
	op("ADD", 1, i)
	op("CMP", n, i)
	op("BLT", "input")
	ret()

	label("active")
	op("FMOVS", at(x, -4), v.f())
	op("LSR", shift, i, p)
	op("ADD", shifted(p, pixel), dst, to)
	op("AND", channel, i, from)
	op("ADD", shifted(from, pixel), w, from)
	op("MOVD", rows, left)
	add := func(column int) {
		for b := 0; b < 4*out; b += 64 {
			load(weights, b, product...)
			load(to, column<<pixel+b, sum...)
			for k := range sum {
				fmulBy(element{v, 0}, product[k], product[k])
				fadd(product[k], sum[k], sum[k])
			}
			store(to, column<<pixel+b, sum...)
		}
	}
	label("row")
	op("MOVD", from, weights)
	op("CMP", last, p)
	op("BEQ", "middle")
	add(1)
	label("middle")
	op("ADD", tap, weights)
	add(0)
	op("ADD", tap, weights)
	op("CBZ", p, "up")
	add(-1)
	label("up")
	op("SUB", line, to)
	op("ADD", tap, weights, from)
	op("SUBS", 1, left)
	op("BNE", "row")
	op("B", "next")
}
