package main

import "fmt"

// tableConv mirrors TableConv for one width.
func tableConv(width int) {
	text(fmt.Sprintf("tableConv%d", width), "func(dst, tables *int16, s *uint16, rows, columns, "+
		"pad int, fresh bool)")
	dst, tables, spikes, rows, columns, pad := argument("dst"), argument("tables"), argument("s"),
		argument("rows"), argument("columns"), argument("pad")
	left, words, first, sums, fresh := general(), general(), general(), general(), general()
	op("MOVBU", parameter("fresh"), fresh)
	acc, x := some(width/8), some(width/8)
	row := log2(2 * width) // bytes, as a power of 2
	label("row")
	op("MOVD", columns, left)
	loop("pixel")
	op("MOVD", at(spikes, 0), words)
	op("ADD", 2, spikes)
	op("MOVD", tables, first)
	zero(acc...)
	op("CBNZ", fresh, "sums")
	load(dst, 0, acc...)
	label("sums")
	for group := range 12 {
		op("UBFX", 4*group, words, 4, sums)
		op("ADD", shifted(sums, row), first, sums)
		op("ADD", 16<<row, first)
		load(sums, 0, x...)
		for i := range acc {
			sqadd(x[i], acc[i], acc[i])
		}
	}
	store(dst, 0, acc...)
	op("ADD", 2*width, dst)
	op("SUBS", 1, left)
	op("BNE", "pixel")
	op("ADD", pad, spikes)
	op("SUBS", 1, rows)
	op("BNE", "row")
	ret()
}
