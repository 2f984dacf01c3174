package kernel

// Gemm adds the product of the matrices a and b to dst, or writes it to dst if fresh is true. It is
//
//	dst[i*ldd : +width] (+)= sum over j < k of a[i*lda + j] * b[j*width : +width]	for i < m
//
// width is 16, 32 or 64, and k is at least 1. Rows of a may overlap: if a is the padded rows of an
// image, lda its channels and k = 3*lda, this is one row of a 3x3 convolution.
func Gemm(dst []float32, ldd int, a []float32, lda int, b []float32, m, k, width int, fresh bool) {
	active.gemm(dst, ldd, a, lda, b, m, k, width, fresh)
}

func gemmGeneric(dst []float32, ldd int, a []float32, lda int, b []float32, m, k, width int,
	fresh bool) {

	for i := range m {
		x := a[i*lda : i*lda+k]
		for lane := 0; lane < width; lane += Lanes {
			y := (*[Lanes]float32)(dst[i*ldd+lane:])
			var sum [Lanes]float32
			if !fresh {
				sum = *y
			}
			for j, v := range x {
				row := (*[Lanes]float32)(b[j*width+lane:])
				for c := range sum {
					sum[c] += float32(v * row[c])
				}
			}
			*y = sum
		}
	}
}
