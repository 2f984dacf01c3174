package snn

import "ssnn/internal/kernel"

// The backward pass takes a group of images at a time: their output gradient is written, and while it is in the cache the
// gradients of the weights and of the input are made from it.
//
// The gradient of the output lies as [out block][images of the group][height][width][channels of the block], so that a block fits a
// cache by itself, with a border of zeros around each image. For a stride s > 1 it is spread out, pixel (y, x) at (s*y, s*x), to
// the size of the input: then a tap is an offset, and both gradients are those of a convolution of stride 1.
const groupRoom = 1 << 22 // elements of the output gradient of a group, 16 MiB

// run is the images first to first+count-1.
type run struct{ first, count int }

// backward makes the gradient of the weights from that of the output, and returns that of the input, [images][H][W][C padded],
// or nil when it is not wanted. write writes the output gradient of an image, see gradientImage and clearAround. The bias is left to
// those whose bias no norm cancels.
func (c *conv) backward(write func(worker, image int), wantInput bool) (dx []float32) {
	c.write = write
	clear(c.weight.Gradient)
	if wantInput {
		dx = c.prepareInput()
	}
	height, width := c.paddedSize()
	size := height * width * c.outputs
	atOnce := min(c.images, max(1, c.ws.group/size))
	c.padded = c.ws.take(atOnce * size)
	for first := 0; first < c.images; first += c.group.count {
		c.group = run{first, min(atOnce, c.images-first)}
		c.backwardGroup(wantInput)
	}
	c.ws.give(c.padded)
	c.padded, c.dx, c.write = nil, nil, nil
	return dx
}

func (c *conv) backwardGroup(wantInput bool) {
	n, name := c.group.count, c.weight.Name
	height, width := c.paddedSize()
	padded := n * height * width * c.outputs
	at := c.ws.start()
	c.ws.pool.Run(n, c.tasks.gradient)
	c.ws.stop(at, name, "output gradient", 0, 2*n*c.out.pixels()*c.outputs+padded, 0)
	at = c.ws.start()
	c.addWeightGradients()
	reals, words := c.inputSize(n)
	c.ws.stop(at, name, "weight gradient", n*c.macs(), reals+padded+len(c.weight.Value), words)
	if wantInput {
		at = c.ws.start()
		c.inputGradients()
		c.ws.stop(at, name, "input gradient", n*c.macs(), n*c.in.pixels()*kernel.Pad(c.in.c)+padded+len(c.weight.Value), 0)
	}
}

// paddedSize is the height and width of an image of the output gradient, which has more zeros below and to the right where
// tiles reach over the edge.
func (c *conv) paddedSize() (height, width int) {
	height, width = c.in.h, c.in.w
	if c.tiles != nil {
		height, width = c.tiles.rows*kernel.Tile, c.tiles.columns*kernel.Tile
	}
	return height + 2*c.border(), width + 2*c.border()
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
	first := c.border() * (width + 1) * b.width
	return c.gradientBlock(b, n)[first:], c.stride * width * b.width, c.stride * b.width
}

// clearAround clears what is no output's of image n of the output gradient.
func (c *conv) clearAround(n int) {
	height, width := c.paddedSize()
	for _, b := range c.outBlocks {
		image := c.gradientBlock(b, n)[:height*width*b.width]
		line, side := width*b.width, c.border()*b.width
		switch {
		case c.stride > 1:
			clear(image)
		case side > 0:
			clear(image[:c.border()*line])
			clear(image[(c.border()+c.in.h)*line:])
			for y := c.border(); y < c.border()+c.in.h; y++ {
				clear(image[y*line : y*line+side])
				clear(image[y*line+side+c.in.w*b.width : (y+1)*line])
			}
		}
	}
}
