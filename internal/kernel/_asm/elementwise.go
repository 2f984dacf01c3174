package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// channels runs body for each vector of channels (outer loop) and each pixel (inner loop). The
// pointers named in pixels advance by the parameter advance. before and after receive the offset of
// the channels. c, in bytes, and the number n of pixels are parameters too.
func channels(s isa, advance string, pixels []string, before, body,
	after func(channel reg.Register, p map[string]reg.Register)) {

	channel, c, n := GP64(), Load(Param("c"), GP64()), Load(Param("n"), GP64())
	step := c
	if advance != "c" {
		step = Load(Param(advance), GP64())
	}
	XORQ(channel, channel)
	loop("channels")
	p := map[string]reg.Register{}
	for _, name := range pixels {
		p[name] = Load(Param(name), GP64())
		ADDQ(channel, p[name])
	}
	before(channel, p)
	left := GP64()
	MOVQ(n, left)
	Label("pixel")
	body(channel, p)
	for _, name := range pixels {
		ADDQ(step, p[name])
	}
	DECQ(left)
	JNZ(LabelRef("pixel"))
	after(channel, p)
	ADDQ(U8(s.bytes), channel)
	CMPQ(channel, c)
	JLT(LabelRef("channels"))
	VZEROUPPER()
	RET()
}

func offset(base, index reg.Register) Mem { return Mem{Base: base, Index: index, Scale: 1} }

// moments makes the sums of x or, with centre, the sums of the squared differences from mean.
func moments(s isa) {
	s.function("sumPixels", nil, "func(sum, x *float32, n, c int)")
	sum := Load(Param("sum"), GP64())
	acc := s.vec()
	channels(s, "c", []string{"x"},
		func(_ reg.Register, _ map[string]reg.Register) { s.zero(acc) },
		func(_ reg.Register, p map[string]reg.Register) { VADDPS(at(p["x"], 0), acc, acc) },
		func(channel reg.Register, _ map[string]reg.Register) {
			VMOVUPS(acc,
				offset(sum, channel))
		})

	s.function("sumSquares", nil, "func(m2, mean, x *float32, n, c int)")
	m2, mean := Load(Param("m2"), GP64()), Load(Param("mean"), GP64())
	acc, m, d := s.vec(), s.vec(), s.vec()
	channels(s, "c", []string{"x"},
		func(channel reg.Register, _ map[string]reg.Register) {
			s.zero(acc)
			VMOVUPS(offset(mean, channel), m)
		},
		func(_ reg.Register, p map[string]reg.Register) {
			VMOVUPS(at(p["x"], 0), d)
			VSUBPS(m, d, d)
			VMULPS(d, d, d)
			VADDPS(d, acc, acc)
		},
		func(channel reg.Register, _ map[string]reg.Register) { VMOVUPS(acc, offset(m2, channel)) })
}

func normSums(s isa) {
	s.function("normSums", nil, "func(sum, dot, grad, x, mean *float32, n, c int)")
	sum, dot, mean := Load(Param("sum"), GP64()), Load(Param("dot"), GP64()),
		Load(Param("mean"), GP64())
	a, b, m, g, x := s.vec(), s.vec(), s.vec(), s.vec(), s.vec()
	channels(s, "c", []string{"grad", "x"},
		func(channel reg.Register, _ map[string]reg.Register) {
			VMOVUPS(offset(sum, channel), a)
			VMOVUPS(offset(dot, channel), b)
			VMOVUPS(offset(mean, channel), m)
		},
		func(_ reg.Register, p map[string]reg.Register) {
			VMOVUPS(at(p["grad"], 0), g)
			VADDPS(g, a, a)
			VMOVUPS(at(p["x"], 0), x)
			VSUBPS(m, x, x)
			VMULPS(x, g, g)
			VADDPS(g, b, b)
		},
		func(channel reg.Register, _ map[string]reg.Register) {
			VMOVUPS(a, offset(sum, channel))
			VMOVUPS(b, offset(dot, channel))
		})
}

// normBackward mirrors NormBackward; pitch is in bytes.
func normBackward(s isa) {
	s.function("normBackward", nil, "func(dst *float32, pitch int, grad, x *float32, pixel int, "+
		"a, b, d, mean *float32, n, c int)")
	dst, pitch := Load(Param("dst"), GP64()), Load(Param("pitch"), GP64())
	var coefficient [4]reg.VecVirtual
	for i := range coefficient {
		coefficient[i] = s.vec()
	}
	to, g, x, pointer := GP64(), s.vec(), s.vec(), GP64()
	channels(s, "pixel", []string{"grad", "x"},
		func(channel reg.Register, _ map[string]reg.Register) {
			for i, name := range []string{"a", "b", "d", "mean"} {
				Load(Param(name), pointer)
				VMOVUPS(offset(pointer, channel), coefficient[i])
			}
			MOVQ(dst, to)
			ADDQ(channel, to)
		},
		func(_ reg.Register, p map[string]reg.Register) {
			VMULPS(at(p["grad"], 0), coefficient[0], g)
			VMOVUPS(at(p["x"], 0), x)
			VSUBPS(coefficient[3], x, x)
			VMULPS(coefficient[1], x, x)
			VADDPS(x, g, g)
			VADDPS(coefficient[2], g, g)
			VMOVUPS(g, at(to, 0))
			ADDQ(pitch, to)
		},
		func(reg.Register, map[string]reg.Register) {})
}

