package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// These are predicates of VCMPPS.
const (
	lessThan       = 17 // quiet
	greaterOrEqual = 29 // quiet
)

// neuron holds the registers that the loops over timesteps share, for 16 neurons in one or two
// vectors.
type neuron struct {
	isa
	soft           bool
	tau, threshold reg.VecVirtual
	amount         reg.VecVirtual // the amount that a soft reset subtracts
	scale, shift   []reg.VecVirtual
	w, u           []reg.VecVirtual
}

// newNeuron loads the parameters of the neurons.
func newNeuron(s isa, soft bool) *neuron {
	n := &neuron{isa: s, soft: soft, tau: s.parameter("tau"), threshold: s.parameter("threshold")}
	if soft {
		n.amount = s.parameter("amount")
	}
	count := s.vecs(lanes)
	n.scale, n.shift, n.w, n.u = s.some(count), s.some(count), s.some(count), s.some(count)
	return n
}

// begin loads the scale and shift of the neurons from a channel on, and sets their membranes to
// rest.
func (n *neuron) begin(channel reg.Register) {
	scale, shift := Load(Param("scale"), GP64()), Load(Param("shift"), GP64())
	for v := range n.w {
		VMOVUPS(Mem{Base: scale, Index: channel, Scale: 1, Disp: v * n.bytes}, n.scale[v])
		VMOVUPS(Mem{Base: shift, Index: channel, Scale: 1, Disp: v * n.bytes}, n.shift[v])
		n.zero(n.w[v])
	}
}

// integrate computes u[t] from the currents at x and, unless the pointer add is 0, those at add.
func (n *neuron) integrate(x, add reg.Register, label string) {
	n.current(x, add, label)
	n.leak()
}

// current sets u to the current.
func (n *neuron) current(x, add reg.Register, label string) {
	n.currentOf(x)
	TESTQ(add, add)
	JZ(LabelRef(label))
	for v := range n.u {
		VADDPS(at(add, v*n.bytes), n.u[v], n.u[v])
	}
	Label(label)
}

// currentOf sets u to the current from x alone.
func (n *neuron) currentOf(x reg.Register) {
	for v := range n.u {
		VMULPS(at(x, v*n.bytes), n.scale[v], n.u[v])
		VADDPS(n.shift[v], n.u[v], n.u[v])
	}
}

// timestep integrates the current u, writes the spikes, and moves on by a timestep. Between
// timesteps w is tau times the membrane.
func (n *neuron) timestep(x, spikes, stride, spikeStride reg.Register) {
	for v := range n.u {
		VADDPS(n.u[v], n.w[v], n.u[v])
	}
	n.fire(at(spikes, 0))
	ADDQ(stride, x)
	ADDQ(spikeStride, spikes)
}

// fire writes the spikes of u, and sets w to tau times the membrane after the reset. Each timestep
// waits for the one before, so all that does not depend on the comparison is computed beside it.
func (n *neuron) fire(spikes Mem) {
	if n.soft {
		MOVW(n.spike(true).As16(), spikes)
		n.decay()
		return
	}
	for v := range n.w {
		VMULPS(n.tau, n.u[v], n.w[v])
	}
	if n.bytes == 64 {
		k, w := K(), n.w[0]
		VCMPPS(U8(greaterOrEqual), n.threshold, n.u[0], k)
		KMOVW(k, spikes)
		VPXORD(w, w, k, w)
		return
	}
	word := GP32()
	for v := range n.w {
		mask := n.fired(v, word)
		VANDNPS(n.w[v], mask, n.w[v])
	}
	MOVW(word.As16(), spikes)
}

// fired returns a mask of the neurons of vector v that fire, and adds their bits to word.
func (n *neuron) fired(v int, word reg.GPVirtual) (mask reg.VecVirtual) {
	mask = n.vec()
	VCMPPS(U8(greaterOrEqual), n.threshold, n.u[v], mask)
	if v == 0 {
		VMOVMSKPS(mask, word)
		return mask
	}
	high := GP32()
	VMOVMSKPS(mask, high)
	SHLL(U8(8), high)
	ORL(high, word)
	return mask
}

