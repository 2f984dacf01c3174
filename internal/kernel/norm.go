package kernel

// Moments writes the mean of each channel of x [n][C], and the sum of the squared differences from
// the mean. mean and m2 have C elements.
func Moments(mean, m2, x []float32, n int) {
	active.sumPixels(mean, x, n)
	for c := range mean {
		mean[c] /= float32(n)
	}
	active.sumSquares(m2, mean, x, n)
}

// SumPixels writes the sum of each channel of x [n][C].
func SumPixels(sum, x []float32, n int) { active.sumPixels(sum, x, n) }

func sumPixelsGeneric(sum, x []float32, n int) {
	C := len(sum)
	clear(sum)
	for p := range n {
		for c, v := range x[p*C : p*C+C] {
			sum[c] += v
		}
	}
}

func sumSquaresGeneric(m2, mean, x []float32, n int) {
	C := len(mean)
	clear(m2)
	for p := range n {
		for c, v := range x[p*C : p*C+C] {
			d := v - mean[c]
			m2[c] += float32(d * d)
		}
	}
}

// NormSums sums, for each channel, the gradient g [n][C] of the norm's output, and the product of g
// and the centred input x. It is
//
//	sum[c] += g[p][c]    dot[c] += g[p][c] * (x[p][c] - mean[c])
func NormSums(sum, dot, g, x, mean []float32, n int) { active.normSums(sum, dot, g, x, mean, n) }

func normSumsGeneric(sum, dot, g, x, mean []float32, n int) {
	C := len(mean)
	for p := range n {
		g, x := g[p*C:p*C+C], x[p*C:p*C+C]
		for c, d := range g {
			sum[c] += d
			dot[c] += float32(d * (x[c] - mean[c]))
		}
	}
}

// NormBackward writes the gradient of a norm's input, a[c]*g + b[c]*(x - mean[c]) + d[c], for n
// pixels of len(mean) channels. The pixels of dst are pitch elements apart, those of g and x are
// pixel elements apart.
func NormBackward(dst []float32, pitch int, g, x []float32, pixel int, a, b, d, mean []float32,
	n int) {

	active.normBackward(dst, pitch, g, x, pixel, a, b, d, mean, n)
}

func normBackwardGeneric(dst []float32, pitch int, g, x []float32, pixel int, a, b, d,
	mean []float32, n int) {

	C := len(mean)
	for p := range n {
		g, x, dst := g[p*pixel:p*pixel+C], x[p*pixel:p*pixel+C], dst[p*pitch:p*pitch+C]
		for c := range dst {
			dst[c] = float32(a[c]*g[c]) + float32(b[c]*(x[c]-mean[c])) + d[c]
		}
	}
}

// Affine writes dst = scale[c]*x + shift[c] for x [n][C].
func Affine(dst, x, scale, shift []float32, n int) { active.affine(dst, x, scale, shift, n) }

func affineGeneric(dst, x, scale, shift []float32, n int) {
	C := len(scale)
	for p := range n {
		x, dst := x[p*C:p*C+C], dst[p*C:p*C+C]
		for c := range dst {
			dst[c] = float32(scale[c]*x[c]) + shift[c]
		}
	}
}

// Dot is the sum of a*b, added up in float64.
func Dot(a, b []float32) float64 {
	var sum float64
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}

// ScaleTo writes dst = s*x.
func ScaleTo(dst, x []float32, s float32) { active.scaleTo(dst, x, s) }

func scaleToGeneric(dst, x []float32, s float32) {
	for i, v := range x {
		dst[i] = s * v
	}
}

// AddScaled adds s*x to dst.
func AddScaled(dst, x []float32, s float32) { active.addScaled(dst, x, s) }

func addScaledGeneric(dst, x []float32, s float32) {
	for i, v := range x {
		dst[i] += float32(s * v)
	}
}
