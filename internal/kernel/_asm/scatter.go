package main

import (
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// scatter mirrors scatterGeneric for one number of output channels. n is how many inputs the row has, shift the logarithm of how many of a pixel,
// line the bytes of a row of dst.
func scatter(s isa, out int) {
	s.function("scatter%d", []any{out}, "func(dst, w, x *float32, n, shift, line, rows int)")
	dst, w, x := Load(Param("dst"), GP64()), Load(Param("w"), GP64()), Load(Param("x"), GP64())
	n, line := Load(Param("n"), GP64()), Load(Param("line"), GP64())
	pixel := bits.TrailingZeros(uint(4 * out)) // bytes, as a power of 2
	shift := reg.RCX
	Load(Param("shift"), shift)
	tap := GP64() // bytes of the weights of a tap
	MOVQ(U32(1<<pixel), tap)
	SHLQ(reg.CL, tap)
	channel := GP64() // the bits of a number of an input that are its channel
	MOVQ(U32(1), channel)
	SHLQ(reg.CL, channel)
	DECQ(channel)
	last := GP64() // pixel
	LEAQ(Mem{Base: n, Disp: -1}, last)
	SHRQ(reg.CL, last)

	i, p, to, from, left, bits := GP64(), GP64(), GP64(), GP64(), GP64(), GP32()
	v := s.vec()
	XORQ(i, i)
	loop("input")
	MOVL(Mem{Base: x, Index: i, Scale: 4}, bits)
	ADDL(bits, bits) // without its sign
	JNZ(LabelRef("active"))
	Label("next")
	INCQ(i)
	CMPQ(i, n)
	JLT(LabelRef("input"))
	VZEROUPPER()
	RET()

	Label("active")
	VBROADCASTSS(Mem{Base: x, Index: i, Scale: 4}, v)
	MOVQ(i, p)
	SHRQ(reg.CL, p)
	MOVQ(p, to)
	SHLQ(U8(pixel), to)
	ADDQ(dst, to)
	MOVQ(i, from)
	ANDQ(channel, from)
	SHLQ(U8(pixel), from)
	ADDQ(w, from)
	MOVQ(Load(Param("rows"), GP64()), left)
	add := func(column int, weights Mem) {
		for j := range s.vecs(out) {
			sum, product := Mem{Base: to, Disp: column<<pixel + j*s.bytes}, s.vec()
			weights := weights
			weights.Disp = j * s.bytes
			VMULPS(weights, v, product)
			VADDPS(sum, product, product)
			VMOVUPS(product, sum)
		}
	}
	Label("row")
	CMPQ(p, last)
	JE(LabelRef("middle"))
	add(1, Mem{Base: from})
	Label("middle")
	add(0, Mem{Base: from, Index: tap, Scale: 1})
	TESTQ(p, p)
	JZ(LabelRef("up"))
	add(-1, Mem{Base: from, Index: tap, Scale: 2})
	Label("up")
	SUBQ(line, to)
	ADDQ(tap, from)
	ADDQ(tap, from)
	ADDQ(tap, from)
	DECQ(left)
	JNZ(LabelRef("row"))
	JMP(LabelRef("next"))
}
