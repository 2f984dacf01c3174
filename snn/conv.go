package snn

import "ssnn/internal/kernel"

// conv is a convolution over spikes or the few reals that pooling and the temporal transformer make. A fully connected layer is a
// 1x1 convolution of an image of one pixel.
type conv struct {
	ws      *workspace
	in, out shape
	Geometry
	weight, bias *Parameter // bias may be nil

	after   *norm  // that the output goes to, or nil
	outputs int    // channels of the output in memory
	layout  layout // of the weights

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

	split split

	tasks struct { // bound once, as binding allocates
		lists, windows, dense, forward, spread       func(worker, item int)
		gradient                                     func(worker, item int)
		channelLists, weights, written, denseWeights func(worker, item int)
		turn, inputs                                 func(worker, item int)
	}
}

// newConvolution makes the convolution of a node.
func newConvolution(ws *workspace, n *Node) *conv {
	return newConv(ws, n.Name, n.From.own(), n.Out.Channels, n.Geometry, n.Bias)
}

// newConv makes a convolution with so many channels out, whose geometry fits the images of shape in.
func newConv(ws *workspace, name string, in shape, out int, g Geometry, bias bool) *conv {
	to, err := g.outputs(in, out)
	if err != nil {
		panic("snn: convolution " + name + " " + err.Error())
	}
	c := &conv{
		ws: ws, in: in, out: to, Geometry: g,
		outputs: kernel.Pad(out), layout: newLayout(g, in.c, out, kernel.BlockIn),
	}
	kh, kw, inputs := g.Kernel[0], g.Kernel[1], in.c/g.Groups
	c.weight = ws.parameter(name+".weight", []int{out, inputs, kh, kw}, c.layout.size, true)
	if c.weight.at == nil {
		c.weight.at = func(i int) int {
			kx, ky, channel, o := i%kw, i/kw%kh, i/(kw*kh)%inputs, i/(kw*kh*inputs)
			return c.weightAt(o, o/(out/g.Groups)*inputs+channel, ky, kx)
		}
	}
	if bias {
		c.bias = ws.parameter(name+".bias", []int{out}, c.outputs, true)
	}
	c.tasks.lists, c.tasks.windows, c.tasks.forward, c.tasks.spread = c.listReals, c.sortWindows, c.forwardPart, c.spreadImage
	c.tasks.dense = c.padDense
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

// taps is the number of pixels of a window.
func (g Geometry) taps() int { return g.Kernel[0] * g.Kernel[1] }

// is3x3 says that the windows lie around each pixel of the image, or some at a stride, and see all
// channels: then there are faster ways.
func (g Geometry) is3x3() bool {
	g.Stride = Square(1)
	return g == Windows(3, 1, 1)
}

// isPointwise says that a window is one pixel, and none lies outside of the image.
func (g Geometry) isPointwise() bool {
	return g.Kernel == Square(1) && g.Padding == Square(0)
}

// axis is how the windows lie along the rows (0) or the columns (1) of an image.
func (g Geometry) axis(i int) kernel.Axis {
	return kernel.Axis{Taps: g.Kernel[i], Step: g.Stride[i], Before: g.Padding[i], Dilation: g.Dilation[i]}
}

// weightAt is where a weight lies.
func (c *conv) weightAt(o, in, ky, kx int) int {
	b := c.layout.blockOf(o)
	return c.layout.row(b, in, ky, kx) + o - b.from
}
