package main

import "fmt"

// scatterIn is ScatterIn of the package kernel.
const scatterIn = 64

// scatterKernel makes the loop of a scatter over the entries: see ../../scatter.go and
// ../scatter.go.
type scatterKernel struct {
	sum, row int    // bytes of the sums of a pixel and of a row of weights
	value    string // type of the factors of the rows, or ""
}

// arguments returns the signature of a scatter whose sums and weights have the given types.
func (k scatterKernel) arguments(sums, weights string) string {
	value := ""
	if k.value != "" {
		value = ", value *" + k.value
	}
	return "func(dst *" + sums + ", w *" + weights + ", entries *uint32" + value +
		", n, tap, line int)"
}

// make makes the body. broadcast loads the factor at an address and moves the address on. add adds
// the weights at row to the sums at an offset from to.
func (k scatterKernel) make(broadcast func(value gp), add func(to gp, bytes int, row gp)) {
	dst, w, entries := argument("dst"), argument("w"), argument("entries")
	n, tap, line := argument("n"), argument("tap"), argument("line")
	var value gp
	if k.value != "" {
		value = argument("value")
	}
	from, to, row := general(), general(), general()
	op("CBZ", n, "done")
	loop("entry")
	op("MOVWU.P", at(entries, 4), to)
	op("AND", scatterIn-1, to, from)
	op("LSR", log2(scatterIn), to, to)
	op("ADD", shifted(from, log2(k.row)), w, from)
	op("ADD", shifted(to, log2(k.sum)), dst, to)
	op("ADD", line, to)
	if k.value != "" {
		broadcast(value)
	}
	op("MOVD", from, row)
	for ky := range 3 {
		for kx := range 3 {
			add(to, (1-kx)*k.sum, row)
			op("ADD", tap, row)
		}
		if ky < 2 {
			op("SUB", line, to)
		}
	}
	op("SUBS", 1, n)
	op("BNE", "entry")
	label("done")
	ret()
}

// scatter mirrors Scatter.Spikes and Scatter.Reals for one number of output channels.
func scatter(out int, reals bool) {
	k, name := scatterKernel{sum: 4 * out, row: 4 * out}, "scatterSpikes%d"
	if reals {
		name, k.value = "scatterReals%d", "float32"
	}
	text(fmt.Sprintf(name, out), k.arguments("float32", "float32"))
	v, x, sums := one(), some(min(8, out/4)), some(min(8, out/4))
	k.make(func(value gp) { op("FMOVS.P", at(value, 4), v.f()) }, func(to gp, bytes int, row gp) {
		for b := 0; b < 4*out; b += 16 * len(x) {
			load(row, b, x...)
			load(to, bytes+b, sums...)
			for i := range x {
				if reals {
					fmulBy(element{v, 0}, x[i], x[i])
				}
				fadd(x[i], sums[i], sums[i])
			}
			store(to, bytes+b, sums...)
		}
	})
}

// scatter16 mirrors ScatterSpikes16 and ScatterCounts16 for one number of output channels and
// weights of 1 or 2 bytes.
func scatter16(out, size int, counts bool) {
	k, name := scatterKernel{sum: 2 * out, row: size * out}, "scatterSpikes%dx%d"
	if counts {
		name, k.value = "scatterCounts%dx%d", "int16"
	}
	text(fmt.Sprintf(name, 8*size, out), k.arguments("int16",
		map[int]string{1: "int8", 2: "int16"}[size]))
	v, weights, wide, sums := one(), some(out*size/16), some(2), some(out/8)
	k.make(func(value gp) {
		op("VLD1R.P", at(value, 2), "["+v.of("H8")+"]")
	}, func(to gp, bytes int, row gp) {
		load(row, 0, weights...)
		load(to, bytes, sums...)
		for i, sum := range sums {
			x := weights[i*size/2]
			if size == 1 {
				extend8[i%2](x, wide[i%2])
				x = wide[i%2]
			}
			if counts {
				mulBy(element{v, 0}, x, x)
			}
			sqadd(x, sum, sum)
		}
		store(to, bytes, sums...)
	})
}