// decay sets w to tau times the membrane.
func (n *neuron) decay() {
	for v := range n.w {
		VMULPS(n.tau, n.w[v], n.w[v])
	}
}

// leak adds tau times the membrane w to u.
func (n *neuron) leak() {
	for v := range n.u {
		VMULPS(n.tau, n.w[v], n.w[v])
		VADDPS(n.u[v], n.w[v], n.u[v])
	}
}

// spike computes w[t] from u[t]. With wantBits it returns the spikes as a word.
func (n *neuron) spike(wantBits bool) (word reg.GPVirtual) {
	if wantBits {
		word = GP32()
	}
	for v := range n.u {
		if n.bytes == 64 {
			k := K()
			VCMPPS(U8(greaterOrEqual), n.threshold, n.u[v], k)
			if wantBits {
				KMOVW(k, word)
			}
			if n.soft {
				VMOVAPS(n.u[v], n.w[v])
				VSUBPS(n.amount, n.u[v], k, n.w[v])
			} else {
				quiet := K()
				KNOTW(k, quiet)
				VMOVAPS_Z(n.u[v], quiet, n.w[v])
			}
			continue
		}
		var mask reg.VecVirtual
		if wantBits {
			mask = n.fired(v, word)
		} else {
			mask = n.vec()
			VCMPPS(U8(greaterOrEqual), n.threshold, n.u[v], mask)
		}
		if n.soft {
			VANDPS(n.amount, mask, mask)
			VSUBPS(mask, n.u[v], n.w[v])
		} else {
			VANDNPS(n.u[v], mask, n.w[v])
		}
	}
	return word
}

func softName(soft bool) string {
	if soft {
		return "Soft"
	}
	return "Hard"
}

// lifForward mirrors Neuron.Forward. stride, n and c are in bytes of float32s; a word of spikes
// takes 1/32 of the bytes of its neurons.
func lifForward(s isa, soft bool) {
	s.function("lifForward%s", []any{softName(soft)},
		"func(s *uint16, x, add, scale, shift, w *float32, "+
			"T, stride, n, c int, tau, threshold, amount float32)")
	w := Load(Param("w"), GP64())
	spikes, x, add := Load(Param("s"), GP64()), Load(Param("x"), GP64()), Load(Param("add"), GP64())
	stride, left := Load(Param("stride"), GP64()), Load(Param("n"), GP64())
	n := newNeuron(s, soft)
	channel := GP64()
	XORQ(channel, channel)
	n.single(spikes, x, add, w, left, channel)

	Label("neurons")
	TESTQ(left, left)
	JZ(LabelRef("done"))
	n.begin(channel)
	TESTQ(w, w)
	JZ(LabelRef("atRest"))
	for v := range n.w {
		VMULPS(at(w, v*n.bytes), n.tau, n.w[v])
	}
	Label("atRest")
	xt, addT, st, t, spikeStride := GP64(), GP64(), GP64(), GP64(), GP64()
	MOVQ(x, xt)
	MOVQ(add, addT)
	MOVQ(spikes, st)
	MOVQ(stride, spikeStride)
	SHRQ(U8(5), spikeStride)
	Load(Param("T"), t)
	TESTQ(add, add)
	JNZ(LabelRef("withAdd"))
	loop("timestep")
	n.currentOf(xt)
	n.timestep(xt, st, stride, spikeStride)
	DECQ(t)
	JNZ(LabelRef("timestep"))
	JMP(LabelRef("integrated"))
	Label("withAdd")
	n.currentOf(xt)
	for v := range n.u {
		VADDPS(at(addT, v*n.bytes), n.u[v], n.u[v])
	}
	ADDQ(stride, addT)
	n.timestep(xt, st, stride, spikeStride)
	DECQ(t)
	JNZ(LabelRef("withAdd"))
	Label("integrated")

	TESTQ(w, w)
	JZ(LabelRef("notKept"))
	n.spike(false)
	for v := range n.w {
		VMOVUPS(n.w[v], at(w, v*n.bytes))
	}
	ADDQ(U8(64), w)
	Label("notKept")
	ADDQ(U8(2), spikes)
	nextNeurons(channel, left, []reg.Register{x}, add)
	JMP(LabelRef("neurons"))
	Label("done")
	VZEROUPPER()
	RET()
}

