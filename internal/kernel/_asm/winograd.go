package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tiles makes the three transforms of winograd.go. Products with powers of two are exact, so fused
// multiplications change no bit.
func tiles(s isa) {
	s.tile("tileInput", 6, 6, []float32{2, 4}, func(d, k []reg.VecVirtual) []reg.VecVirtual {
		two, four, out := k[0], k[1], s.some(6)
		even, odd := s.vec(), s.vec()
		VSUBPS(d[2], d[4], even)
		VSUBPS(d[1], d[3], odd)
		VSUBPS(d[2], d[0], out[0])
		VFMADD132PS(four, even, out[0])
		VSUBPS(d[3], d[5], out[5])
		VFNMADD231PS(four, odd, out[5])
		VFNMADD231PS(four, d[2], d[4]) // a
		VFNMADD231PS(four, d[1], d[3]) // b
		VADDPS(d[3], d[4], out[1])
		VSUBPS(d[3], d[4], out[2])
		VMOVAPS(even, out[3])
		VFMADD231PS(two, odd, out[3])
		VMOVAPS(even, out[4])
		VFNMADD231PS(two, odd, out[4])
		return out
	})
	s.tile("tileOutput", 6, 4, []float32{2, 4, 8}, func(m, k []reg.VecVirtual) []reg.VecVirtual {
		two, four, eight, out := k[0], k[1], k[2], s.some(4)
		p, q := s.vec(), s.vec()
		VADDPS(m[2], m[1], out[2]) // s
		VSUBPS(m[2], m[1], out[1]) // d
		VADDPS(m[4], m[3], p)
		VSUBPS(m[4], m[3], q)
		VADDPS(out[2], m[0], out[0])
		VADDPS(p, out[0], out[0])
		VMOVAPS(out[1], out[3])
		VFMADD231PS(eight, q, out[3])
		VADDPS(m[5], out[3], out[3])
		VFMADD231PS(two, q, out[1])
		VFMADD231PS(four, p, out[2])
		return out
	})
	s.tile("tileWeights", 3, 6, []float32{0.25, 0.5, float32(1.0 / 6), -float32(1.0 / 6)},
		func(g, k []reg.VecVirtual) []reg.VecVirtual {
			quarter, half, sixth, minus, out := k[0], k[1], k[2], k[3], s.some(6)
			ends := s.vec()
			VADDPS(g[2], g[0], ends)
			VADDPS(g[1], ends, out[1])
			VSUBPS(g[1], ends, out[2])
			VMULPS(minus, out[1], out[1])
			VMULPS(minus, out[2], out[2])
			VMULPS(quarter, g[0], out[0])
			VADDPS(g[2], out[0], ends)
			VMOVAPS(ends, out[3])
			VFMADD231PS(half, g[1], out[3])
			VMOVAPS(ends, out[4])
			VFNMADD231PS(half, g[1], out[4])
			VMULPS(sixth, out[3], out[3])
			VMULPS(sixth, out[4], out[4])
			VMOVAPS(g[2], out[5])
			return out
		})
}

// tile makes a function that transforms in x in vectors to out x out vectors: first the columns, to
// the stack, then the rows. The distances of rows and columns, and the length c of the channels of
// a pixel, are in bytes.
func (s isa) tile(name string, in, out int, constants []float32,
	transform func(x, k []reg.VecVirtual) []reg.VecVirtual) {

	// The function is not NOSPLIT, because its frame is larger than NOSPLIT allows.
	s.begin(name, 0, "func(dst *float32, dstRow, dstColumn int, src *float32, srcRow, "+
		"srcColumn, c int)")
	half := AllocLocal(in * out * s.bytes)
	k := make([]reg.VecVirtual, len(constants))
	for i, x := range constants {
		k[i] = s.constant(x)
	}
	source := newLine(in, "src", "srcRow", "srcColumn")
	target := newLine(out, "dst", "dstColumn", "dstRow")
	c, channel := Load(Param("c"), GP64()), GP64()
	XORQ(channel, channel)
	loop("channels")
	p := GP64()
	LEAQ(Mem{Base: source.base, Index: channel, Scale: 1}, p)
	for j := range in {
		x := s.some(in)
		for i := range x {
			VMOVUPS(source.at(p, i), x[i])
		}
		for i, y := range transform(x, k) {
			VMOVUPS(y, half.Offset((i*in+j)*s.bytes))
		}
		ADDQ(source.next, p)
	}
	LEAQ(Mem{Base: target.base, Index: channel, Scale: 1}, p)
	for i := range out {
		x := s.some(in)
		for j := range x {
			VMOVUPS(half.Offset((i*in+j)*s.bytes), x[j])
		}
		for j, y := range transform(x, k) {
			VMOVUPS(y, target.at(p, j))
		}
		ADDQ(target.next, p)
	}
	ADDQ(U8(s.bytes), channel)
	CMPQ(channel, c)
	JLT(LabelRef("channels"))
	VZEROUPPER()
	RET()
}

// line addresses up to six elements that are a step apart.
type line struct {
	base, step, three, five, next reg.Register
}

func newLine(n int, base, step, next string) *line {
	l := &line{base: Load(Param(base), GP64()), step: Load(Param(step), GP64()),
		next: Load(Param(next), GP64())}
	if n > 3 {
		three := GP64()
		LEAQ(Mem{Base: l.step, Index: l.step, Scale: 2}, three)
		l.three = three
	}
	if n > 5 {
		five := GP64()
		LEAQ(Mem{Base: l.step, Index: l.step, Scale: 4}, five)
		l.five = five
	}
	return l
}

// at returns the address of element i from p.
func (l *line) at(p reg.Register, i int) Mem {
	switch i {
	case 0:
		return Mem{Base: p}
	case 3:
		return Mem{Base: p, Index: l.three, Scale: 1}
	case 5:
		return Mem{Base: p, Index: l.five, Scale: 1}
	default:
		return Mem{Base: p, Index: l.step, Scale: uint8(i)}
	}
}