func affine(s isa) {
	s.function("affine", nil, "func(dst, x, scale, shift *float32, n, c int)")
	scale, shift := Load(Param("scale"), GP64()), Load(Param("shift"), GP64())
	a, b, x := s.vec(), s.vec(), s.vec()
	channels(s, "c", []string{"dst", "x"},
		func(channel reg.Register, _ map[string]reg.Register) {
			VMOVUPS(offset(scale, channel), a)
			VMOVUPS(offset(shift, channel), b)
		},
		func(_ reg.Register, p map[string]reg.Register) {
			VMULPS(at(p["x"], 0), a, x)
			VADDPS(b, x, x)
			VMOVUPS(x, at(p["dst"], 0))
		},
		func(reg.Register, map[string]reg.Register) {})
}

// flat runs body for each vector of n float32s; n is a multiple of 16.
func flat(s isa, pointers []string, body func(p map[string]Mem)) {
	n, i := Load(Param("n"), GP64()), GP64()
	p := map[string]Mem{}
	XORQ(i, i)
	for _, name := range pointers {
		p[name] = Mem{Base: Load(Param(name), GP64()), Index: i, Scale: 4}
	}
	loop("vector")
	CMPQ(i, n)
	JGE(LabelRef("done"))
	body(p)
	ADDQ(U8(s.bytes/4), i)
	JMP(LabelRef("vector"))
	Label("done")
	VZEROUPPER()
	RET()
}

func sgd(s isa) {
	s.function("sgd", nil, "func(p, m, grad *float32, n int, rate, momentum, decay float32)")
	rate, momentum, decay := s.parameter("rate"), s.parameter("momentum"), s.parameter("decay")
	p, g, m := s.vec(), s.vec(), s.vec()
	flat(s, []string{"p", "m", "grad"}, func(at map[string]Mem) {
		VMOVUPS(at["p"], p)
		VMULPS(p, decay, g)
		VADDPS(at["grad"], g, g)
		VMULPS(at["m"], momentum, m)
		VADDPS(g, m, m)
		VMOVUPS(m, at["m"])
		VMULPS(m, rate, m)
		VSUBPS(m, p, p)
		VMOVUPS(p, at["p"])
	})
}

// adam mirrors AdamStep.Update. The parameter decay is Rate*Decay if the decay is decoupled; late1
// and late2 are 1 - Beta1 and 1 - Beta2.
func adam(s isa, name string, decoupled bool) {
	s.function(name, nil, "func(p, m, v, grad *float32, n int, rate, beta1, late1, beta2, late2, "+
		"correct1, correct2, epsilon, decay float32)")
	k := map[string]reg.VecVirtual{}
	for _, name := range []string{"rate", "beta1", "late1", "beta2", "late2", "correct1",
		"correct2", "epsilon", "decay"} {

		k[name] = s.parameter(name)
	}
	x, g, m, v, t := s.vec(), s.vec(), s.vec(), s.vec(), s.vec()
	flat(s, []string{"p", "m", "v", "grad"}, func(at map[string]Mem) {
		VMOVUPS(at["p"], x)
		VMOVUPS(at["grad"], g)
		VMULPS(x, k["decay"], t)
		if decoupled {
			VSUBPS(t, x, x)
		} else {
			VADDPS(t, g, g)
		}
		VMULPS(at["m"], k["beta1"], m)
		VMULPS(g, k["late1"], t)
		VADDPS(t, m, m)
		VMOVUPS(m, at["m"])
		VMULPS(g, k["late2"], t)
		VMULPS(g, t, t)
		VMULPS(at["v"], k["beta2"], v)
		VADDPS(t, v, v)
		VMOVUPS(v, at["v"])
		VDIVPS(k["correct2"], v, v)
		VSQRTPS(v, v)
		VADDPS(k["epsilon"], v, v)
		VDIVPS(k["correct1"], m, m)
		VMULPS(m, k["rate"], m)
		VDIVPS(v, m, m)
		VSUBPS(m, x, x)
		VMOVUPS(x, at["p"])
	})
}

func addScaled(s isa) {
	s.function("addScaled", nil, "func(dst, x *float32, n int, a float32)")
	a, x := s.parameter("a"), s.vec()
	flat(s, []string{"dst", "x"}, func(at map[string]Mem) {
		VMULPS(at["x"], a, x)
		VADDPS(at["dst"], x, x)
		VMOVUPS(x, at["dst"])
	})
}
