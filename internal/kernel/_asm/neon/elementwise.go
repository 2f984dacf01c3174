package main

// channels runs body for each 16 channels (outer loop) and each pixel (inner loop). Each pointer
// named in pixels advances by the parameter named beside it, in bytes. Before and after the inner
// loop, before and after run with offset set to that of the channels. The parameters c, in bytes,
// and n, the number of pixels, are needed too.
func channels(pixels [][2]string, before, body, after func(p map[string]gp)) {
	channel, c, n := general(), argument("c"), argument("n")
	first, p, step, left := map[string]gp{}, map[string]gp{}, map[string]gp{"c": c}, general()
	for _, pixel := range pixels {
		name, by := pixel[0], pixel[1]
		first[name], p[name] = argument(name), general()
		if _, ok := step[by]; !ok {
			step[by] = argument(by)
		}
	}
	offset = channel
	op("MOVD", "ZR", channel)
	loop("channels")
	for _, pixel := range pixels {
		op("ADD", channel, first[pixel[0]], p[pixel[0]])
	}
	before(p)
	op("MOVD", n, left)
	loop("pixel")
	body(p)
	for _, pixel := range pixels {
		op("ADD", step[pixel[1]], p[pixel[0]])
	}
	op("SUBS", 1, left)
	op("BNE", "pixel")
	after(p)
	op("ADD", 64, channel)
	op("CMP", c, channel)
	op("BLT", "channels")
	ret()
}

// offset is the offset of the current channels, in bytes.
var offset gp

// loadChannels loads the elements of a parameter for the current channels, and storeChannels stores
// them.
func loadChannels(name string, to []vec) { load(ofChannels(name), 0, to...) }

func storeChannels(name string, from []vec) { store(ofChannels(name), 0, from...) }

func ofChannels(name string) gp {
	op("MOVD", parameter(name), scratch)
	op("ADD", offset, scratch)
	return scratch
}

func nothing(map[string]gp) {}

func moments() {
	text("sumPixels", "func(sum, x *float32, n, c int)")
	acc, x := some(4), some(4)
	channels([][2]string{{"x", "c"}},
		func(map[string]gp) { zero(acc...) },
		func(p map[string]gp) {
			load(p["x"], 0, x...)
			for i := range x {
				fadd(x[i], acc[i], acc[i])
			}
		},
		func(map[string]gp) { storeChannels("sum", acc) })

	text("sumSquares", "func(m2, mean, x *float32, n, c int)")
	acc, x, mean := some(4), some(4), some(4)
	channels([][2]string{{"x", "c"}},
		func(map[string]gp) {
			zero(acc...)
			loadChannels("mean", mean)
		},
		func(p map[string]gp) {
			load(p["x"], 0, x...)
			for i, d := range x {
				fsub(mean[i], d, d)
				fmul(d, d, d)
				fadd(d, acc[i], acc[i])
			}
		},
		func(map[string]gp) { storeChannels("m2", acc) })
}

func normSums() {
	text("normSums", "func(sum, dot, grad, x, mean *float32, n, c int)")
	sum, dot, mean, g, x := some(4), some(4), some(4), some(4), some(4)
	channels([][2]string{{"grad", "c"}, {"x", "c"}},
		func(map[string]gp) {
			loadChannels("sum", sum)
			loadChannels("dot", dot)
			loadChannels("mean", mean)
		},
		func(p map[string]gp) {
			load(p["grad"], 0, g...)
			load(p["x"], 0, x...)
			for i := range g {
				fadd(g[i], sum[i], sum[i])
				fsub(mean[i], x[i], x[i])
				fmul(x[i], g[i], g[i])
				fadd(g[i], dot[i], dot[i])
			}
		},
		func(map[string]gp) {
			storeChannels("sum", sum)
			storeChannels("dot", dot)
		})
}

// normBackward mirrors NormBackward; pitch and pixel are in bytes.
func normBackward() {
	text("normBackward", "func(dst *float32, pitch int, grad, x *float32, pixel int, a, b, d, "+
		"mean *float32, n, c int)")
	a, b, d, mean, g, x := some(4), some(4), some(4), some(4), some(4), some(4)
	channels([][2]string{{"dst", "pitch"}, {"grad", "pixel"}, {"x", "pixel"}},
		func(map[string]gp) {
			loadChannels("a", a)
			loadChannels("b", b)
			loadChannels("d", d)
			loadChannels("mean", mean)
		},
		func(p map[string]gp) {
			load(p["grad"], 0, g...)
			load(p["x"], 0, x...)
			for i := range g {
				fmul(a[i], g[i], g[i])
				fsub(mean[i], x[i], x[i])
				fmul(b[i], x[i], x[i])
				fadd(x[i], g[i], g[i])
				fadd(d[i], g[i], g[i])
			}
			store(p["dst"], 0, g...)
		}, nothing)
}

