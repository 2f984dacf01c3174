package main

// neuron holds the registers that the loops over timesteps share, for 16 neurons in four vectors.
type neuron struct {
	soft           bool
	tau, threshold vec
	amount         vec // the amount that a soft reset subtracts
	scale, shift   []vec
	w, u           []vec
	x, add         gp // addresses of the currents of the 16 neurons; add is 0 if there is none
	stride         gp
}

func newNeuron(soft bool) *neuron {
	n := &neuron{
		soft: soft, tau: scalar("tau"), threshold: scalar("threshold"),
		scale: some(4), shift: some(4), w: some(4), u: some(4),
		x: general(), add: general(), stride: argument("stride"),
	}
	if soft {
		n.amount = scalar("amount")
	}
	return n
}

// neurons runs body for each 16 neurons, with their scale, their shift, the currents of the first
// timestep, and membranes at rest. The pointer other advances by the given number of bytes from one
// 16 neurons to the next.
func (n *neuron) neurons(other gp, bytes int, body func()) {
	x, add, left, channel, c := argument("x"), argument("add"), argument("n"), general(),
		argument("c")
	offset = channel
	op("MOVD", "ZR", channel)
	label("neurons")
	op("CBZ", left, "done")
	loadChannels("scale", n.scale)
	loadChannels("shift", n.shift)
	zero(n.w...)
	op("MOVD", x, n.x)
	op("MOVD", add, n.add)
	body()
	op("ADD", bytes, other)
	op("ADD", 64, x)
	moveOn(add, 64, "stay")
	op("SUBS", 64, left)
	op("ADD", 64, channel)
	op("CMP", c, channel)
	op("BLT", "neurons")
	op("MOVD", "ZR", channel)
	op("B", "neurons")
	label("done")
}

// moveOn advances the pointer p unless it is 0.
func moveOn(p gp, by any, name string) {
	op("CBZ", p, name)
	op("ADD", by, p)
	label(name)
}

// timesteps runs body T times, and moves the currents on by a timestep after each.
func (n *neuron) timesteps(name string, left gp, body func()) {
	op("MOVD", parameter("T"), left)
	loop(name)
	body()
	op("ADD", n.stride, n.x)
	moveOn(n.add, n.stride, "noAdd")
	op("SUBS", 1, left)
	op("BNE", name)
}

// current sets u to the current. t is scratch, four vectors.
func (n *neuron) current(t []vec) {
	load(n.x, 0, n.u...)
	for v, u := range n.u {
		fmul(n.scale[v], u, u)
		fadd(n.shift[v], u, u)
	}
	op("CBZ", n.add, "current")
	load(n.add, 0, t...)
	for v, u := range n.u {
		fadd(t[v], u, u)
	}
	label("current")
}

// leak adds tau times the membrane w to u.
func (n *neuron) leak() {
	for v, u := range n.u {
		fmul(n.tau, n.w[v], n.w[v])
		fadd(n.w[v], u, u)
	}
}

// spike computes w[t] and the masks of the spikes from u[t].
func (n *neuron) spike(masks []vec) {
	for v, u := range n.u {
		fcmge(n.threshold, u, masks[v])
		if n.soft {
			lanes("VAND", "B16", n.amount, masks[v], n.w[v])
			fsub(n.w[v], u, n.w[v])
		} else {
			bic(masks[v], u, n.w[v])
		}
	}
}

func softName(soft bool) string {
	if soft {
		return "Soft"
	}
	return "Hard"
}

// lifForward mirrors Neuron.Forward. stride, n and c are in bytes of float32s; a word of spikes
// takes 1/32 of the bytes of its neurons.
func lifForward(soft bool) {
	text("lifForward"+softName(soft),
		"func(s *uint16, x, add, scale, shift, w *float32, "+
			"T, stride, n, c int, tau, threshold, amount float32)")
	spikes, kept, n := argument("s"), argument("w"), newNeuron(soft)
	to, spikeStride, left, word := general(), general(), general(), general()
	masks, bits := some(4), some(4)
	loadBits(bits)
	op("LSR", 5, n.stride, spikeStride)
	n.neurons(spikes, 2, func() {
		op("CBZ", kept, "atRest")
		load(kept, 0, n.w...)
		label("atRest")
		op("MOVD", spikes, to)
		n.timesteps("timestep", left, func() {
			n.current(masks)
			n.leak()
			n.spike(masks)
			wordOf(masks, bits, word)
			op("MOVH", word, at(to, 0))
			op("ADD", spikeStride, to)
		})
		op("CBZ", kept, "notKept")
		store(kept, 0, n.w...)
		op("ADD", 64, kept)
		label("notKept")
	})
	ret()
}

