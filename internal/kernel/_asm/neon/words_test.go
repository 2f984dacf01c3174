package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestWords compares the instructions that are written as numbers with those that LLVM's assembler
// makes of them (llvm-mc 14 -triple=aarch64 -show-encoding).
func TestWords(t *testing.T) {
	const m, n, d, low = vec(19), vec(7), vec(31), vec(13)
	for _, c := range []struct {
		text string
		make func()
		want uint32
	}{
		{"fadd v31.4s, v7.4s, v19.4s", func() { fadd(m, n, d) }, 0x4e33d4ff},
		{"fsub v31.4s, v7.4s, v19.4s", func() { fsub(m, n, d) }, 0x4eb3d4ff},
		{"fmul v31.4s, v7.4s, v19.4s", func() { fmul(m, n, d) }, 0x6e33dcff},
		{"fdiv v31.4s, v7.4s, v19.4s", func() { fdiv(m, n, d) }, 0x6e33fcff},
		{"fmax v31.4s, v7.4s, v19.4s", func() { fmax(m, n, d) }, 0x4e33f4ff},
		{"fabd v31.4s, v7.4s, v19.4s", func() { fabd(m, n, d) }, 0x6eb3d4ff},
		{"fcmge v31.4s, v7.4s, v19.4s", func() { fcmge(m, n, d) }, 0x6e33e4ff},
		{"fcmgt v31.4s, v7.4s, v19.4s", func() { fcmgt(m, n, d) }, 0x6eb3e4ff},
		{"bic v31.16b, v7.16b, v19.16b", func() { bic(m, n, d) }, 0x4e731cff},
		{"sqadd v31.8h, v7.8h, v19.8h", func() { sqadd(m, n, d) }, 0x4e730cff},
		{"fsqrt v31.4s, v7.4s", func() { fsqrt(n, d) }, 0x6ea1f8ff},
		{"scvtf v31.4s, v7.4s", func() { scvtf(n, d) }, 0x4e21d8ff},
		{"fcmeq v31.4s, v7.4s, #0.0", func() { isZero(n, d) }, 0x4ea0d8ff},
		{"scvtf v31.4s, v7.4s, #2", func() { quarters(n, d) }, 0x4f3ee4ff},
		{"sxtl v31.8h, v7.8b", func() { extend8[0](n, d) }, 0x0f08a4ff},
		{"sxtl2 v31.8h, v7.16b", func() { extend8[1](n, d) }, 0x4f08a4ff},
		{"sxtl v31.4s, v7.4h", func() { extend16[0](n, d) }, 0x0f10a4ff},
		{"sxtl2 v31.4s, v7.8h", func() { extend16[1](n, d) }, 0x4f10a4ff},
		{"fmul v31.4s, v7.4s, v19.s[3]", func() { fmulBy(element{m, 3}, n, d) }, 0x4fb398ff},
		{"fmla v31.4s, v7.4s, v19.s[2]", func() { fmlaBy(element{m, 2}, n, d) }, 0x4f9318ff},
		{"fmul v31.4s, v7.4s, v19.s[1]", func() { fmulBy(element{m, 1}, n, d) }, 0x4fb390ff},
		{"mul v31.8h, v7.8h, v13.h[6]", func() { mulBy(element{low, 6}, n, d) }, 0x4f6d88ff},
		{"mul v31.8h, v7.8h, v13.h[5]", func() { mulBy(element{low, 5}, n, d) }, 0x4f5d88ff},
	} {
		current = &function{}
		c.make()
		if got, want := current.body.String(),
			fmt.Sprintf("\tWORD $0x%08x ", c.want); !strings.HasPrefix(got, want) {

			t.Errorf("%s: got %q, want %q", c.text, got, want)
		}
	}
}
