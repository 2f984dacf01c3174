// This program generates the assembly of the package kernel for amd64; ../variant.go says how it is
// run. Each file here mirrors one of the plain-Go kernels, which define the results. The package
// variants gathers the functions in tables.
package main

import (
	"flag"
	"fmt"
	"log"
	"math"

	"ssnn/internal/kernel/asm/variants"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const lanes = 16

// isa is an instruction set with vectors of the given number of bytes.
type isa struct {
	bytes int
	vec   func() reg.VecVirtual
	made  *variants.Set
}

var (
	avx512 = isa{64, ZMM, &variants.Set{Name: "avx512", GemmColumns: 32}}
	avx2   = isa{32, YMM, &variants.Set{Name: "avx2", GemmColumns: 16}}
)

// vecs is the number of vectors that hold n float32s.
func (s isa) vecs(n int) int { return 4 * n / s.bytes }

// some returns n new vectors.
func (s isa) some(n int) []reg.VecVirtual {
	v := make([]reg.VecVirtual, n)
	for i := range v {
		v[i] = s.vec()
	}
	return v
}

// zero sets v to 0.
func (s isa) zero(v reg.VecVirtual) { VXORPS(v, v, v) }

// parameter returns a vector with a float32 parameter in all lanes.
func (s isa) parameter(name string) reg.VecVirtual {
	v := s.vec()
	VBROADCASTSS(parameter(name), v)
	return v
}

// parameter returns the place of a parameter in memory.
func parameter(name string) Mem {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

// constant returns a vector with the number x in all lanes.
func (s isa) constant(x float32) reg.VecVirtual {
	r, v := GP32(), s.vec()
	MOVL(U32(math.Float32bits(x)), r)
	x4 := XMM()
	VMOVD(r, x4)
	VBROADCASTSS(x4, v)
	return v
}

// function begins a function, and adds it by its name to the table of its instruction set.
func (s isa) function(format string, args []any, signature string) {
	s.begin(fmt.Sprintf(format, args...), NOSPLIT, signature)
}

// begin is function with attributes: NOSPLIT, or 0 if the frame is larger than NOSPLIT allows.
func (s isa) begin(name string, attributes attr.Attribute, signature string) {
	s.made.Add(name, signature)
	TEXT(name+s.made.Suffix(), attributes, signature)
	Pragma("noescape")
}

// loop is Label for the beginning of an inner loop. The loop begins a cache line: a loop that lies
// across two lines takes up to half as long again, and without the alignment its place would change
// with every other function.
func loop(label string) {
	Instruction(&ir.Instruction{Opcode: "PCALIGN", Operands: []Op{Imm(64)}})
	Label(label)
}

func at(base reg.Register, disp int) Mem { return Mem{Base: base, Disp: disp} }

func main() {
	tables := flag.String("variants", "", "file of the tables of functions")
	flag.Parse()
	ConstraintExpr("amd64")
	bits, inBytes := laneBits(), byteBits()
	for _, s := range []isa{avx512, avx2} {
		for _, width := range []int{64, 32, 16} {
			convWindows(s, width, false)
			convWindows(s, width, true)
			for _, size := range []int{1, 2} {
				convWindows16(s, width, size, false)
				convWindows16(s, width, size, true)
			}
			sumRows(s, width, false)
			sumRows(s, width, true)
			tableConv(s, width)
		}
		for _, width := range []int{64, 32, 16, 8} {
			for _, valued := range []bool{false, true} {
				scatter(s, width, valued)
				if width > 8 {
					scatter16(s, width, 1, valued)
					scatter16(s, width, 2, valued)
				}
			}
		}
		for _, soft := range []bool{false, true} {
			lifForward(s, soft)
			for _, slope := range []string{"Rectangle", "Triangle", "Arctan"} {
				lifBackward(s, soft, false, slope)
				lifBackward(s, soft, true, slope)
			}
			leakGradient(s, soft)
		}
		moments(s)
		normSums(s)
		normBackward(s)
		affine(s)
		sgd(s)
		adam(s, "adam", false)
		adam(s, "adamW", true)
		addScaled(s)
		avgSpikes(s, bits)
		addSpikes(s, bits)
		scaleTo(s)
		splitPixels(s)
		joinPixels(s)
		splitFloats(s)
		splitWords(s)
		splitBytes(s)
		finite(s)
		widen(s)
		tiles(s)
		spikeBytes(s, inBytes)
		countBytes(s)
		wholeBytes(s)
		countLevels(s)
	}
	for i, width := range []int{16, 32, 64} {
		for pixels := 1; pixels <= []int{12, 12, 6}[i]; pixels++ {
			dots(avx512, pixels, width, false)
			dots(avx512, pixels, width, true)
		}
		for pixels := 1; pixels <= []int{6, 3, 1}[i]; pixels++ {
			dots(avx2, pixels, width, false)
		}
	}
	numbers, packed := numbers(), lanesOf()
	lists(numbers, packed)
	for _, s := range []isa{avx512, avx2} {
		activeSpikes(s, numbers, packed)
		activeReals(s, packed)
	}
	fetch()
	for rows := 1; rows <= 12; rows++ {
		gemm(avx512, rows, 32)
		gemm(avx512, rows, 16)
		if rows <= 6 {
			gemm(avx2, rows, 16)
		}
	}
	Generate()
	if err := variants.Write(*tables, *avx512.made, *avx2.made); err != nil {
		log.Fatal(err)
	}
}