// single does all of lifForward for a single timestep that keeps the membranes and adds no current.
// Loading the scale and shift of 16 neurons then takes as long as their arithmetic, so single does
// both together.
func (n *neuron) single(spikes, x, add, w, left, channel reg.Register) {
	T, scale, shift, c, first := GP64(), GP64(), GP64(), GP64(), GP64()
	Load(Param("T"), T)
	CMPQ(T, U8(1))
	JNE(LabelRef("neurons"))
	TESTQ(add, add)
	JNZ(LabelRef("neurons"))
	TESTQ(w, w)
	JZ(LabelRef("neurons"))
	TESTQ(left, left)
	JZ(LabelRef("neurons"))
	Load(Param("scale"), scale)
	Load(Param("shift"), shift)
	Load(Param("c"), c)
	XORQ(first, first)
	loop("single")
	for v := range n.u {
		VMOVUPS(at(x, v*n.bytes), n.u[v])
		VMULPS(Mem{Base: scale, Index: channel, Scale: 1, Disp: v * n.bytes}, n.u[v], n.u[v])
		VADDPS(Mem{Base: shift, Index: channel, Scale: 1, Disp: v * n.bytes}, n.u[v], n.u[v])
		VMULPS(at(w, v*n.bytes), n.tau, n.w[v])
		VADDPS(n.u[v], n.w[v], n.u[v])
	}
	MOVW(n.spike(true).As16(), at(spikes, 0))
	for v := range n.w {
		VMOVUPS(n.w[v], at(w, v*n.bytes))
	}
	ADDQ(U8(64), x)
	ADDQ(U8(64), w)
	ADDQ(U8(2), spikes)
	ADDQ(U8(64), channel)
	CMPQ(channel, c)
	CMOVQGE(first, channel)
	SUBQ(U8(64), left)
	JNZ(LabelRef("single"))
	JMP(LabelRef("done"))
}

// nextTimestep moves the pointers on by a timestep, and also add unless it is 0.
func nextTimestep(stride, add reg.Register, pointers ...reg.Register) {
	for _, p := range pointers {
		ADDQ(stride, p)
	}
	TESTQ(add, add)
	JZ(LabelRef("noAdd"))
	ADDQ(stride, add)
	Label("noAdd")
}

// nextNeurons moves the pointers on by 16 neurons.
func nextNeurons(channel, left reg.Register, pointers []reg.Register, add reg.Register) {
	for _, p := range pointers {
		ADDQ(U8(64), p)
	}
	TESTQ(add, add)
	JZ(LabelRef("stay"))
	ADDQ(U8(64), add)
	Label("stay")
	SUBQ(U8(64), left)
	ADDQ(U8(64), channel)
	c := Load(Param("c"), GP64())
	CMPQ(channel, c)
	JLT(LabelRef("neurons"))
	XORQ(channel, channel)
}

