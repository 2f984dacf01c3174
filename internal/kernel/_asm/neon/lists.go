package main

// list holds the registers that the functions that list rows share (see ../../rowlists.go). The
// functions write whole vectors, so the lists have room for one more. Tables hold the lanes that
// are set in a mask, and the number of these lanes.
type list struct {
	index, n, at     gp
	lanesOf, countOf gp
	entry, step      vec // of bytes: entry of the first of the next lanes; lanes listed at a time
	numbers          vec
	count            gp
}

// newList makes the loops over the pixels and over the words, or vectors, of each pixel. word lists
// step lanes.
func newList(words string, step int, word func(l *list)) {
	l := &list{
		index: argument("index"), n: argument("n"), at: general(), lanesOf: general(),
		countOf: general(),
		entry:   one(), step: one(), numbers: one(), count: general(),
	}
	starts, x, width, pitch, count := argument("starts"), argument("x"), argument("width"),
		argument("pitch"), argument(words)
	pixel, block, left := one(), one(), general()
	op("MOVD", parameter("base"), scratch)
	op("VDUP", scratch, pixel.of("B8"))
	op("MOVD", parameter("block"), scratch)
	op("VDUP", scratch, block.of("B8"))
	op("VMOVI", step, l.step.of("B8"))
	op("MOVD", table("lanesOf"), l.lanesOf)
	op("MOVD", table("countOf"), l.countOf)
	loop("pixel")
	op("MOVW.P", l.n, at(starts, 4))
	lanes("VORR", "B8", pixel, pixel, l.entry)
	op("MOVD", x, l.at)
	op("MOVD", count, left)
	loop("word")
	word(l)
	op("SUBS", 1, left)
	op("BNE", "word")
	op("ADD", pitch, x)
	lanes("VADD", "B8", block, pixel, pixel)
	op("SUBS", 1, width)
	op("BNE", "pixel")
	op("MOVD", l.n, parameter("ret"))
	ret()
}

// add lists the lanes that are set in a mask.
func (l *list) add(mask gp) {
	op("ADD", shifted(mask, 3), l.lanesOf, scratch)
	op("FMOVD", at(scratch, 0), l.numbers.f())
	op("MOVBU", indexed(l.countOf, mask), l.count)
	lanes("VADD", "B8", l.entry, l.numbers, l.numbers)
	op("FMOVD", l.numbers.f(), indexed(l.index, l.n))
	lanes("VADD", "B8", l.step, l.entry, l.entry)
	op("ADD", l.count, l.n)
}

func listSpikes() {
	text("listSpikes", "func(index *uint8, n int, starts *uint32, x *uint16, width, pitch, "+
		"words, base, block int) int")
	mask := general()
	newList("words", 8, func(l *list) {
		for range 2 {
			op("MOVBU.P", at(l.at, 1), mask)
			l.add(mask)
		}
	})
}

func listReals() {
	text("listReals", "func(index *uint8, value *float32, n int, starts *uint32, x *float32, "+
		"width, pitch, vectors, base, block int) int")
	value, takeOf, word, mask, to := argument("value"), general(), general(), general(), general()
	x, masks, bits, take := some(4), some(4), some(4), one()
	loadBits(bits)
	op("MOVD", table("takeOf"), takeOf)
	newList("vectors", 4, func(l *list) {
		load(l.at, 0, x...)
		op("ADD", 64, l.at)
		for v := range x {
			isZero(x[v], masks[v])
		}
		wordOf(masks, bits, word)
		op("MVN", word, word) // set where x is not 0, or not a number
		for v, x := range x {
			op("UBFX", 4*v, word, 4, mask)
			op("ADD", shifted(l.n, 2), value, to)
			op("ADD", shifted(mask, 4), takeOf, scratch)
			load(scratch, 0, take)
			l.add(mask)
			op("VTBL", take.of("B16"), "["+x.of("B16")+"]", x.of("B16"))
			store(to, 0, x)
		}
	})
}
