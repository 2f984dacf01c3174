package snn

import "ssnn/internal/kernel"

// conv is a convolution, 3x3 with padding 1 or 1x1 without, of stride 1 or more, over spikes or the few reals that pooling
// and the temporal transformer make. A fully connected layer is a 1x1 convolution of an image of one pixel.
type conv struct {
	ws           *workspace
	in, out      shape
	k, stride    int
	weight, bias *Parameter // bias may be nil

	after     *norm      // that the output goes to, or nil
	outputs   int        // channels of the output in memory
	outBlocks []outBlock // of the outputs
	block     int        // input channels of a block of weights

	// Of the last forward, see convforward.go.
	x        *activation // input
	way      way         // in which its sums are made
	counted  bool        // by integers
	integers *integers   // of Network.Quantise, made when they are needed first
	images   int         // that are convolved: T*B, or B of a factored input
	y        []float32   // output, [T][B][H][W][outputs]
	z        []float32   // convolution of a factored input, [B][H][W][outputs]; else y

	own struct{ y, z []float32 } // memory of a frozen network's, see makeRoom

	// Of the backward under way, see convbackward.go.
	write  func(worker, image int) // writes the output gradient of an image
	group  run                     // images that it has come to
	some   run                     // of these, those of the pass of the weight gradient
	padded []float32               // output gradient of the group
	dx     []float32               // gradient of the input
	tiles  *tiles                  // makes it where that pays, else nil

	pass forwardPass

	tasks struct { // bound once, as binding allocates
		lists, windows, forward, spread              func(worker, item int)
		gradient                                     func(worker, item int)
		channelLists, weights, written, denseWeights func(worker, item int)
		turn, inputs                                 func(worker, item int)
	}
}

// outBlock is a block of output channels, see the layout in internal/kernel.
type outBlock struct{ from, width int }

// newConvolution makes the convolution of a node.
func newConvolution(ws *workspace, n *Node) *conv {
	return newConv(ws, n.Name, n.From.own(), n.Out.Channels, n.Geometry, n.Bias)
}

// newConv makes a convolution with so many channels out, whose geometry fits the images of shape in.
func newConv(ws *workspace, name string, in shape, out int, g Geometry, bias bool) *conv {
	k, stride := g.Kernel[0], g.Stride[0]
	to, err := g.outputs(in, out)
	if err != nil {
		panic("snn: convolution " + name + " " + err.Error())
	}
	c := &conv{
		ws: ws, in: in, out: to, k: k, stride: stride,
		outputs: kernel.Pad(out), block: min(in.c, kernel.BlockIn),
	}
	size := c.inBlocks() * c.block * k * k * c.outputs
	for from := 0; from < c.outputs; {
		width := kernel.OutBlock(from, c.outputs)
		c.outBlocks = append(c.outBlocks, outBlock{from, width})
		from += width
	}
	c.weight = ws.parameter(name+".weight", []int{out, in.c, k, k}, size, true)
	if c.weight.at == nil {
		c.weight.at = func(i int) int {
			kx, ky, channel, o := i%k, i/k%k, i/(k*k)%in.c, i/(k*k*in.c)
			return c.weightAt(o, channel, ky, kx)
		}
	}
	if bias {
		c.bias = ws.parameter(name+".bias", []int{out}, c.outputs, true)
	}
	c.tasks.lists, c.tasks.windows, c.tasks.forward, c.tasks.spread = c.listReals, c.sortWindows, c.forwardPart, c.spreadImage
	c.tasks.gradient = func(worker, i int) { c.write(worker, c.group.first+i) }
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
