package main

// These functions list the active inputs for a scatter, see ../../scatter.go and ../active.go.

// activeSpikes loops over the bits that are set.
func activeSpikes() {
	text("activeSpikes", "func(entries *uint32, s *uint16, rows, width, words, pitch, skip "+
		"int) int")
	entries, x, rows, width := argument("entries"), argument("s"), argument("rows"),
		argument("width")
	words, pitch, skip := argument("words"), argument("pitch"), argument("skip")
	begin, pixel, entry, place, left, word, pixels := general(), general(), general(), general(),
		general(), general(), general()
	bit := general()
	op("MOVD", entries, begin)
	op("MOVD", "ZR", pixel)
	op("CBZ", rows, "done")
	label("row")
	op("MOVD", width, pixels)
	loop("pixel")
	op("MOVD", pixel, entry)
	op("MOVD", x, place)
	op("MOVD", words, left)
	label("word")
	op("MOVHU.P", at(place, 2), word)
	op("CBZ", word, "next")
	label("spike")
	op("RBIT", word, bit)
	op("CLZ", bit, bit)
	op("ADD", entry, bit)
	op("MOVW.P", bit, at(entries, 4))
	op("SUB", 1, word, bit)
	op("ANDS", bit, word, word)
	op("BNE", "spike")
	label("next")
	op("ADD", lanesOfWord, entry)
	op("SUBS", 1, left)
	op("BNE", "word")
	op("ADD", pitch, x)
	op("ADD", scatterIn, pixel)
	op("SUBS", 1, pixels)
	op("BNE", "pixel")
	op("ADD", skip, pixel)
	op("SUBS", 1, rows)
	op("BNE", "row")
	label("done")
	op("SUB", begin, entries, entries)
	op("LSR", 2, entries)
	op("MOVD", entries, parameter("ret"))
	ret()
}

// lanesOfWord is the number of spikes in a word.
const lanesOfWord = 16

// activeReals writes one real after the other; the place of the next advances only if the real is
// not 0.
func activeReals() {
	text("activeReals", "func(entries *uint32, values, x *float32, lane *uint32, rows, groups, "+
		"tail, vectors, pitch, step, skip int) int")
	entries, values, x, lane, rows := argument("entries"), argument("values"), argument("x"),
		argument("lane"), argument("rows")
	groups, pixel, entry := general(), general(), general()
	place, left, numbers, bits, number, amount, n := general(), general(), general(), general(),
		general(), general(), general()
	vectors := general()
	op("MOVD", "ZR", n)
	op("MOVD", "ZR", pixel)
	op("CBZ", rows, "done")
	one := func(name string) { // lists the given number of reals
		loop(name)
		op("MOVWU.P", at(place, 4), bits)
		op("MOVWU.P", at(numbers, 4), number)
		op("ADD", entry, number)
		op("MOVW", bits, "("+values.String()+")("+n.String()+"<<2)")
		op("MOVW", number, "("+entries.String()+")("+n.String()+"<<2)")
		op("LSLW", 1, bits, bits) // shifts the sign out
		op("CMPW", 0, bits)
		op("CSINC", "EQ", n, n, n)
		op("SUBS", 1, left)
		op("BNE", name)
	}
	label("row")
	op("MOVD", parameter("groups"), groups)
	op("CBZ", groups, "tail")
	label("group")
	op("MOVD", pixel, entry)
	op("MOVD", x, place)
	op("MOVD", parameter("vectors"), vectors)
	label("vector")
	op("MOVD", lane, numbers)
	op("MOVD", lanesOfWord, left)
	one("real")
	op("ADD", lanesOfWord, entry)
	op("SUBS", 1, vectors)
	op("BNE", "vector")
	op("MOVD", parameter("pitch"), amount)
	op("ADD", amount, x)
	op("MOVD", parameter("step"), amount)
	op("ADD", amount, pixel)
	op("SUBS", 1, groups)
	op("BNE", "group")
	label("tail")
	op("MOVD", parameter("tail"), left)
	op("CBZ", left, "next")
	op("MOVD", pixel, entry)
	op("MOVD", x, place)
	op("MOVD", lane, numbers)
	one("tailReal")
	op("MOVD", place, x)
	label("next")
	op("MOVD", parameter("skip"), amount)
	op("ADD", amount, pixel)
	op("SUBS", 1, rows)
	op("BNE", "row")
	label("done")
	op("MOVD", n, parameter("ret"))
	ret()
}
