package snn

import "ssnn/internal/kernel"

// The backward pass takes a group of images at a time: their output gradient is written, and while it is in the cache the
// gradients of the weights and of the input are made from it.
//
// The gradient of the output lies as [out block][images of the group][height][width][channels of the block], so that a block fits a
// cache by itself, with zeros around each image. For a stride s > 1 it is spread out, pixel (y, x) at (s*y, s*x), to
// the size of the input: then a tap is an offset, and both gradients are those of a convolution of stride 1.
const groupRoom = 1 << 22 // elements of the output gradient of a group, 16 MiB

// run is the images first to first+count-1.
type run struct{ first, count int }

// backward makes the gradient of the weights from that of the output, and returns that of the input, [images][H][W][C padded],
// or nil when it is not wanted. write writes the output gradient of an image, see gradientImage and clearAround. The bias is left to
// those whose bias no norm cancels.
func (c *conv) backward(p pass, write func(worker, image int), wantInput bool) (dx []float32) {
	c.write = write
	clear(c.weight.Gradient)
	if wantInput {
		dx = c.prepareInput(p)
	}
	height, width := c.paddedSize()
	size := height * width * c.outputs
	atOnce := min(c.images, max(1, c.ws.group/size))
	c.padded = c.ws.take(atOnce * size)
	for first := 0; first < c.images; first += c.group.count {
		c.group = run{first, min(atOnce, c.images-first)}
		c.backwardGroup(p, wantInput)
	}
	c.layout.clearBetweenGroups(c.weight.Gradient)
	c.ws.give(c.padded)
	c.padded, c.dx, c.write = nil, nil, nil
	return dx
}

func (c *conv) backwardGroup(p pass, wantInput bool) {
	n, name := c.group.count, c.weight.Name
	height, width := c.paddedSize()
	padded := n * height * width * c.outputs
	at := p.start()
	c.ws.pool.Run(n, c.tasks.gradient)
	p.stop(at, name, "output gradient", 0, 2*n*c.out.pixels()*c.outputs+padded, 0)
	at = p.start()
	c.addWeightGradients()
	reals, words := c.inputSize(n)
	p.stop(at, name, "weight gradient", n*c.macs(), reals+padded+len(c.weight.Value), words)
	if wantInput {
		at = p.start()
		c.inputGradients()
		elements := n*c.in.pixels()*kernel.Pad(c.in.c) + padded + len(c.weight.Value)
		p.stop(at, name, "input gradient", n*c.macs(), elements, 0)
	}
}

// before is how many rows (of axis 0) or columns (1) of zeros lie before the outputs in an image of the output gradient.
func (c *conv) before(axis int) int { return max(0, c.reach(axis)-c.Padding[axis]) }

// paddedSize is the height and width of an image of the output gradient: of what the taps of all inputs meet, and all outputs. It has
// more zeros below and to the right where tiles reach over the edge.
func (c *conv) paddedSize() (height, width int) {
	height, width = c.in.h, c.in.w
	if c.tiles != nil {
		height, width = c.tiles.rows*kernel.Tile, c.tiles.columns*kernel.Tile
	}
	height = c.before(0) + max(height+c.Padding[0], (c.out.h-1)*c.Stride[0]+1)
	width = c.before(1) + max(width+c.Padding[1], (c.out.w-1)*c.Stride[1]+1)
	return height, width
}

// gradientBlock is the part of the output gradient of the group that belongs to a block of channels, from image n on.
func (c *conv) gradientBlock(b outBlock, n int) []float32 {
	height, width := c.paddedSize()
	size := height * width * b.width
	at := b.from * c.group.count * height * width
	return c.padded[at+(n-c.group.first)*size : at+c.group.count*size]
}

// gradientImage returns one block of image n of the output gradient from its first pixel on, with the distance of rows and that
// of pixels.
func (c *conv) gradientImage(b outBlock, n int) (image []float32, row, pixel int) {
	_, width := c.paddedSize()
	first := (c.before(0)*width + c.before(1)) * b.width
	return c.gradientBlock(b, n)[first:], c.Stride[0] * width * b.width, c.Stride[1] * b.width
}

// clearAround clears what is no output's of image n of the output gradient.
func (c *conv) clearAround(n int) {
	height, width := c.paddedSize()
	for _, b := range c.layout.outs {
		image := c.gradientBlock(b, n)[:height*width*b.width]
		line, left := width*b.width, c.before(1)*b.width
		switch {
		case c.Stride != Square(1):
			clear(image)
		case height > c.out.h || width > c.out.w:
			top := c.before(0)
			clear(image[:top*line])
			clear(image[(top+c.out.h)*line:])
			for y := top; y < top+c.out.h; y++ {
				clear(image[y*line : y*line+left])
				clear(image[y*line+left+c.out.w*b.width : (y+1)*line])
			}
		}
	}
}
