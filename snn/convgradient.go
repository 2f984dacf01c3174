package snn

import "ssnn/internal/kernel"

// outputGradient is what knows the gradient of a convolution's output: the norm behind it, or, of
// one without a norm, the layer that it belongs to.
type outputGradient interface {
	// writeGradient writes that of image i of those of the group's shard, which is one of the
	// group: image to.images.at(i) of all.
	writeGradient(to *gradientGroup, worker, i int)
}

// gradientGroup is the gradient of a convolution's output for some images of a shard. It lies as
//
//	[out block][images][height][width][channels of the block]
//
// so that a block fits a cache by itself, with zeros around each image. For a stride s > 1 it is
// spread out, pixel (y, x) at (s*y, s*x), to the size of the input: then a tap is an offset, and
// the gradients of weights and input are those of a convolution of stride 1.
type gradientGroup struct {
	conv          *conv
	height, width int    // of an image, with the zeros
	top, left     int    // rows and columns of zeros before the outputs
	images        picked // of the shard
	run                  // those of them that the group has
	values        []float32
}

// newGradientGroup makes room for what the taps of all inputs meet, and all outputs. There are more
// zeros below and to the right where tiles reach over the edge.
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

// zerosBefore is how many rows (of axis 0) or columns (1) of zeros lie before the outputs.
func (c *conv) zerosBefore(axis int) int { return max(0, c.reach(axis)-c.Padding[axis]) }

// pixels is the number of pixels of an image, with the zeros.
func (g *gradientGroup) pixels() int { return g.height * g.width }

// block is the part that belongs to a block of channels, from image i on.
func (g *gradientGroup) block(b outBlock, i int) []float32 {
	size := g.pixels() * b.width
	at := b.from * g.count * g.pixels()
	return g.values[at+(i-g.first)*size : at+g.count*size]
}

// image returns one block of image i from its first output on, with the distance of rows and that
// of pixels.
func (g *gradientGroup) image(b outBlock, i int) (image []float32, row, pixel int) {
	stride := g.conv.Stride
	first := (g.top*g.width + g.left) * b.width
	return g.block(b, i)[first:], stride[0] * g.width * b.width, stride[1] * b.width
}

// clearAround clears what is no output's of image i.
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
