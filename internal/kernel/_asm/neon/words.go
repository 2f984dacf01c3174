package main

import "fmt"

// Instructions that Go's assembler lacks are written as numbers, with the instruction in a comment.
// The destination comes last; for d = n op m the operand m comes first. The encodings are those of
// the Arm Architecture Reference Manual for A-profile (DDI 0487), C7.2.
var (
	fadd  = three("FADD", "S4", 0x4E20D400)  // d = n + m
	fsub  = three("FSUB", "S4", 0x4EA0D400)  // d = n - m
	fmul  = three("FMUL", "S4", 0x6E20DC00)  // d = n * m
	fdiv  = three("FDIV", "S4", 0x6E20FC00)  // d = n / m
	fmax  = three("FMAX", "S4", 0x4E20F400)  // d = max(n, m)
	fabd  = three("FABD", "S4", 0x6EA0D400)  // d = |n - m|
	fcmge = three("FCMGE", "S4", 0x6E20E400) // all bits of d where n >= m
	fcmgt = three("FCMGT", "S4", 0x6EA0E400) // all bits of d where n > m
	bic   = three("BIC", "B16", 0x4E601C00)  // d = n &^ m
	sqadd = three("SQADD", "H8", 0x4E600C00) // d = n + m, or the end of the range

	fsqrt  = two("FSQRT", "S4", "S4", 0x6EA1F800)
	scvtf  = two("SCVTF", "S4", "S4", 0x4E21D800)
	isZero = two("FCMEQ $0,", "S4", "S4", 0x4EA0D800) // all bits of d where n == 0

	// quarters converts int32s to float32s and divides them by 4.
	quarters = two("SCVTF $2,", "S4", "S4", 0x4F3EE400)

	// These extend the sign of the lower half of a vector's lanes, and of the upper half.
	extend8 = [2]func(n, d vec){two("SXTL", "B8", "H8", 0x0F08A400),
		two("SXTL2", "B16", "H8", 0x4F08A400)}
	extend16 = [2]func(n, d vec){two("SXTL", "H4", "S4", 0x0F10A400),
		two("SXTL2", "H8", "S4", 0x4F10A400)}
)

func word(code uint32, text string) {
	fmt.Fprintf(&current.body, "\tWORD $0x%08x // %s\n", code, text)
}

func three(name, lanes string, code uint32) func(m, n, d vec) {
	return func(m, n, d vec) {
		word(code|uint32(m)<<16|uint32(n)<<5|uint32(d),
			fmt.Sprintf("%s %s, %s, %s", name, m.of(lanes), n.of(lanes), d.of(lanes)))
	}
}

func two(name, from, to string, code uint32) func(n, d vec) {
	return func(n, d vec) {
		word(code|uint32(n)<<5|uint32(d), fmt.Sprintf("%s %s, %s", name, n.of(from), d.of(to)))
	}
}

// element is lane i of m, for the instructions that multiply a vector by one lane.
type element struct {
	m vec
	i int
}

// fmulBy is d = n * element of S4, and fmlaBy is d += n * element, both in one rounding.
func fmulBy(e element, n, d vec) { byS("FMUL", 0x4F809000, e, n, d) }
func fmlaBy(e element, n, d vec) { byS("FMLA", 0x4F801000, e, n, d) }

func byS(name string, code uint32, e element, n, d vec) {
	code |= uint32(e.i&1)<<21 | uint32(e.m)<<16 | uint32(e.i>>1)<<11
	word(code|uint32(n)<<5|uint32(d), fmt.Sprintf("%s V%d.S[%d], %s, %s", name, e.m, e.i,
		n.of("S4"), d.of("S4")))
}

// mulBy is d = n * element of H8, keeping the lower 16 bits of each product. m must be one of the
// first 16 vectors.
func mulBy(e element, n, d vec) {
	if e.m > 15 {
		panic(current.name + ": no such factor")
	}
	code := 0x4F408000 | uint32(e.i>>1&1)<<21 | uint32(e.i&1)<<20 | uint32(e.m)<<16 |
		uint32(e.i>>2)<<11
	word(code|uint32(n)<<5|uint32(d), fmt.Sprintf("MUL V%d.H[%d], %s, %s", e.m, e.i, n.of("H8"),
		d.of("H8")))
}
