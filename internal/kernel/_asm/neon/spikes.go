package main

// splitPixels mirrors splitPixelsGeneric for a whole number of vectors of 16 words.
func splitPixels() {
	text("splitPixels", "func(dst, pairs *uint16, n int)")
	dst, pairs, n := argument("dst"), argument("pairs"), argument("n")
	bytes, words := one(), some(2)
	loop("vector")
	load(pairs, 0, bytes)
	op("ADD", lanesOfWord, pairs)
	op("VUXTL", bytes.of("B8"), words[0].of("H8"))
	op("VUXTL2", bytes.of("B16"), words[1].of("H8"))
	store(dst, 0, words...)
	op("ADD", 2*lanesOfWord, dst)
	op("SUBS", lanesOfWord, n)
	op("BNE", "vector")
	ret()
}

// joinPixels mirrors joinPixelsGeneric for a whole number of vectors of 16 words.
func joinPixels() {
	text("joinPixels", "func(dst, s *uint16, n, shift int, first bool)")
	dst, words, n, shift := argument("dst"), argument("s"), argument("n"), argument("shift")
	first, word, before := general(), general(), general()
	op("MOVBU", parameter("first"), first)
	loop("pixel")
	op("MOVHU.P", at(words, 2), word)
	op("LSL", shift, word, word)
	op("CBNZ", first, "store")
	op("MOVWU", at(dst, 0), before)
	op("ORR", before, word)
	label("store")
	op("MOVW.P", word, at(dst, 4))
	op("SUBS", 1, n)
	op("BNE", "pixel")
	ret()
}

// finite returns 0 if all values are finite: then all sums of x times 0, lane by lane, are 0.
func finite() {
	text("finite", "func(x *float32, n int) int")
	x, n := argument("x"), argument("n")
	nothing, acc, products := one(), some(4), some(4)
	zero(nothing)
	zero(acc...)
	loop("vector")
	load(x, 0, products...)
	for i, v := range products {
		fmul(nothing, v, v)
		fadd(v, acc[i], acc[i])
	}
	op("ADD", 4*lanesOfWord, x)
	op("SUBS", lanesOfWord, n)
	op("BNE", "vector")
	isZero(acc[0], acc[0])
	for _, v := range acc[1:] {
		isZero(v, v)
		lanes("VAND", "B16", v, acc[0], acc[0])
	}
	low, high := general(), general()
	op("VMOV", acc[0].of("D[0]"), low)
	op("VMOV", acc[0].of("D[1]"), high)
	op("AND", high, low)
	op("MVN", low, low)
	op("MOVD", low, parameter("ret"))
	ret()
}
