package main

import (
	"fmt"
	"math/bits"
)

// chunk is the number of entries of a list that are loaded at once.
const chunk = 8

// windowKernel makes the loops over the classes, windows and entries of a window kernel (see
// ../../convwindows.go). It loads in the same order as ../windows.go.
type windowKernel struct {
	acc   []vec // sums of a pixel
	row   int   // bytes of a row of weights
	value int   // bytes of the factor of a row, or 0 if rows have none
}

// arguments returns the signature of a window kernel whose sums, weights and values have the given
// types.
func arguments(sums, weights, values string) string {
	if values != "" {
		values = ", value *" + values
	}
	return fmt.Sprintf("func(dst *%s, w *%s, index *uint8%s, windows *uint64, classes *uint32, "+
		"offset int, ahead *byte, lines int)", sums, weights, values)
}

func log2(n int) int { return bits.TrailingZeros(uint(n)) }

// make makes the body. add adds the row of weights at an address, times the factor if there is one.
// The factors of a chunk are in one or two vectors.
func (k windowKernel) make(factors []vec, add func(row gp, factor element)) {
	dst, w, index, windows := argument("dst"), argument("w"), argument("index"), argument("windows")
	classes, fetched, lines := argument("classes"), argument("ahead"), argument("lines")
	pixelShift := log2(16 * len(k.acc))
	offset := argument("offset")
	op("ADD", shifted(offset, pixelShift), dst, dst)
	var values, value gp
	if k.value != 0 {
		values, value = argument("value"), general()
	}
	// These registers hold the next window: its address, the number of windows that are left, and
	// the window itself.
	n, place, left, next := general(), general(), general(), general()
	v, ahead, minus, p, pixel, entries := general(), general(), general(), general(), general(),
		general()
	rows := [2]gp{general(), general()}

	label("class")
	op("MOVWU", at(classes, 4), left)
	op("CBZ", left, "done")
	op("MOVWU", at(classes, 0), n)
	op("MOVWU", at(classes, 8), place)
	op("ADD", 12, classes)
	op("ADD", shifted(place, 3), windows, place)
	// This prefetches a part of the weights that are needed next, so that they arrive during the
	// work on the class.
	op("MOVD", lines, v)
	label("line")
	op("SUBS", 1, v)
	op("BLT", "asked")
	op("PRFM", at(fetched, 0), "PLDL2KEEP")
	op("ADD", 64, fetched)
	op("B", "line")
	label("asked")
	op("MOVD", at(place, 0), next)
	op("LSR", 32, next, v)
	op("MOVD", indexed(index, v), v)

	loop("window")
	op("LSR", 32, next, p)
	if k.value != 0 {
		op("ADD", shifted(p, log2(k.value)), values, value)
	}
	op("ADD", index, p)
	op("UBFX", 8, next, 24, pixel)
	op("ADD", shifted(pixel, pixelShift), dst, pixel)
	op("NEG", next, minus) // its lowest 8 bits are subtracted from each entry
	op("MOVD.W", at(place, 8), next)
	load(pixel, 0, k.acc...)
	op("MOVD", n, entries)
	// address computes the address of the row of entry i of v.
	address := func(i int, row gp) {
		entry := v.String()
		if i > 0 {
			entry += fmt.Sprintf(">>%d", 8*i)
		}
		op("ADD", entry, minus, row)
		op("UBFIZ", log2(k.row), row, 8, row)
		op("ADD", w, row)
	}
	op("SUBS", chunk, entries)
	op("BLE", "last")
	loop("chunk")
	op("MOVD.W", at(p, chunk), ahead)
	if k.value != 0 {
		load(value, 0, factors...)
		op("ADD", chunk*k.value, value)
	}
	address(0, rows[0])
	for i := range chunk {
		if i+1 < chunk {
			address(i+1, rows[(i+1)%2]) // early, for CPUs that execute in program order
		}
		e := element{}
		if k.value != 0 {
			each := chunk / len(factors)
			e = element{factors[i/each], i % each}
		}
		add(rows[i%2], e)
	}
	op("MOVD", ahead, v)
	op("SUBS", chunk, entries)
	op("BGT", "chunk")
	label("last")
	op("LSR", 32, next, ahead)
	op("MOVD", indexed(index, ahead), ahead)
	op("ADD", chunk, entries)
	loop("entry")
	address(0, rows[0])
	op("LSR", 8, v)
	e := element{}
	if k.value != 0 {
		e.m = factors[0]
		if k.value == 4 {
			op("FMOVS.P", at(value, 4), e.m.f())
		} else {
			op("VLD1R.P", at(value, 2), "["+e.m.of("H8")+"]")
		}
	}
	add(rows[0], e)
	op("SUBS", 1, entries)
	op("BNE", "entry")
	store(pixel, 0, k.acc...)
	op("MOVD", ahead, v)
	op("SUBS", 1, left)
	op("BNE", "window")
	op("B", "class")
	label("done")
	ret()
}

