package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// levels makes the loops over the levels of 16 neurons; each level has a threshold of its own.
type levels struct {
	isa
	tau, one  reg.VecVirtual
	u, count  []reg.VecVirtual // u: current; count: number of levels that fire
	threshold reg.GPVirtual    // address of the threshold of the current level
	left      reg.GPVirtual    // number of levels that are left
}

// countLevels mirrors countLevelsGeneric. pitch, apart, stride and c are in bytes of float32s.
func countLevels(s isa) {
	s.function("countLevels", nil, "func(dst *float32, pitch, apart int, x *float32, stride int, "+
		"scale, shift *float32, T, pixels, c int, tau float32, thresholds *float32, levels int, "+
		"scratch *float32)")
	dst, apart := Load(Param("dst"), GP64()), Load(Param("apart"), GP64())
	x, stride := Load(Param("x"), GP64()), Load(Param("stride"), GP64())
	scales, shifts := Load(Param("scale"), GP64()), Load(Param("shift"), GP64())
	channel, kept, t, xt, to := GP64(), GP64(), GP64(), GP64(), GP64()
	n := s.vecs(lanes)
	l := &levels{isa: s, tau: s.parameter("tau"), one: s.constant(1), u: s.some(n),
		count: s.some(n), threshold: GP64(), left: GP64()}
	scale, shift, zero := s.some(n), s.some(n), s.vec()
	current := func() {
		for v := range l.u {
			VMULPS(at(xt, v*s.bytes), scale[v], l.u[v])
			VADDPS(shift[v], l.u[v], l.u[v])
		}
	}
	Label("pixel")
	XORQ(channel, channel)
	Label("channels")
	for v := range scale {
		VMOVUPS(Mem{Base: scales, Index: channel, Scale: 1, Disp: v * s.bytes}, scale[v])
		VMOVUPS(Mem{Base: shifts, Index: channel, Scale: 1, Disp: v * s.bytes}, shift[v])
	}
	MOVQ(x, xt)
	LEAQ(Mem{Base: dst, Index: channel, Scale: 1}, to)
	Load(Param("T"), t)
	CMPQ(t, U8(1))
	JE(LabelRef("single"))

	Load(Param("scratch"), kept)
	Load(Param("levels"), l.left)
	s.zero(zero)
	Label("rest")
	for v := range n {
		VMOVUPS(zero, at(kept, v*s.bytes))
	}
	ADDQ(U8(64), kept)
	DECQ(l.left)
	JNZ(LabelRef("rest"))
	Label("timestep")
	current()
	Load(Param("scratch"), kept)
	l.each("level", func(v int, threshold reg.VecVirtual) {
		w := s.vec()
		VADDPS(at(kept, v*s.bytes), l.u[v], w)
		fires := l.fires(v, w, threshold)
		VMULPS(l.tau, w, w)
		if s.bytes == 64 {
			VPXORD(w, w, fires.(reg.OpmaskVirtual), w)
		} else {
			VANDNPS(w, fires.(reg.VecVirtual), w)
		}
		VMOVUPS(w, at(kept, v*s.bytes))
	}, func() { ADDQ(U8(64), kept) })
	l.store(to)
	ADDQ(stride, xt)
	ADDQ(apart, to)
	DECQ(t)
	JNZ(LabelRef("timestep"))
	JMP(LabelRef("next"))

	Label("single") // one timestep needs no membranes
	current()
	l.each("onlyLevel", func(v int, threshold reg.VecVirtual) {
		l.fires(v, l.u[v], threshold)
	}, func() {})
	l.store(to)

	Label("next")
	ADDQ(U8(64), x)
	ADDQ(U8(64), channel)
	CMPQ(channel, parameter("c"))
	JLT(LabelRef("channels"))
	ADDQ(parameter("pitch"), dst)
	DECQ(parameter("pixels"))
	JNZ(LabelRef("pixel"))
	VZEROUPPER()
	RET()
}

// each runs body for each vector of each level.
func (l *levels) each(label string, body func(v int, threshold reg.VecVirtual), after func()) {
	for v := range l.count {
		l.zero(l.count[v])
	}
	Load(Param("thresholds"), l.threshold)
	Load(Param("levels"), l.left)
	Label(label)
	threshold := l.vec()
	VBROADCASTSS(Mem{Base: l.threshold}, threshold)
	for v := range l.u {
		body(v, threshold)
	}
	after()
	ADDQ(U8(4), l.threshold)
	DECQ(l.left)
	JNZ(LabelRef(label))
}

// fires counts the neurons of vector v whose membranes u reach the threshold, and returns a mask of
// them.
func (l *levels) fires(v int, u, threshold reg.VecVirtual) reg.Register {
	if l.bytes == 64 {
		k := K()
		VCMPPS(U8(greaterOrEqual), threshold, u, k)
		VADDPS(l.one, l.count[v], k, l.count[v])
		return k
	}
	mask, counted := l.vec(), l.vec()
	VCMPPS(U8(greaterOrEqual), threshold, u, mask)
	VANDPS(l.one, mask, counted)
	VADDPS(counted, l.count[v], l.count[v])
	return mask
}

func (l *levels) store(to reg.Register) {
	for v := range l.count {
		VMOVUPS(l.count[v], at(to, v*l.bytes))
	}
}