// lifBackward mirrors Neuron.Backward. a1 and a2 are the constants of the surrogate: for Rectangle
// half its width and its height, for Triangle its width and the square of it, for Arctan half of
// alpha and pi/2*alpha.
func lifBackward(s isa, soft, attached bool, slope string) {
	reset := softName(soft)
	if attached {
		reset += "Attached"
	}
	s.function("lifBackward%s%s", []any{slope, reset},
		"func(grad, x, add, scale, shift, scratch, sum, dot, mean *float32, "+
			"T, stride, n, c int, tau, threshold, amount, a1, a2 float32)")
	g, x, add := Load(Param("grad"), GP64()), Load(Param("x"), GP64()), Load(Param("add"), GP64())
	stride, left := Load(Param("stride"), GP64()), Load(Param("n"), GP64())
	n := newNeuron(s, soft)
	channel := GP64()
	XORQ(channel, channel)

	Label("neurons")
	TESTQ(left, left)
	JZ(LabelRef("done"))
	pointer := GP64()
	loadChannels := func(name string, to []reg.VecVirtual) {
		Load(Param(name), pointer)
		for v := range to {
			VMOVUPS(Mem{Base: pointer, Index: channel, Scale: 1, Disp: v * s.bytes}, to[v])
		}
	}
	loadChannels("scale", n.scale)
	loadChannels("shift", n.shift)
	for v := range n.w {
		s.zero(n.w[v])
	}
	xt, gt, addT, u, t := GP64(), GP64(), GP64(), GP64(), GP64()
	MOVQ(x, xt)
	MOVQ(g, gt)
	MOVQ(add, addT)
	Load(Param("scratch"), u)
	Load(Param("T"), t)
	loop("forward")
	n.integrate(xt, addT, "current")
	for v := range n.u {
		VMOVUPS(n.u[v], at(u, v*s.bytes))
	}
	n.spike(false)
	ADDQ(U8(64), u)
	nextTimestep(stride, addT, xt, gt)
	DECQ(t)
	JNZ(LabelRef("forward"))

	sum, dot, mean := n.scale, n.shift, s.some(len(n.w))
	loadChannels("sum", sum)
	loadChannels("dot", dot)
	loadChannels("mean", mean)
	W := n.w // gradient of w[t]
	for v := range W {
		s.zero(W[v])
	}
	Load(Param("T"), t)
	loop("backward")
	SUBQ(stride, xt)
	SUBQ(stride, gt)
	SUBQ(U8(64), u)
	for v := range n.u {
		// One half at a time, to stay within 16 registers.
		VMOVUPS(at(u, v*s.bytes), n.u[v])
		h := n.slope(slope, n.u[v])
		switch {
		case attached:
			VMULPS(n.carry(n.u[v], h), W[v], W[v])
		case !soft:
			n.clearSpikes(W[v], n.u[v])
		}
		VMULPS(at(gt, v*s.bytes), h, h)
		VADDPS(W[v], h, h)
		VMOVUPS(h, at(gt, v*s.bytes))
		VMULPS(n.tau, h, W[v])
		VADDPS(h, sum[v], sum[v])
		VMOVUPS(at(xt, v*s.bytes), n.u[v])
		VSUBPS(mean[v], n.u[v], n.u[v])
		VMULPS(n.u[v], h, h)
		VADDPS(h, dot[v], dot[v])
	}
	DECQ(t)
	JNZ(LabelRef("backward"))
	storeChannels(s, "sum", channel, sum)
	storeChannels(s, "dot", channel, dot)
	nextNeurons(channel, left, []reg.Register{x, g}, add)
	JMP(LabelRef("neurons"))
	Label("done")
	VZEROUPPER()
	RET()
}

func storeChannels(s isa, name string, channel reg.Register, from []reg.VecVirtual) {
	pointer := GP64()
	Load(Param(name), pointer)
	for v := range from {
		VMOVUPS(from[v], Mem{Base: pointer, Index: channel, Scale: 1, Disp: v * s.bytes})
	}
}

// clearSpikes sets x to 0 where u is a spike.
func (n *neuron) clearSpikes(x, u reg.VecVirtual) {
	if n.bytes == 64 {
		quiet := K()
		VCMPPS(U8(lessThan), n.threshold, u, quiet)
		VMOVAPS_Z(x, quiet, x)
		return
	}
	mask := n.vec()
	VCMPPS(U8(greaterOrEqual), n.threshold, u, mask)
	VANDNPS(x, mask, x)
}

