package snn

import "ssnn/internal/kernel"

// conv is a convolution over spikes or reals. A fully connected layer is a 1x1 convolution of an
// image of one pixel. This file has the convolution's shape, its weights and its memory; its
// forward is in convforward.go, its backward in convbackward.go.
type conv struct {
	ws      *workspace
	in, out shape
	Geometry
	weight, bias *Parameter // bias may be nil

	after    *norm     // norm that reads the output, or nil
	outputs  int       // channels of the output in memory, with padding
	layout   layout    // order of the weights in memory
	integers *integers // weights of Network.Quantise, made when they are first needed

	// The following belong to the last forward.
	x      *activation // input
	images int         // images that are convolved: T*B, or B of a factored input
	y      []float32   // output, [T][B][H][W][outputs]
	z      []float32   // convolution of a factored input, [B][H][W][outputs]; else y

	own struct{ y, z []float32 } // memory of y and z in a frozen network, see makeRoom

	fore *convForward
	back *convBackward
}

// newConvolution makes the convolution of a node.
func newConvolution(ws *workspace, n *Node) *conv {
	return newConv(ws, n.Name, n.From.own(), n.Out.Channels, n.Geometry, n.Bias)
}

// newConv makes a convolution of images of shape in with out output channels. It panics if the
// geometry does not fit the images.
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
	c.fore, c.back = newConvForward(c), newConvBackward(c)
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

// is3x3 says whether windows are 3x3 with padding 1 and no dilation, at any stride, and see all
// channels. There are faster ways to convolve these.
func (g Geometry) is3x3() bool {
	g.Stride = Square(1)
	return g == Windows(3, 1, 1)
}

// isPointwise says whether a window is one pixel and no window lies outside of the image.
func (g Geometry) isPointwise() bool {
	return g.Kernel == Square(1) && g.Padding == Square(0)
}

// axis is the geometry of the windows along the rows (0) or the columns (1) of an image.
func (g Geometry) axis(i int) kernel.Axis {
	return kernel.Axis{
		Taps: g.Kernel[i], Step: g.Stride[i], Before: g.Padding[i], Dilation: g.Dilation[i],
	}
}

// weightAt is the place in memory of the weight from channel in to channel o at row ky and column
// kx of the window.
func (c *conv) weightAt(o, in, ky, kx int) int {
	b := c.layout.blockOf(o)
	return c.layout.row(b, in, ky, kx) + o - b.from
}

// makeRoom makes y and z for the input x. In a frozen network they have memory of their own: it
// stays taken until the next pass, and the free memory of the arena would depend on earlier passes.
func (c *conv) makeRoom(x *activation) {
	size := c.out.pixels() * c.outputs
	take := func(own *[]float32, n int) []float32 {
		if !c.ws.frozen {
			return c.ws.take(n)
		}
		*own = grow(*own, n)
		return *own
	}
	c.y = take(&c.own.y, x.T*x.B*size)
	if c.z = c.y; x.scale != nil {
		c.z = take(&c.own.z, x.B*size)
	}
}

// release gives back the memory of the output, which nobody needs any more, unless the pass keeps
// it for the membranes.
func (c *conv) release(p pass) {
	if !p.keep {
		c.free()
	}
}

// free gives back the memory of the output, in any pass.
func (c *conv) free() {
	if c.y == nil {
		return
	}
	if !c.ws.frozen {
		c.ws.give(c.y)
		if c.x.scale != nil {
			c.ws.give(c.z)
		}
	}
	c.y, c.z = nil, nil
}

// cheap says whether computing the output again in backward costs less than keeping it in memory.
// So it is for the first convolution, which has few inputs and, on the largest images, the most
// outputs.
func (c *conv) cheap() bool { return c.in.c*c.taps() <= 32 }

// macs is the number of multiply-accumulates of an image if all inputs are active. It counts inputs
// beyond the border too.
func (c *conv) macs() int { return c.out.pixels() * c.out.c * c.in.c / c.Groups * c.taps() }

// inputSize is the size in memory of that many images of the input: in elements if they are reals,
// in 16-bit words if they are spikes.
func (c *conv) inputSize(images int) (reals, words int) {
	if c.x.spikes != nil {
		return 0, images * c.in.pixels() * c.x.words()
	}
	return images * c.x.size(), 0
}