// lifBackward mirrors Neuron.Backward. a1 and a2 are the constants of the surrogate: for Rectangle
// half its width and its height, for Triangle its width and the square of it, for Arctan half of
// alpha and pi/2*alpha.
func lifBackward(soft, attached bool, slope string) {
	reset := softName(soft)
	if attached {
		reset += "Attached"
	}
	text("lifBackward"+slope+reset,
		"func(grad, x, add, scale, shift, scratch, sum, dot, mean *float32, "+
			"T, stride, n, c int, tau, threshold, amount, a1, a2 float32)")
	g, n, a1, a2, unit := argument("grad"), newNeuron(soft), scalar("a1"), scalar("a2"), constant(1)
	mean, h, t := some(4), some(4), one()
	gt, u, left := general(), general(), general()
	n.neurons(g, 64, func() {
		op("MOVD", g, gt)
		op("MOVD", parameter("scratch"), u)
		n.timesteps("forward", left, func() {
			n.current(h)
			n.leak()
			store(u, 0, n.u...)
			n.spike(h)
			op("ADD", 64, u)
			op("ADD", n.stride, gt)
		})
		sum, dot := n.scale, n.shift
		loadChannels("sum", sum)
		loadChannels("dot", dot)
		loadChannels("mean", mean)
		W := n.w // gradient of w[t]
		zero(W...)
		op("MOVD", parameter("T"), left)
		loop("backward")
		op("SUB", n.stride, n.x)
		op("SUB", n.stride, gt)
		op("SUB", 64, u)
		load(u, 0, n.u...)
		for v, u := range n.u {
			n.slope(slope, u, h[v], t, a1, a2, unit)
			switch {
			case attached:
				n.carry(u, h[v], t, unit)
				fmul(u, W[v], W[v])
			case !soft:
				fcmge(n.threshold, u, t)
				bic(t, W[v], W[v])
			}
		}
		load(gt, 0, n.u...)
		for v, g := range n.u {
			fmul(h[v], g, h[v])
			fadd(W[v], h[v], h[v])
		}
		store(gt, 0, h...)
		load(n.x, 0, n.u...)
		for v, x := range n.u {
			fmul(n.tau, h[v], W[v])
			fadd(h[v], sum[v], sum[v])
			fsub(mean[v], x, x)
			fmul(h[v], x, x)
			fadd(x, dot[v], dot[v])
		}
		op("SUBS", 1, left)
		op("BNE", "backward")
		storeChannels("sum", sum)
		storeChannels("dot", dot)
	})
	ret()
}

// carry sets u to the derivative of w[t] by u[t] through the slope h of the spike: 1-s - u*h, or 1
// - amount*h. t is scratch.
func (n *neuron) carry(u, h, t, unit vec) {
	if n.soft {
		fmul(n.amount, h, u)
		fsub(u, unit, u)
		return
	}
	fcmge(n.threshold, u, t)
	bic(t, unit, t)
	fmul(h, u, u)
	fsub(u, t, u)
}

// slope sets h to the slope of the surrogate at u - threshold. t is scratch.
func (n *neuron) slope(kind string, u, h, t, a1, a2, unit vec) {
	switch kind {
	case "Rectangle":
		fabd(n.threshold, u, h)
		fcmgt(h, a1, h)
		lanes("VAND", "B16", a2, h, h)
	case "Triangle":
		fabd(n.threshold, u, h)
		fsub(h, a1, h)
		zero(t)
		fmax(t, h, h)
		fdiv(a2, h, h)
	case "Arctan":
		fsub(n.threshold, u, h)
		fmul(a2, h, h)
		fmul(h, h, h)
		fadd(unit, h, h)
		fdiv(h, a1, h)
	}
}

// leakGradient mirrors Neuron.LeakGradient. It writes the sums of each lane to sums, [2][16], and
// the caller adds them up.
func leakGradient(soft bool) {
	text("leakGradient"+softName(soft),
		"func(sums, grad, x, add, scale, shift *float32, "+
			"T, stride, n, c int, tau, threshold, amount float32)")
	g, n := argument("grad"), newNeuron(soft)
	carried, fresh, t, product := some(4), some(4), some(4), one()
	zero(carried...)
	zero(fresh...)
	gt, left := general(), general()
	n.neurons(g, 64, func() {
		op("MOVD", g, gt)
		n.timesteps("timestep", left, func() {
			n.current(t)
			load(gt, 0, t...)
			for v, g := range t {
				fmul(g, n.w[v], product)
				fadd(product, carried[v], carried[v])
				fmul(g, n.u[v], g)
				fadd(g, fresh[v], fresh[v])
			}
			n.leak()
			n.spike(t)
			op("ADD", n.stride, gt)
		})
	})
	sums := argument("sums")
	store(sums, 0, carried...)
	store(sums, 64, fresh...)
	ret()
}
