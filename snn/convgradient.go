package snn

import "ssnn/internal/kernel"

// outputGradient provides the gradient of a convolution's output. It is the norm behind the
// convolution or, without a norm, the layer that the convolution belongs to.
type outputGradient interface {
	// writeGradient writes the output gradient of image i of the shard to the group, which holds
	// that image. Among all images of the pass it has the number to.images.at(i).
	writeGradient(to *gradientGroup, worker, i int)
}

// gradientGroup is the gradient of a convolution's output for some images of a shard, in the order
//
//	[out block][images][height][width][channels of the block]
//
// so that a block fits a cache by itself. Each image has zeros around it. For a stride s > 1 an
// image is spread out to the size of the input, with output pixel (y, x) at (s*y, s*x). Then a tap
// is an offset, and the gradients of the weights and of the input are computed as for stride 1.
type gradientGroup struct {
	conv          *conv
	height, width int    // size of an image in pixels, with the zeros
	top, left     int    // rows and columns of zeros before the outputs
	images        picked // images of the shard
	run                  // images of the shard that the group has
	values        []float32
}

// newGradientGroup computes the size of an image: it has all outputs, and zeros wherever the taps
// of an input reach beyond them. Tiles that reach over the edge need more zeros below and to the
// right.
func newGradientGroup(c *conv, t *tiles) gradientGroup {
	g := gradientGroup{conv: c, top: c.zerosBefore(0), left: c.zerosBefore(1)}
	g.height, g.width = c.in.h, c.in.w
	if t != nil {
		g.height, g.width = t.rows*kernel.Tile, t.columns*kernel.Tile
	}
	g.height = g.top + max(g.height+c.Padding[0], (c.out.h-1)*c.Stride[0]+1)
	g.width = g.left + max(g.width+c.Padding[1], (c.out.w-1)*c.Stride[1]+1)
	return g
}

// zerosBefore is the number of rows (axis 0) or columns (axis 1) of zeros before the outputs.
func (c *conv) zerosBefore(axis int) int { return max(0, c.reach(axis)-c.Padding[axis]) }

// pixels is the number of pixels of an image, with the zeros.
func (g *gradientGroup) pixels() int { return g.height * g.width }

// block is the values of a block of channels from image i on.
func (g *gradientGroup) block(b outBlock, i int) []float32 {
	size := g.pixels() * b.width
	at := b.from * g.count * g.pixels()
	return g.values[at+(i-g.first)*size : at+g.count*size]
}

// image returns a block of channels of image i from its first output on. row and pixel are the
// distances of two rows and of two pixels, in elements.
func (g *gradientGroup) image(b outBlock, i int) (image []float32, row, pixel int) {
	stride := g.conv.Stride
	first := (g.top*g.width + g.left) * b.width
	return g.block(b, i)[first:], stride[0] * g.width * b.width, stride[1] * b.width
}

// clearAround clears the pixels of image i that are no outputs. With a stride above 1 it clears the
// whole image.
func (g *gradientGroup) clearAround(i int) {
	out := g.conv.out
	for _, b := range g.conv.layout.outs {
		image := g.block(b, i)[:g.pixels()*b.width]
		line, left := g.width*b.width, g.left*b.width
		switch {
		case g.conv.Stride != Square(1):
			clear(image)
		case g.height > out.h || g.width > out.w:
			clear(image[:g.top*line])
			clear(image[(g.top+out.h)*line:])
			for y := g.top; y < g.top+out.h; y++ {
				clear(image[y*line : y*line+left])
				clear(image[y*line+left+out.w*b.width : (y+1)*line])
			}
		}
	}
}