// convWindows mirrors SpikeConv and RealConv for one width.
func convWindows(width int, reals bool) {
	name, values, size := "spikeConv%d", "", 0
	if reals {
		name, values, size = "realConv%d", "float32", 4
	}
	text(fmt.Sprintf(name, width), arguments("float32", "float32", values))
	factors, k := some(size/2), windowKernel{acc: some(width / 4), row: 4 * width, value: size}
	weights := some(8)
	k.make(factors, func(row gp, factor element) { accumulate(k.acc, weights, row, factor, reals) })
}

// accumulate adds a row of float32s to acc, times the factor if scaled. weights are scratch
// registers; as many vectors are loaded at a time.
func accumulate(acc, weights []vec, row gp, factor element, scaled bool) {
	for from := 0; from < len(acc); from += len(weights) {
		x := weights[:min(len(weights), len(acc)-from)]
		load(row, 16*from, x...)
		for i, x := range x {
			if scaled {
				fmulBy(factor, x, x)
			}
			fadd(x, acc[from+i], acc[from+i])
		}
	}
}

// convWindows16 mirrors SpikeConv16 and CountConv16 for one width and weights of 1 or 2 bytes.
func convWindows16(width, size int, counts bool) {
	name, values, value := "spikeConv%dx%d", "", 0
	if counts {
		name, values, value = "countConv%dx%d", "int16", 2
	}
	text(fmt.Sprintf(name, 8*size, width), arguments("int16",
		map[int]string{1: "int8", 2: "int16"}[size], values))
	factors, k := some(value/2), windowKernel{acc: some(width / 8), row: size * width, value: value}
	weights, wide := some(width*size/16), some(2)
	k.make(factors, func(row gp, factor element) {
		load(row, 0, weights...)
		for i, sum := range k.acc {
			var x vec
			if size == 1 {
				x = wide[i%2]
				extend8[i%2](weights[i/2], x)
			} else {
				x = weights[i]
			}
			if counts {
				mulBy(factor, x, x)
			}
			sqadd(x, sum, sum)
		}
	})
}

// widen mirrors Widen. n and c count bytes of float32s.
func widen() {
	text("widen", "func(dst *float32, sum *int16, scale *float32, n, c int)")
	dst, sum, scale, left, c := argument("dst"), argument("sum"), argument("scale"), argument("n"),
		argument("c")
	to, from, channels, x, s := general(), general(), general(), some(4), some(4)
	label("pixel")
	op("MOVD", scale, from)
	op("MOVD", c, channels)
	op("MOVD", dst, to)
	loop("channels")
	load(sum, 0, x[0], x[2])
	load(from, 0, s...)
	for i, n := range []vec{x[0], x[2]} {
		extend16[1](n, x[2*i+1])
		extend16[0](n, n)
	}
	for i, x := range x {
		scvtf(x, x)
		fmul(s[i], x, x)
	}
	store(to, 0, x...)
	op("ADD", 32, sum)
	op("ADD", 64, from)
	op("ADD", 64, to)
	op("SUBS", 64, channels)
	op("BNE", "channels")
	op("MOVD", to, dst)
	op("SUBS", c, left)
	op("BNE", "pixel")
	ret()
}