// carry returns the derivative of w[t] by u[t] through the slope h of the
// spike: 1-s - u*h, or 1 - amount*h.
func (n *neuron) carry(u, h reg.VecVirtual) reg.VecVirtual {
	keep, x := n.constant(1), n.vec()
	if n.soft {
		VMULPS(n.amount, h, x)
	} else {
		n.clearSpikes(keep, u)
		VMULPS(u, h, x)
	}
	VSUBPS(x, keep, keep)
	return keep
}

// leakGradient mirrors Neuron.LeakGradient. It writes the sums of each lane to sums, [2][16], and
// the caller adds them up.
func leakGradient(s isa, soft bool) {
	s.function("leakGradient%s", []any{softName(soft)},
		"func(sums, grad, x, add, scale, shift *float32, "+
			"T, stride, n, c int, tau, threshold, amount float32)")
	g, x, add := Load(Param("grad"), GP64()), Load(Param("x"), GP64()), Load(Param("add"), GP64())
	stride, left := Load(Param("stride"), GP64()), Load(Param("n"), GP64())
	n := newNeuron(s, soft)
	carried, fresh := s.some(len(n.w)), s.some(len(n.w))
	for v := range carried {
		s.zero(carried[v])
		s.zero(fresh[v])
	}
	channel := GP64()
	XORQ(channel, channel)

	Label("neurons")
	TESTQ(left, left)
	JZ(LabelRef("done"))
	n.begin(channel)
	xt, gt, addT, t := GP64(), GP64(), GP64(), GP64()
	MOVQ(x, xt)
	MOVQ(g, gt)
	MOVQ(add, addT)
	Load(Param("T"), t)
	loop("timestep")
	n.current(xt, addT, "current")
	for v := range n.u {
		product := s.vec()
		VMULPS(at(gt, v*s.bytes), n.w[v], product)
		VADDPS(product, carried[v], carried[v])
		VMULPS(at(gt, v*s.bytes), n.u[v], product)
		VADDPS(product, fresh[v], fresh[v])
	}
	n.leak()
	n.spike(false)
	nextTimestep(stride, addT, xt, gt)
	DECQ(t)
	JNZ(LabelRef("timestep"))
	nextNeurons(channel, left, []reg.Register{x, g}, add)
	JMP(LabelRef("neurons"))
	Label("done")
	sums := Load(Param("sums"), GP64())
	for v := range carried {
		VMOVUPS(carried[v], at(sums, v*s.bytes))
		VMOVUPS(fresh[v], at(sums, 64+v*s.bytes))
	}
	VZEROUPPER()
	RET()
}

// slope returns the slope of the surrogate at u - threshold.
func (n *neuron) slope(kind string, u reg.VecVirtual) reg.VecVirtual {
	x, a := n.vec(), n.vec()
	VSUBPS(n.threshold, u, x)
	broadcast := func(name string) { VBROADCASTSS(parameter(name), a) }
	absolute := func() {
		r, x4 := GP32(), XMM()
		MOVL(U32(1<<31-1), r)
		VMOVD(r, x4)
		VBROADCASTSS(x4, a)
		VANDPS(a, x, x)
	}
	switch kind {
	case "Rectangle":
		absolute()
		broadcast("a1")
		if n.bytes == 64 {
			k := K()
			VCMPPS(U8(lessThan), a, x, k)
			broadcast("a2")
			VMOVAPS_Z(a, k, x)
		} else {
			VCMPPS(U8(lessThan), a, x, x)
			broadcast("a2")
			VANDPS(a, x, x)
		}
	case "Triangle":
		absolute()
		broadcast("a1")
		VSUBPS(x, a, x)
		n.zero(a)
		VMAXPS(a, x, x)
		broadcast("a2")
		VDIVPS(a, x, x)
	case "Arctan":
		broadcast("a2")
		VMULPS(a, x, x)
		VMULPS(x, x, x)
		one := n.constant(1)
		VADDPS(one, x, x)
		broadcast("a1")
		VDIVPS(x, a, x)
	}
	return x
}
