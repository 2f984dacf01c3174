package main

import (
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// scatterIn is ScatterIn of the package kernel.
const scatterIn = 64

// scatterKernel makes the loop of a scatter over the entries: see ../scatter.go.
type scatterKernel struct {
	vecs  int    // number of vectors of a pixel's sums
	bytes int    // bytes of a vector
	row   int    // bytes of a row of weights
	value string // type of the factors of the rows, or ""
	size  int    // bytes of a factor
}

// arguments returns the signature of a scatter whose sums and weights have the given types. In it,
// dst is the address of the sums of pixel 0, tap the number of bytes of the weights of a tap, and
// line the number of bytes of a row of sums.
func (k scatterKernel) arguments(sums, weights string) string {
	value := ""
	if k.value != "" {
		value = ", value *" + k.value
	}
	return "func(dst *" + sums + ", w *" + weights + ", entries *uint32" + value +
		", n, tap, line int)"
}

// make makes the body. broadcast loads the factor of an entry, and add adds the weights at row to
// the sums at sum.
func (k scatterKernel) make(broadcast func(value Mem), add func(sum, row Mem)) {
	dst, w, entries := Load(Param("dst"), GP64()), Load(Param("w"), GP64()),
		Load(Param("entries"), GP64())
	n, tap, line := Load(Param("n"), GP64()), Load(Param("tap"), GP64()),
		Load(Param("line"), GP64())
	value := GP64()
	if k.value != "" {
		Load(Param("value"), value)
	}
	from, to := GP64(), GP64()
	TESTQ(n, n)
	JZ(LabelRef("done"))
	loop("entry")
	MOVL(Mem{Base: entries}, from.As32())
	MOVL(from.As32(), to.As32())
	ANDL(U8(scatterIn-1), from.As32())
	XORL(from.As32(), to.As32())
	SHLQ(U8(bits.TrailingZeros(uint(k.row))), from)
	ADDQ(w, from)
	switch shift := bits.TrailingZeros(uint(k.vecs * k.bytes / scatterIn)); {
	case k.vecs*k.bytes < scatterIn:
		SHRQ(U8(bits.TrailingZeros(uint(scatterIn/(k.vecs*k.bytes)))), to)
	case shift > 0:
		SHLQ(U8(shift), to)
	}
	ADDQ(dst, to)
	ADDQ(line, to)
	if k.value != "" {
		broadcast(Mem{Base: value})
		ADDQ(U8(k.size), value)
	}
	ADDQ(U8(4), entries)
	for ky := range 3 {
		for kx, row := range []Mem{{Base: from}, {Base: from, Index: tap, Scale: 1},
			{Base: from, Index: tap, Scale: 2}} {

			for j := range k.vecs {
				row.Disp = j * k.bytes * k.row / (k.vecs * k.bytes)
				add(Mem{Base: to, Disp: (1-kx)*k.vecs*k.bytes + j*k.bytes}, row)
			}
		}
		if ky < 2 {
			SUBQ(line, to)
			LEAQ(Mem{Base: from, Index: tap, Scale: 2}, from)
			ADDQ(tap, from)
		}
	}
	DECQ(n)
	JNZ(LabelRef("entry"))
	Label("done")
	VZEROUPPER()
	RET()
}

// vectors returns the vectors that hold the given number of bytes: their register class, their
// number and their size. They are the largest ones of the instruction set that fit.
func (s isa) vectors(bytes int) (vec func() reg.VecVirtual, vecs, each int) {
	switch {
	case bytes >= s.bytes:
		return s.vec, bytes / s.bytes, s.bytes
	case bytes == 32:
		return YMM, 1, 32
	}
	panic("no vector is that short")
}

// scatter mirrors Scatter.Spikes and Scatter.Reals for one number of output channels.
func scatter(s isa, out int, reals bool) {
	vec, vecs, each := s.vectors(4 * out)
	k := scatterKernel{vecs: vecs, bytes: each, row: 4 * out}
	name := "scatterSpikes%d"
	if reals {
		name, k.value, k.size = "scatterReals%d", "float32", 4
	}
	s.function(name, []any{out}, k.arguments("float32", "float32"))
	v := vec()
	k.make(func(value Mem) { VBROADCASTSS(value, v) }, func(sum, row Mem) {
		x := vec()
		if reals {
			VMULPS(row, v, x)
		} else {
			VMOVUPS(row, x)
		}
		VADDPS(sum, x, x)
		VMOVUPS(x, sum)
	})
}

// scatter16 mirrors ScatterSpikes16 and ScatterCounts16 for one number of output channels and
// weights of 1 or 2 bytes.
func scatter16(s isa, out, size int, counts bool) {
	vec, vecs, each := s.vectors(2 * out)
	k := scatterKernel{vecs: vecs, bytes: each, row: size * out}
	name := "scatterSpikes%dx%d"
	if counts {
		name, k.value, k.size = "scatterCounts%dx%d", "int16", 2
	}
	s.function(name, []any{
		8 * size, out}, k.arguments("int16", map[int]string{1: "int8", 2: "int16"}[size]))
	n := vec()
	k.make(func(value Mem) { VPBROADCASTW(value, n) }, func(sum, row Mem) {
		x := vec()
		switch {
		case size == 1:
			VPMOVSXBW(row, x)
			if counts {
				VPMULLW(n, x, x)
			}
		case counts:
			VPMULLW(row, n, x)
		default:
			VMOVUPS(row, x)
		}
		VPADDSW(sum, x, x)
		VMOVUPS(x, sum)
	})
}