func affine() {
	text("affine", "func(dst, x, scale, shift *float32, n, c int)")
	scale, shift, x := some(4), some(4), some(4)
	channels([][2]string{{"dst", "c"}, {"x", "c"}},
		func(map[string]gp) {
			loadChannels("scale", scale)
			loadChannels("shift", shift)
		},
		func(p map[string]gp) {
			load(p["x"], 0, x...)
			for i, x := range x {
				fmul(scale[i], x, x)
				fadd(shift[i], x, x)
			}
			store(p["dst"], 0, x...)
		}, nothing)
}

// flat runs body for each 16 of n float32s; n is a multiple of 16.
func flat(pointers []string, body func(p map[string]gp)) {
	n, p := argument("n"), map[string]gp{}
	for _, name := range pointers {
		p[name] = argument(name)
	}
	op("CBZ", n, "done")
	loop("vectors")
	body(p)
	for _, name := range pointers {
		op("ADD", 64, p[name])
	}
	op("SUBS", 16, n)
	op("BNE", "vectors")
	label("done")
	ret()
}

func sgd() {
	text("sgd", "func(p, m, grad *float32, n int, rate, momentum, decay float32)")
	rate, momentum, decay := scalar("rate"), scalar("momentum"), scalar("decay")
	x, g, m, t := some(4), some(4), some(4), one()
	flat([]string{"p", "m", "grad"}, func(p map[string]gp) {
		load(p["p"], 0, x...)
		load(p["grad"], 0, g...)
		load(p["m"], 0, m...)
		for i := range x {
			fmul(decay, x[i], t)
			fadd(t, g[i], g[i])
			fmul(momentum, m[i], m[i])
			fadd(g[i], m[i], m[i])
		}
		store(p["m"], 0, m...)
		for i := range x {
			fmul(rate, m[i], m[i])
			fsub(m[i], x[i], x[i])
		}
		store(p["p"], 0, x...)
	})
}

// adam mirrors AdamStep.Update. The parameter decay is Rate*Decay if the decay is decoupled; late1
// and late2 are 1 - Beta1 and 1 - Beta2.
func adam(name string, decoupled bool) {
	text(name, "func(p, m, v, grad *float32, n int, rate, beta1, late1, beta2, late2, correct1, "+
		"correct2, epsilon, decay float32)")
	k := map[string]vec{}
	for _, name := range []string{"rate", "beta1", "late1", "beta2", "late2", "correct1",
		"correct2", "epsilon", "decay"} {

		k[name] = scalar(name)
	}
	x, g, m, v, t := some(4), some(4), some(4), some(4), some(4)
	flat([]string{"p", "m", "v", "grad"}, func(p map[string]gp) {
		load(p["p"], 0, x...)
		load(p["grad"], 0, g...)
		load(p["m"], 0, m...)
		load(p["v"], 0, v...)
		for i := range x {
			x, g, m, v, t := x[i], g[i], m[i], v[i], t[i]
			fmul(k["decay"], x, t)
			if decoupled {
				fsub(t, x, x)
			} else {
				fadd(t, g, g)
			}
			fmul(k["beta1"], m, m)
			fmul(k["late1"], g, t)
			fadd(t, m, m)
			fmul(k["late2"], g, t)
			fmul(g, t, t)
			fmul(k["beta2"], v, v)
			fadd(t, v, v)
		}
		store(p["m"], 0, m...)
		store(p["v"], 0, v...)
		for i := range x {
			x, m, v := x[i], m[i], v[i]
			fdiv(k["correct2"], v, v)
			fsqrt(v, v)
			fadd(k["epsilon"], v, v)
			fdiv(k["correct1"], m, m)
			fmul(k["rate"], m, m)
			fdiv(v, m, m)
			fsub(m, x, x)
		}
		store(p["p"], 0, x...)
	})
}

func addScaled() {
	text("addScaled", "func(dst, x *float32, n int, a float32)")
	a, x, y := scalar("a"), some(4), some(4)
	flat([]string{"dst", "x"}, func(p map[string]gp) {
		load(p["x"], 0, x...)
		load(p["dst"], 0, y...)
		for i := range x {
			fmul(a, x[i], x[i])
			fadd(x[i], y[i], y[i])
		}
		store(p["dst"], 0, y...)
	})
}

// scaleTo mirrors scaleToGeneric.
func scaleTo() {
	text("scaleTo", "func(dst, x *float32, n int, a float32)")
	a, x := scalar("a"), some(4)
	flat([]string{"dst", "x"}, func(p map[string]gp) {
		load(p["x"], 0, x...)
		for _, x := range x {
			fmul(a, x, x)
		}
		store(p["dst"], 0, x...)
	})
}
