package main

// tiles makes the three transforms of winograd.go. Products with powers of two are exact, so fused
// multiplications change no bit.
func tiles() {
	tile("tileInput", 6, 6, []float32{2, 4}, func(d, k, out []vec) {
		two, four, even, odd := k[0], k[1], out[3], out[5]
		fsub(d[2], d[4], even)
		fsub(d[1], d[3], odd)
		fsub(d[2], d[0], out[1])
		move(even, out[0])
		fma(four, out[1], out[0])
		fms(four, d[2], d[4]) // a
		fsub(d[3], d[5], d[5])
		fms(four, d[1], d[3]) // b
		fadd(d[3], d[4], out[1])
		fsub(d[3], d[4], out[2])
		move(even, out[4])
		fma(two, odd, out[3])
		fms(two, odd, out[4])
		fms(four, odd, d[5])
		move(d[5], out[5])
	})
	tile("tileOutput", 6, 4, []float32{2, 4, 8}, func(m, k, out []vec) {
		two, four, eight := k[0], k[1], k[2]
		fadd(m[2], m[1], out[2]) // s
		fsub(m[2], m[1], out[1]) // d
		fadd(out[2], m[0], out[0])
		fadd(m[4], m[3], m[1]) // p
		fsub(m[4], m[3], m[2]) // q
		fadd(m[1], out[0], out[0])
		move(out[1], out[3])
		fma(eight, m[2], out[3])
		fadd(m[5], out[3], out[3])
		fma(two, m[2], out[1])
		fma(four, m[1], out[2])
	})
	tile("tileWeights", 3, 6, []float32{0.25, 0.5, float32(1.0 / 6), -float32(1.0 / 6)},
		func(g, k, out []vec) {
			quarter, half, sixth, minus, ends := k[0], k[1], k[2], k[3], out[5]
			fadd(g[2], g[0], ends)
			fadd(g[1], ends, out[1])
			fsub(g[1], ends, out[2])
			fmul(minus, out[1], out[1])
			fmul(minus, out[2], out[2])
			fmul(quarter, g[0], out[0])
			fadd(g[2], out[0], out[3])
			move(out[3], out[4])
			fma(half, g[1], out[3])
			fms(half, g[1], out[4])
			fmul(sixth, out[3], out[3])
			fmul(sixth, out[4], out[4])
			move(g[2], out[5])
		})
}

// fma is d += n*m and fms is d -= n*m, both in one rounding.
func fma(m, n, d vec) { lanes("VFMLA", "S4", m, n, d) }
func fms(m, n, d vec) { lanes("VFMLS", "S4", m, n, d) }

// tile makes a function that transforms in x in vectors to out x out vectors: first the columns, to
// the stack, then the rows. The distances of rows and columns, and the length c of the channels of
// a pixel, are in bytes.
func tile(name string, in, out int, constants []float32, transform func(x, k, y []vec)) {
	text(name, "func(dst *float32, dstRow, dstColumn int, src *float32, srcRow, srcColumn, c int)")
	current.frame = in * out * 16
	dst, dstRow, dstColumn := argument("dst"), argument("dstRow"), argument("dstColumn")
	src, srcRow, srcColumn, c := argument("src"), argument("srcRow"), argument("srcColumn"),
		argument("c")
	half, line, p := general(), general(), general()
	op("MOVD", local(), half)
	x, y := some(in), some(out)
	k := make([]vec, len(constants))
	for i, x := range constants {
		k[i] = constant(x)
	}
	loop("channels")
	op("MOVD", src, line)
	for j := range in {
		op("MOVD", line, p)
		for _, x := range x {
			load(p, 0, x)
			op("ADD", srcRow, p)
		}
		transform(x, k, y)
		for i, y := range y {
			store(half, (i*in+j)*16, y)
		}
		op("ADD", srcColumn, line)
	}
	op("MOVD", dst, line)
	for i := range out {
		load(half, i*in*16, x...)
		transform(x, k, y)
		op("MOVD", line, p)
		for _, y := range y {
			store(p, 0, y)
			op("ADD", dstColumn, p)
		}
		op("ADD", dstRow, line)
	}
	op("ADD", 16, src)
	op("ADD", 16, dst)
	op("SUBS", 16, c)
	op("BNE", "channels")
	ret()
}
