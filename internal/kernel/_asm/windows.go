package main

import (
	"fmt"
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// chunk is the number of entries of a list that are loaded at once.
const chunk = 8

// windowKernel makes the loops over the classes, windows and entries of a window kernel: see
// ../convwindows.go.
type windowKernel struct {
	acc   []reg.VecVirtual // sums of a pixel
	pixel int              // bytes of the sums of a pixel in memory
	row   int              // bytes of a row of weights
	value string           // type of the factors of the rows, or ""
	size  int              // bytes of a factor
}

// arguments returns the signature of a window kernel whose sums and weights have the given types.
func (k windowKernel) arguments(sums, weights string) string {
	value := ""
	if k.value != "" {
		value = ", value *" + k.value
	}
	return fmt.Sprintf("func(dst *%s, w *%s, index *uint8%s, windows *uint64, classes *uint32, "+
		"offset int, ahead *byte, lines int)", sums, weights, value)
}

// make makes the body. add adds a row of weights, times the value if there is one.
//
// The next chunk of a list is loaded before the weights of the current one. A load whose address
// comes from another load waits behind all loads of weights that precede it in the program.
func (k windowKernel) make(add func(acc []reg.VecVirtual, row, value Mem)) {
	dst, w, index := Load(Param("dst"), GP64()), Load(Param("w"), GP64()),
		Load(Param("index"), GP64())
	classes, fetched, lines := parameter("classes"), parameter("ahead"), parameter("lines")
	bytes := k.pixel / len(k.acc)
	offset := Load(Param("offset"), GP64())
	SHLQ(U8(bits.TrailingZeros(uint(k.pixel))), offset)
	ADDQ(offset, dst)

	value, values := GP64(), Mem{}
	if k.value != "" {
		values = AllocLocal(8)
		Load(Param("value"), value)
		MOVQ(value, values)
	}
	n := AllocLocal(8)
	// These registers hold the next window: its address, the number of windows that are left, and
	// the window itself.
	at, left, next := GP64(), GP64(), GP64()
	v, ahead, base, p, pixel, entries, row := GP64(), GP64(), GP64(), GP64(), GP64(), GP64(), GP64()

	Label("class")
	MOVQ(classes, p)
	MOVLQZX(Mem{Base: p, Disp: 4}, left)
	TESTQ(left, left)
	JZ(LabelRef("done"))
	MOVLQZX(Mem{Base: p}, entries)
	MOVQ(entries, n)
	MOVLQZX(Mem{Base: p, Disp: 8}, at)
	SHLQ(U8(3), at)
	ADDQ(Load(Param("windows"), GP64()), at)
	// This prefetches a part of the weights that are needed next, so that they arrive during the
	// work on the class.
	MOVQ(fetched, v)
	MOVQ(lines, row)
	Label("line")
	SUBQ(U8(1), row)
	JL(LabelRef("asked"))
	PREFETCHT1(Mem{Base: v})
	ADDQ(U8(64), v)
	JMP(LabelRef("line"))
	Label("asked")
	MOVQ(v, fetched)
	ADDQ(U8(12), p)
	MOVQ(p, classes)
	MOVQ(Mem{Base: at}, next)
	MOVQ(next, v)
	SHRQ(U8(32), v)
	MOVQ(Mem{Base: index, Index: v, Scale: 1}, v)

	loop("window")
	ADDQ(U8(8), at)
	MOVQ(next, p)
	SHRQ(U8(32), p)
	if k.value != "" {
		MOVQ(values, value)
		LEAQ(Mem{Base: value, Index: p, Scale: uint8(k.size)}, value)
	}
	ADDQ(index, p)
	MOVBLZX(next.As8(), base.As32())
	MOVL(next.As32(), pixel.As32())
	XORQ(base, pixel)
	switch shift := bits.TrailingZeros(uint(k.pixel)); {
	case shift > 8:
		SHLQ(U8(shift-8), pixel)
	case shift < 8:
		SHRQ(U8(8-shift), pixel)
	}
	ADDQ(dst, pixel)
	MOVQ(Mem{Base: at}, next)
	MOVQ(n, entries)
	for i := range k.acc {
		VMOVUPS(Mem{Base: pixel, Disp: i * bytes}, k.acc[i])
	}
	entry := func(last bool) {
		MOVL(v.As32(), row.As32())
		if !last {
			SHRQ(U8(8), v)
		}
		SUBL(base.As32(), row.As32())
		MOVBLZX(row.As8(), row.As32())
		SHLQ(U8(bits.TrailingZeros(uint(k.row))), row)
		add(k.acc, Mem{Base: w, Index: row, Scale: 1}, Mem{Base: value})
		if k.value != "" {
			ADDQ(U8(k.size), value)
		}
	}
	SUBQ(U8(chunk), entries)
	JLE(LabelRef("last"))
	loop("chunk")
	ADDQ(U8(chunk), p)
	MOVQ(Mem{Base: p}, ahead)
	for i := range chunk {
		entry(i == chunk-1)
	}
	MOVQ(ahead, v)
	SUBQ(U8(chunk), entries)
	JG(LabelRef("chunk"))
	Label("last")
	MOVQ(next, ahead)
	SHRQ(U8(32), ahead)
	MOVQ(Mem{Base: index, Index: ahead, Scale: 1}, ahead)
	ADDQ(U8(chunk), entries)
	loop("entry")
	entry(false)
	DECQ(entries)
	JNZ(LabelRef("entry"))
	for i := range k.acc {
		VMOVUPS(k.acc[i], Mem{Base: pixel, Disp: i * bytes})
	}
	MOVQ(ahead, v)
	DECQ(left)
	JNZ(LabelRef("window"))
	JMP(LabelRef("class"))
	Label("done")
	VZEROUPPER()
	RET()
}

// convWindows mirrors SpikeConv and RealConv for one width.
func convWindows(s isa, width int, reals bool) {
	k := windowKernel{acc: s.some(s.vecs(width)), pixel: 4 * width, row: 4 * width}
	name := "spikeConv%d"
	if reals {
		name, k.value, k.size = "realConv%d", "float32", 4
	}
	s.function(name, []any{width}, k.arguments("float32", "float32"))
	k.make(func(acc []reg.VecVirtual, row, value Mem) { accumulate(s, acc, row, value, reals) })
}

// convWindows16 mirrors SpikeConv16 and CountConv16 for one width and weights of 1 or 2 bytes.
func convWindows16(s isa, width, size int, counts bool) {
	vec, bytes := s.vec, s.bytes
	if 2*width < bytes {
		vec, bytes = YMM, 32
	}
	k := windowKernel{acc: make([]reg.VecVirtual, 2*width/bytes), pixel: 2 * width,
		row: size * width}
	for i := range k.acc {
		k.acc[i] = vec()
	}
	name := "spikeConv%dx%d"
	if counts {
		name, k.value, k.size = "countConv%dx%d", "int16", 2
	}
	s.function(name, []any{
		8 * size, width}, k.arguments("int16", map[int]string{1: "int8", 2: "int16"}[size]))
	k.make(func(acc []reg.VecVirtual, row, value Mem) {
		n := vec()
		if counts {
			VPBROADCASTW(value, n)
		}
		for i := range acc {
			x := vec()
			weights := row
			weights.Disp = i * bytes * size / 2
			switch {
			case size == 1:
				VPMOVSXBW(weights, x)
				if counts {
					VPMULLW(n, x, x)
				}
			case counts:
				VPMULLW(weights, n, x)
			default:
				VPADDSW(weights, acc[i], acc[i])
				continue
			}
			VPADDSW(x, acc[i], acc[i])
		}
	})
}

// widen mirrors Widen. n and c count bytes of float32s.
func widen(s isa) {
	s.function("widen", nil, "func(dst *float32, sum *int16, scale *float32, n, c int)")
	dst, sum, scales := Load(Param("dst"), GP64()), Load(Param("sum"), GP64()),
		Load(Param("scale"), GP64())
	left, c := Load(Param("n"), GP64()), Load(Param("c"), GP64())
	channel, x := GP64(), s.vec()
	Label("pixel")
	XORQ(channel, channel)
	loop("channels")
	VPMOVSXWD(Mem{Base: sum}, x)
	VCVTDQ2PS(x, x)
	VMULPS(Mem{Base: scales, Index: channel, Scale: 1}, x, x)
	VMOVUPS(x, Mem{Base: dst})
	ADDQ(U8(s.bytes/2), sum)
	ADDQ(U8(s.bytes), dst)
	ADDQ(U8(s.bytes), channel)
	CMPQ(channel, c)
	JLT(LabelRef("channels"))
	SUBQ(c, left)
	JNZ(LabelRef("pixel"))
	VZEROUPPER()
	RET()
}
