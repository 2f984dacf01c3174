package snn

import "ssnn/internal/kernel"

// conv is a convolution, 3x3 with padding 1 or 1x1 without, of stride 1 or more, over spikes or the few reals that pooling
// and the temporal transformer make. A fully connected layer is a 1x1 convolution of an image of one pixel.
type conv struct {
	ws           *workspace
	in, out      shape
	k, stride    int
	weight, bias *Parameter // bias may be nil

	outputs   int        // channels of the output in memory
	outBlocks []outBlock // of the outputs
	block     int        // input channels of a block of weights

	// Of the last forward, see convforward.go.
	x      *activation // input
	images int         // that are convolved: T*B, or B of a factored input
	y      []float32   // output, [T][B][H][W][outputs]
	z      []float32   // convolution of a factored input, [B][H][W][outputs]; else y

	// Of the last backward.
	padded []float32 // gradient of z, see gradient
	dx     []float32 // gradient of the input
	tiles  *tiles    // makes it where that pays, else nil

	pass         forwardPass
	first, count int // images of the pass of the weight gradient under way

	tasks struct { // bound once, as binding allocates
		lists, forward, spread                       func(worker, item int)
		channelLists, weights, written, denseWeights func(worker, item int)
		turn, inputs                                 func(worker, item int)
	}
}

// outBlock is a block of output channels, see the layout in internal/kernel.
type outBlock struct{ from, width int }

func newConv(ws *workspace, name string, in shape, out, k, stride int, bias bool) *conv {
	c := &conv{
		ws: ws, in: in, out: shape{out, (in.h-1)/stride + 1, (in.w-1)/stride + 1}, k: k, stride: stride,
		outputs: kernel.Pad(out), block: min(in.c, kernel.BlockIn),
	}
	size := c.inBlocks() * c.block * k * k * c.outputs
	c.weight = &Parameter{
		Name: name + ".weight", Shape: []int{out, in.c, k, k},
		Value: make([]float32, size), Gradient: make([]float32, size),
		at: func(i int) int {
			kx, ky, channel, o := i%k, i/k%k, i/(k*k)%in.c, i/(k*k*in.c)
			return c.weightAt(o, channel, ky, kx)
		},
	}
	if bias {
		c.bias = &Parameter{
			Name: name + ".bias", Shape: []int{out},
			Value: make([]float32, c.outputs), Gradient: make([]float32, c.outputs),
		}
	}
	for from := 0; from < c.outputs; {
		width := kernel.OutBlock(from, c.outputs)
		c.outBlocks = append(c.outBlocks, outBlock{from, width})
		from += width
	}
	c.tasks.lists, c.tasks.forward, c.tasks.spread = c.listImage, c.forwardPart, c.spreadImage
	c.tasks.channelLists, c.tasks.weights = c.listChannels, c.weightGradients
	c.tasks.written, c.tasks.denseWeights = c.writeChannels, c.denseGradients
	c.tasks.turn, c.tasks.inputs = c.turn, c.inputGradient
	if c.tilesPay() {
		c.tiles = newTiles(c)
	}
	return c
}

func (c *conv) parameters(yield func(*Parameter)) {
	yield(c.weight)
	if c.bias != nil {
		yield(c.bias)
	}
}

func (c *conv) inBlocks() int { return (c.in.c + c.block - 1) / c.block }

// border is the padding on each side.
func (c *conv) border() int { return c.k / 2 }

// outBlock is the block of output channels that o belongs to.
func (c *conv) outBlock(o int) outBlock {
	i := 0
	for o >= c.outBlocks[i].from+c.outBlocks[i].width {
		i++
	}
	return c.outBlocks[i]
}

// weightAt is where a weight lies, see the layout in internal/kernel.
func (c *conv) weightAt(o, in, ky, kx int) int {
	b := c.outBlock(o)
	return c.weightRow(b, in, ky, kx) + o - b.from
}

// weightRow is where the weights of an input channel and tap for a block of output channels begin.
func (c *conv) weightRow(o outBlock, in, ky, kx int) int {
	b := in / c.block
	row := ((b*c.k+ky)*c.k+kx)*c.block + in - b*c.block
	return o.from*c.inBlocks()*c.k*c.k*c.block + row*o.width
}

// The gradient of the output lies as [out block][images][height][width][channels of the block], so that a block fits a cache by
// itself, with a border of zeros around each image. For a stride s > 1 it is spread out, pixel (y, x) at (s*y, s*x), to
// the size of the input: then a tap is an offset, and both gradients are those of a convolution of stride 1.

// paddedSize is the height and width of an image of the output gradient, which has more zeros below and to the right where
// tiles reach over the edge.
func (c *conv) paddedSize() (height, width int) {
	height, width = c.in.h, c.in.w
	if c.tiles != nil {
		height, width = c.tiles.rows*kernel.Tile, c.tiles.columns*kernel.Tile
	}
	return height + 2*c.border(), width + 2*c.border()
}

// gradient makes room for the output gradient, which the caller writes image by image, see gradientImage and clearAround.
func (c *conv) gradient() {
	height, width := c.paddedSize()
	c.padded = c.ws.take(c.images * height * width * c.outputs)
}

// gradientBlock is the part of the output gradient that belongs to a block of channels, from image first on.
func (c *conv) gradientBlock(b outBlock, first int) []float32 {
	height, width := c.paddedSize()
	size := height * width * b.width
	at := b.from * c.images * height * width
	return c.padded[at+first*size : at+c.images*size]
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

// backward makes the gradient of the weights from that of the output, and returns that of the input, [images][H][W][C padded],
// or nil when it is not wanted. The bias is left to those whose bias no norm cancels. It is the last that needs the output.
func (c *conv) backward(wantInput bool) []float32 {
	if !c.ws.keep {
		c.release()
	}
	at := c.ws.start()
	c.makeWeightGradients()
	reals, words := c.inputSize(c.images)
	c.ws.stop(at, c.weight.Name, "weight gradient", c.images*c.macs(), reals+len(c.padded)+len(c.weight.Value), words)
	var dx []float32
	if wantInput {
		at = c.ws.start()
		dx = c.inputGradients()
		c.ws.stop(at, c.weight.Name, "input gradient", c.images*c.macs(), len(dx)+len(c.padded)+len(c.weight.Value), 0)
	}
	c.ws.give(c.padded)
	c.padded = nil
	return dx
}
