package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dots makes Dots.Run for some adjacent pixels of each row and some outputs, with all sums in
// registers. Distances are in bytes. With vnni one instruction multiplies and adds a group, with
// sums of 32 bits; without it, pairs of products are first added in 16 bits.
func dots(s isa, pixels, width int, vnni bool) {
	name := "dots%dx%d"
	if vnni {
		name = "vnniDots%dx%d"
	}
	s.function(name, []any{pixels, width},
		"func(dst *float32, x *uint8, w *int8, scale *float32, "+
			"rows, planes, taps, groups, pixel, row, line, plane, dstRow int)")
	planes := AllocLocal(8) // number of planes that are left
	dst, x, from, pixel := GP64(), Load(Param("x"), GP64()), GP64(), Load(Param("pixel"), GP64())
	Load(Param("dst"), dst)
	// odd holds the odd multiples of the distance of two pixels. The even multiples are two, four
	// or eight times one of these.
	odd := map[int]reg.Register{1: pixel}
	twice := GP64()
	LEAQ(Mem{Base: pixel, Index: pixel, Scale: 1}, twice)
	for k := 3; k < pixels; k += 2 {
		r := GP64()
		LEAQ(Mem{Base: odd[k-2], Index: twice, Scale: 1}, r)
		odd[k] = r
	}
	address := func(base reg.Register, p int) Mem {
		m := Mem{Base: base}
		for scale := 1; p > 0; scale *= 2 {
			if r, is := odd[p]; is && p%2 == 1 {
				m.Index, m.Scale = r, uint8(scale)
				break
			}
			p /= 2
		}
		return m
	}
	vecs := s.vecs(width)
	acc := make([][]reg.VecVirtual, pixels)
	for p := range acc {
		acc[p] = s.some(vecs)
	}
	rowAt, w, groups, taps := GP64(), GP64(), GP64(), GP64()
	Label("row")
	Load(Param("planes"), taps)
	MOVQ(taps, planes)
	for p := range acc {
		for v := range acc[p] {
			s.zero(acc[p][v])
		}
	}
	MOVQ(x, rowAt)
	Load(Param("w"), w)
	Label("plane")
	Load(Param("taps"), taps)
	Label("tap")
	MOVQ(rowAt, from)
	Load(Param("groups"), groups)
	loop("group")
	weights, input, product := s.some(vecs), s.vec(), s.vec()
	if s.bytes == 64 {
		for v := range weights {
			VMOVUPS(at(w, v*s.bytes), weights[v])
		}
	}
	for p := range acc {
		VPBROADCASTD(address(from, p), input)
		for v := range acc[p] {
			switch {
			case vnni:
				addDots(weights[v], input, acc[p][v])
				continue
			case s.bytes == 64:
				VPMADDUBSW(weights[v], input, product)
			default:
				VPMADDUBSW(at(w, v*s.bytes), input, product)
			}
			VPADDW(product, acc[p][v], acc[p][v])
		}
	}
	ADDQ(U8(4), from)
	ADDQ(U32(4*width), w)
	DECQ(groups)
	JNZ(LabelRef("group"))
	ADDQ(parameter("line"), rowAt)
	DECQ(taps)
	JNZ(LabelRef("tap"))
	ADDQ(parameter("plane"), rowAt) // from the address behind the last tap
	DECQ(planes)
	JNZ(LabelRef("plane"))

	scale := w
	Load(Param("scale"), scale)
	if !vnni {
		ones, one := GP32(), XMM()
		MOVL(U32(1<<16|1), ones)
		VMOVD(ones, one)
		VPBROADCASTD(one, product)
	}
	for p := range acc {
		for v, sum := range acc[p] {
			if !vnni {
				VPMADDWD(product, sum, sum)
			}
			VCVTDQ2PS(sum, sum)
			VMULPS(at(scale, v*s.bytes), sum, sum)
			VMOVUPS(sum, at(dst, 4*p*width+v*s.bytes))
		}
	}
	ADDQ(parameter("dstRow"), dst)
	ADDQ(parameter("row"), x)
	DECQ(parameter("rows"))
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// addDots adds to each sum of 32 bits the products of four signed weights and four unsigned inputs.
// It is VPDPBUSD of AVX-512 VNNI, which avo does not have.
func addDots(weights, inputs, sums reg.VecVirtual) {
	Instruction(&ir.Instruction{
		Opcode:   "VPDPBUSD",
		Operands: []Op{weights, inputs, sums},
		Inputs:   []Op{weights, inputs, sums},
		Outputs:  []Op{sums},
		ISA:      []string{"AVX512VNNI"},
	})
}

// byteBits is a table of the bits of a word of spikes, each within its byte, and for each bit the
// number of that byte in the word.
func byteBits() Mem {
	m := GLOBL("byteBits", attr.RODATA|attr.NOPTR)
	DATA(0, U64(0x8040201008040201))
	DATA(8, U64(0x8040201008040201))
	DATA(16, U64(0))
	DATA(24, U64(0x0101010101010101))
	return m
}

// spikeBytes mirrors spikeBytesGeneric.
func spikeBytes(s isa, bits Mem) {
	s.function("spikeBytes", nil, "func(dst *uint8, s *uint16, pixels, words, pitch int)")
	dst, words := Load(Param("dst"), GP64()), Load(Param("s"), GP64())
	pixels, pitch := Load(Param("pixels"), GP64()), Load(Param("pitch"), GP64())
	ones, word, left, to := XMM(), GP32(), GP64(), GP64()
	MOVL(U32(0x01010101), word)
	VMOVD(word, ones)
	VPBROADCASTD(ones, ones)
	lane, choose := XMM(), XMM()
	if s.bytes == 32 {
		VMOVDQU(bits, lane)
		VMOVDQU(bits.Offset(16), choose)
	}
	Label("pixel")
	MOVQ(dst, to)
	Load(Param("words"), left)
	loop("word")
	set := XMM()
	if s.bytes == 64 {
		k := K()
		KMOVW(Mem{Base: words}, k)
		VMOVDQU8_Z(ones, k, set)
	} else {
		MOVWLZX(Mem{Base: words}, word)
		VMOVD(word, set)
		VPSHUFB(choose, set, set)
		VPAND(lane, set, set)
		VPCMPEQB(lane, set, set)
		VPAND(ones, set, set)
	}
	VMOVDQU(set, Mem{Base: to})
	ADDQ(U8(2), words)
	ADDQ(U8(lanes), to)
	DECQ(left)
	JNZ(LabelRef("word"))
	ADDQ(pitch, dst)
	DECQ(pixels)
	JNZ(LabelRef("pixel"))
	RET()
}

// countBytes mirrors countBytesGeneric for pixels of whole vectors; vectors is their number in a
// pixel.
func countBytes(s isa) {
	s.function("countBytes", nil,
		"func(dst *uint8, x *float32, pixels, vectors, pitch int, factor float32)")
	dst, x := Load(Param("dst"), GP64()), Load(Param("x"), GP64())
	pixels, pitch := Load(Param("pixels"), GP64()), Load(Param("pitch"), GP64())
	left, to := GP64(), GP64()
	factor, v := s.parameter("factor"), s.some(s.vecs(lanes))
	Label("pixel")
	MOVQ(dst, to)
	Load(Param("vectors"), left)
	loop("vector")
	for i := range v {
		VMULPS(at(x, i*s.bytes), factor, v[i])
		VCVTPS2DQ(v[i], v[i])
	}
	s.storeBytes(v, to)
	ADDQ(U8(4*lanes), x)
	ADDQ(U8(lanes), to)
	DECQ(left)
	JNZ(LabelRef("vector"))
	ADDQ(pitch, dst)
	DECQ(pixels)
	JNZ(LabelRef("pixel"))
	VZEROUPPER()
	RET()
}

// storeBytes stores 16 numbers of 32 bits, each 0 to 255, as bytes.
func (s isa) storeBytes(v []reg.VecVirtual, to reg.Register) {
	if s.bytes == 64 {
		VPMOVDB(v[0], Mem{Base: to})
		return
	}
	VPACKUSDW(v[1], v[0], v[0]) // packs each half of the vector by itself
	VPERMQ(U8(0b11011000), v[0], v[0])
	high := XMM()
	VEXTRACTI128(U8(1), v[0], high)
	VPACKUSWB(high, v[0].AsX(), high)
	VMOVDQU(high, Mem{Base: to})
}

// wholeBytes mirrors wholeBytesGeneric for rows of at least one vector. The last vector of a row
// may overlap with the one before it. The result has more than 8 bits if a value is not a whole
// number of 0 to 255.
func wholeBytes(s isa) {
	s.function("wholeBytes", nil, "func(dst *uint8, x *float32, rows, n, line int) int")
	to, x, n := GP64(), Load(Param("x"), GP64()), GP64()
	dst, rows := Load(Param("dst"), GP64()), Load(Param("rows"), GP64())
	all, v := s.some(s.vecs(lanes)), s.some(s.vecs(lanes))
	for i := range all {
		s.zero(all[i])
	}
	Label("row")
	MOVQ(dst, to)
	Load(Param("n"), n)
	Label("vector")
	for i := range v {
		value, number := s.vec(), s.vec()
		VMOVUPS(at(x, i*s.bytes), value)
		VCVTPS2DQ(value, v[i])
		VCVTDQ2PS(v[i], number)
		VPMAXUD(v[i], all[i], all[i])
		// The difference is 0 if the value is whole. The bits of any other difference, or of NaN,
		// are a large integer.
		VSUBPS(number, value, number)
		VPMAXUD(number, all[i], all[i])
	}
	s.storeBytes(v, to)
	ADDQ(U8(4*lanes), x)
	ADDQ(U8(lanes), to)
	SUBQ(U8(lanes), n)
	JZ(LabelRef("done"))
	CMPQ(n, U8(lanes))
	JGE(LabelRef("vector"))
	SUBQ(U8(lanes), n) // moves back, so that one vector is left
	ADDQ(n, to)
	LEAQ(Mem{Base: x, Index: n, Scale: 4}, x)
	MOVQ(U64(lanes), n)
	JMP(LabelRef("vector"))
	Label("done")
	ADDQ(parameter("line"), dst)
	DECQ(rows)
	JNZ(LabelRef("row"))
	for i := 1; i < len(all); i++ {
		VPMAXUD(all[i], all[0], all[0])
	}
	half := YMM()
	if s.bytes == 64 {
		VEXTRACTI64X4(U8(1), all[0], half)
		VPMAXUD(half, all[0].AsY(), half)
	} else {
		half = all[0].AsY().(reg.VecVirtual)
	}
	quarter := XMM()
	VEXTRACTI128(U8(1), half, quarter)
	VPMAXUD(half.AsX(), quarter, quarter)
	other, largest := XMM(), GP64()
	for _, lanes := range []uint8{0b01001110, 0b10110001} {
		VPSHUFD(U8(lanes), quarter, other)
		VPMAXUD(other, quarter, quarter)
	}
	VMOVD(quarter, largest.As32())
	Store(largest, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
