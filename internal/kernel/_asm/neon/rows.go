package main

import "fmt"

// fetch mirrors Fetch. lines is a number of cache lines.
func fetch() {
	begin("fetch", "func(x *byte, lines int)") // each architecture has one
	x, left := argument("x"), argument("lines")
	loop("line")
	op("PRFM", at(x, 0), "PLDL1KEEP")
	op("ADD", 64, x)
	op("SUBS", 1, left)
	op("BNE", "line")
	ret()
}

// sumRows mirrors SumRows and SumScaledRows for one width.
func sumRows(width int, scaled bool) {
	name, value := "sumRows%d", ""
	if scaled {
		name, value = "sumScaledRows%d", ", values *float32"
	}
	text(fmt.Sprintf(name, width), "func(acc, rows *float32, positions *uint32"+value+", n int)")
	dst, rows, positions, n := argument("acc"), argument("rows"), argument("positions"),
		argument("n")
	var values gp
	if scaled {
		values = argument("values")
	}
	acc, weights, factor := some(width/4), some(8), one()
	const ahead = 4 // numbers are loaded before the rows of the four before, see windowKernel.make
	now, next := [2]gp{general(), general()}, [2]gp{general(), general()}
	row := general()
	four := func(to [2]gp) { op("LDP.P", at(positions, 4*ahead), pair(to[0], to[1])) }
	add := func(e element) { accumulate(acc, weights, row, e, scaled) }
	add4 := func() {
		if scaled {
			op("FMOVQ.P", at(values, 4*ahead), factor.f())
		}
		for i := range ahead {
			pair := now[i/2]
			if i%2 == 1 {
				op("LSR", 32, pair)
			}
			op("UBFIZ", log2(4*width), pair, 32, row)
			op("ADD", rows, row)
			add(element{factor, i})
		}
	}
	op("CBZ", n, "done")
	load(dst, 0, acc...)
	op("SUBS", ahead, n) // ahead numbers are still to come
	op("BLT", "rest")
	four(now)
	op("SUBS", ahead, n)
	op("BLT", "last")
	loop("four")
	four(next)
	add4()
	op("MOVD", next[0], now[0])
	op("MOVD", next[1], now[1])
	op("SUBS", ahead, n)
	op("BGE", "four")
	label("last")
	add4()
	label("rest")
	op("ADDS", ahead, n)
	op("BEQ", "store")
	loop("row")
	op("MOVWU.P", at(positions, 4), row)
	op("ADD", shifted(row, log2(4*width)), rows, row)
	if scaled {
		op("FMOVS.P", at(values, 4), factor.f())
	}
	add(element{factor, 0})
	op("SUBS", 1, n)
	op("BNE", "row")
	label("store")
	store(dst, 0, acc...)
	label("done")
	ret()
}
