package main

import "fmt"

// avgSpikes mirrors avgSpikes2Generic: it computes a row of output pixels from two rows of spikes.
// words is in bytes.
func avgSpikes() {
	text("avgSpikes2", "func(dst *float32, top, bottom *uint16, pixels, words int)")
	dst, top, bottom, pixels, words := argument("dst"), argument("top"), argument("bottom"),
		argument("pixels"), argument("words")
	count, bits, word, set, x := some(2), some(2), one(), one(), some(4)
	left, right := general(), general()
	op("MOVD", table("laneBits16"), scratch)
	load(scratch, 0, bits...)
	loop("pixel")
	op("MOVD", words, left)
	loop("word")
	zero(count...)
	for _, row := range []gp{top, bottom} {
		op("ADD", words, row, right)
		for _, p := range []gp{row, right} {
			op("VLD1R", at(p, 0), "["+word.of("H8")+"]")
			for v := range count {
				lanes("VCMTST", "H8", word, bits[v], set)
				lanes("VSUB", "H8", set, count[v], count[v])
			}
		}
		op("ADD", 2, row)
	}
	for i, x := range x {
		extend16[i%2](count[i/2], x)
		quarters(x, x)
	}
	store(dst, 0, x...)
	op("ADD", 64, dst)
	op("SUBS", 2, left)
	op("BNE", "word")
	op("ADD", words, top) // the second pixel of the window
	op("ADD", words, bottom)
	op("SUBS", 1, pixels)
	op("BNE", "pixel")
	ret()
}

// addSpikes mirrors addSpikesGeneric.
func addSpikes() {
	text("addSpikes", "func(dst *float32, s *uint16, n int, v float32)")
	dst, words, left, value := argument("dst"), argument("s"), argument("n"), scalar("v")
	bits, word, was, sum, set := some(4), one(), some(4), one(), one()
	loadBits(bits)
	r := general()
	loop("word")
	op("MOVHU.P", at(words, 2), r)
	op("VDUP", r, word.of("S4"))
	load(dst, 0, was...)
	for v, was := range was {
		lanes("VCMTST", "S4", word, bits[v], set)
		fadd(value, was, sum)
		lanes("VBIT", "B16", set, sum, was)
	}
	store(dst, 0, was...)
	op("ADD", 64, dst)
	op("SUBS", 1, left)
	op("BNE", "word")
	ret()
}

// loadBits loads the bits of a word of spikes, one for each float32 lane.
func loadBits(to []vec) {
	op("MOVD", table("laneBits"), scratch)
	load(scratch, 0, to...)
}

// wordOf sets r to the word of the lanes that are set in the four masks. It overwrites the masks.
func wordOf(masks, bits []vec, r gp) {
	for v, mask := range masks {
		lanes("VAND", "B16", bits[v], mask, mask)
	}
	lanes("VORR", "B16", masks[0], masks[1], masks[0])
	lanes("VORR", "B16", masks[2], masks[3], masks[2])
	lanes("VORR", "B16", masks[0], masks[2], masks[0])
	op("VADDV", masks[0].of("S4"), fmt.Sprintf("V%d", masks[0]))
	op("FMOVS", masks[0].f(), r)
}
