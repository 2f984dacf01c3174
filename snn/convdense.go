package snn

import "ssnn/internal/kernel"

// crossover is the density of real inputs above which the product of matrices is faster than lists;
// docs/explanation/performance.md has the measurement. A temporal transformer's output is that
// dense in an untrained network.
const crossover = 0.5

// padImage writes x, an image of real inputs, with zeros around it to dst,
// [H+2*padding][W+2*padding][C padded].
func (c *convForward) padImage(dst, x []float32, stride int) {
	width, C := c.in.w+2*c.Padding[1], kernel.Pad(c.in.c)
	clear(dst)
	for y := range c.in.h {
		for p := range c.in.w {
			at := ((y+c.Padding[0])*width + p + c.Padding[1]) * C
			copy(dst[at:at+c.in.c], x[(y*c.in.w+p)*stride:])
		}
	}
}

// paddedInput is the number of elements of an image that padImage writes.
func (c *convForward) paddedInput() int {
	return (c.in.h + 2*c.Padding[0]) * (c.in.w + 2*c.Padding[1]) * kernel.Pad(c.in.c)
}

// forwardDense adds to the outputs y of a part the products of row ky of the kernel, for one block
// of input channels, with a padded image. Rows of y lie pitch elements apart, and a pixel has width
// outputs.
func (c *convForward) forwardDense(y []float32, pitch int, w, image []float32, t *part,
	width, block, ky int) {

	line, C := c.in.w+2*c.Padding[1], kernel.Pad(c.in.c)
	first := block * c.layout.block
	k := min(c.layout.block, c.in.c-first)
	for row := t.top; row < t.bottom; row++ {
		dst := y[(row-t.top)*pitch:]
		for kx := range c.Kernel[1] {
			a := image[((row*c.Stride[0]+ky*c.Dilation[0])*line+kx*c.Dilation[1])*C+first:]
			b := w[kx*c.layout.block*width:]
			kernel.Gemm(dst, width, a, c.Stride[1]*C, b, c.out.w, k, width, false)
		}
	}
}
