package main

// splitFloats mirrors splitFloatsGeneric for a whole number of vectors of 16 pairs.
func splitFloats() {
	text("splitFloats", "func(first, second *float32, pairs *uint16, n int)")
	planes := []gp{argument("first"), argument("second")}
	pairs, n := argument("pairs"), argument("n")
	words, read, wide := some(4), some(4), some(4)
	loop("vector")
	packedPairs(pairs, read, words)
	for i, plane := range planes {
		for k, v := range words[2*i : 2*i+2] {
			op("VUXTL", v.of("H4"), wide[2*k].of("S4"))
			op("VUXTL2", v.of("H8"), wide[2*k+1].of("S4"))
		}
		for _, v := range wide {
			scvtf(v, v)
		}
		store(plane, 0, wide...)
		op("ADD", 4*lanesOfWord, plane)
	}
	op("SUBS", lanesOfWord, n)
	op("BNE", "vector")
	ret()
}

// splitWords mirrors splitWordsGeneric for a whole number of vectors of 16 pairs.
func splitWords() {
	text("splitWords", "func(first, second, pairs *uint16, n int)")
	planes := []gp{argument("first"), argument("second")}
	pairs, n := argument("pairs"), argument("n")
	words, read := some(4), some(4)
	loop("vector")
	packedPairs(pairs, read, words)
	for i, plane := range planes {
		store(plane, 0, words[2*i:2*i+2]...)
		op("ADD", 2*lanesOfWord, plane)
	}
	op("SUBS", lanesOfWord, n)
	op("BNE", "vector")
	ret()
}

// splitBytes mirrors splitBytesGeneric for a whole number of vectors of 16 pairs, and returns 0 if
// no count is too large.
func splitBytes() {
	text("splitBytes", "func(first, second *byte, pairs *uint16, n int) int")
	planes := []gp{argument("first"), argument("second")}
	pairs, n := argument("pairs"), argument("n")
	words, read, bytes, all := some(4), some(4), one(), one()
	zero(all)
	loop("vector")
	packedPairs(pairs, read, words)
	for i, plane := range planes {
		low, high := words[2*i], words[2*i+1]
		lanes("VORR", "B16", low, all, all)
		lanes("VORR", "B16", high, all, all)
		lanes("VUZP1", "B16", high, low, bytes)
		store(plane, 0, bytes)
		op("ADD", lanesOfWord, plane)
	}
	op("SUBS", lanesOfWord, n)
	op("BNE", "vector")
	op("VUSHR", 8, all.of("H8"), all.of("H8"))
	low, high := general(), general()
	op("VMOV", all.of("D[0]"), low)
	op("VMOV", all.of("D[1]"), high)
	op("ORR", high, low)
	op("MOVD", low, parameter("ret"))
	ret()
}

// packedPairs reads 16 pairs, and packs the first of each into two vectors of words and the second
// of each into two more.
func packedPairs(pairs gp, read, words []vec) {
	load(pairs, 0, read...)
	op("ADD", 4*lanesOfWord, pairs)
	for i := range 2 {
		lanes("VUZP1", "H8", read[2*i+1], read[2*i], words[i])
		lanes("VUZP2", "H8", read[2*i+1], read[2*i], words[2+i])
	}
}
