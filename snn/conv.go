package snn

import (
	"ssnn/internal/kernel"
)

// conv is a convolution, 3x3 with padding 1 or 1x1 without, of stride 1 or more, over spikes or the few reals that pooling
// and the temporal transformer make. A fully connected layer is a 1x1 convolution of an image of one pixel.
//
// Its output gradient is kept padded with a border of zeros and, for a stride s > 1, spread out, pixel (y, x) at (s*y, s*x), to
// the size of the input: then a tap is an offset, and both gradients are those of a convolution of stride 1.
type conv struct {
	ws           *workspace
	in, out      shape
	k, stride    int
	weight, bias *Parameter // bias may be nil

	outputs int // channels of the output in memory
	block   int // input channels of a block of weights

	// Of the last forward.
	x      *activation // input
	images int         // that are convolved: T*B, or B of a factored input
	y      []float32   // output, [T][B][H][W][outputs]
	z      []float32   // convolution of a factored input, [B][H][W][outputs]; else y

	// Of the last backward.
	padded []float32 // gradient of z, [images][padded height][padded width][outputs]; shared by all convolutions
	turned []float32 // the weights for the input gradient, see turn
	dx     []float32 // gradient of the input

	tasks struct{ forward, weights, turn, inputs func(worker, item int) } // bound once, as binding allocates
}

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
	c.tasks.forward, c.tasks.weights = c.forwardImage, c.weightGradients
	c.tasks.turn, c.tasks.inputs = c.turn, c.inputGradient
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

// outBlock is the first channel and the width of the block of output channels that o belongs to.
func (c *conv) outBlock(o int) (from, width int) {
	for width = kernel.OutBlock(0, c.outputs); o >= from+width; width = kernel.OutBlock(from, c.outputs) {
		from += width
	}
	return from, width
}

// weightAt is where a weight lies, see the layout in internal/kernel.
func (c *conv) weightAt(o, in, ky, kx int) int {
	from, width := c.outBlock(o)
	return c.weightRow(from, width, in, ky, kx) + o - from
}

// weightRow is where the weights of an input channel and tap for a block of output channels begin.
func (c *conv) weightRow(from, width, in, ky, kx int) int {
	b := in / c.block
	row := ((b*c.k+ky)*c.k+kx)*c.block + in - b*c.block
	return from*c.inBlocks()*c.k*c.k*c.block + row*width
}

// forward returns the convolution of x, [T][B][H][W][outputs].
func (c *conv) forward(x *activation) []float32 {
	c.x = x
	c.images = x.images()
	size := c.out.pixels() * c.outputs
	c.y = grow(c.y, x.T*x.B*size)
	if x.scale == nil {
		c.z = c.y
	} else {
		c.z = grow(c.z, x.B*size)
	}
	c.ws.pool.Run(c.images, c.tasks.forward)
	return c.y
}

// forwardImage makes one image, and of a factored one all its timesteps.
func (c *conv) forwardImage(worker, n int) {
	x := c.x
	lists := &c.ws.threads[worker].rows
	lists.Border = c.border()
	if x.spikes != nil {
		lists.Spikes(x.spikeImage(n), c.in.h, c.in.w, c.in.c)
	} else {
		lists.Reals(x.realImage(n), c.in.h, c.in.w, c.in.c, x.stride)
	}
	size := c.out.pixels() * c.outputs
	z := c.z[n*size : (n+1)*size]
	clear(z)
	for from := 0; from < c.outputs; {
		width := kernel.OutBlock(from, c.outputs)
		for b := range c.inBlocks() {
			for ky := range c.k {
				c.forwardRows(z, lists, from, width, b, ky)
			}
		}
		from += width
	}
	if x.scale != nil {
		for t := range x.T {
			at := t*x.B + n
			c.addBias(c.y[at*size:(at+1)*size], z, x.scale[at])
		}
	} else if c.bias != nil {
		c.addBias(z, z, 1)
	}
}

// forwardRows adds what one row of the kernel makes of one block of input channels to one block of output channels.
func (c *conv) forwardRows(z []float32, lists *kernel.RowLists, from, width, block, ky int) {
	r := kernel.Row{
		Pixels: c.out.w, Pitch: c.outputs, Width: width,
		Taps: c.k, Step: c.stride, Block: lists.Block,
	}
	at := c.weightRow(from, width, block*c.block, ky, 0)
	w := c.weight.Value[at : at+c.k*c.block*width]
	for y := range c.out.h {
		iy := y*c.stride + ky - c.border()
		if iy < 0 || iy >= c.in.h {
			continue
		}
		dst := z[y*c.out.w*c.outputs+from : (y+1)*c.out.w*c.outputs]
		starts := lists.Row(block, iy)
		if c.x.spikes != nil {
			kernel.SpikeConvRow(r, dst, w, lists.Index, starts)
		} else {
			kernel.RealConvRow(r, dst, w, lists.Index, lists.Value, starts)
		}
	}
}

// addBias writes y = scale*z + bias.
func (c *conv) addBias(y, z []float32, scale float32) {
	if c.bias == nil {
		for i, v := range z {
			y[i] = scale * v
		}
		return
	}
	for i := 0; i < len(z); i += c.outputs {
		for o, b := range c.bias.Value {
			y[i+o] = float32(scale*z[i+o]) + b
		}
	}
}

// paddedSize is the height and width of an image of the padded output gradient.
func (c *conv) paddedSize() (height, width int) {
	return c.in.h + 2*c.border(), c.in.w + 2*c.border()
}

// gradient makes room for the padded gradient, which the caller writes image by image, see paddedImage.
func (c *conv) gradient() {
	height, width := c.paddedSize()
	c.ws.padded = grow(c.ws.padded, c.images*height*width*c.outputs)
	c.padded = c.ws.padded
}

// paddedImage clears what is no output's of image n of the padded gradient, and returns it with the offset of its first
// pixel, the distance of rows and that of pixels.
func (c *conv) paddedImage(n int) (image []float32, first, row, pixel int) {
	height, width := c.paddedSize()
	size := height * width * c.outputs
	image = c.padded[n*size : (n+1)*size]
	line, side := width*c.outputs, c.border()*c.outputs
	switch {
	case c.stride > 1:
		clear(image)
	case side > 0:
		clear(image[:c.border()*line])
		clear(image[size-c.border()*line:])
		for y := c.border(); y < height-c.border(); y++ {
			clear(image[y*line : y*line+side])
			clear(image[(y+1)*line-side : (y+1)*line])
		}
	}
	return image, c.border()*line + side, c.stride * line, c.stride * c.outputs
}

// backward makes the gradient of the weights from the padded gradient of the output, and returns that of the input,
// [images][H][W][C padded], or nil when it is not wanted. The bias is left to those whose bias no norm cancels.
func (c *conv) backward(wantInput bool) []float32 {
	c.ws.pool.Run(c.groups(), c.tasks.weights)
	if !wantInput {
		return nil
	}
	inputs := kernel.Pad(c.in.c)
	c.turned = grow(c.turned, inputs*c.k*c.k*c.outputs)
	c.ws.pool.Run((inputs+panel-1)/panel, c.tasks.turn)
	c.dx = c.ws.take(c.images * c.in.pixels() * inputs)
	if c.border() == 0 {
		c.ws.pool.Run((c.images*c.in.pixels()+rowsAtOnce-1)/rowsAtOnce, c.tasks.inputs)
	} else {
		c.ws.pool.Run(c.images, c.tasks.inputs)
	}
	return c.dx
}

// groupChannels is the number of input channels whose weight gradients are one task: a word of spikes, or fewer where that
// would leave threads without work.
func (c *conv) groupChannels() int {
	switch in := c.in.c; {
	case in >= 64:
		return 16
	case in >= 32:
		return 8
	case in >= 16:
		return 4
	default:
		return (in + 3) / 4
	}
}

func (c *conv) groups() int {
	g := c.groupChannels()
	return (c.in.c + g - 1) / g
}

// weightGradients makes the gradients of all weights of one group of input channels: for each channel and tap the sum
// of the output gradients where the channel is active. The images are taken a few at a time, so that their output
// gradients stay in the second-level cache.
func (c *conv) weightGradients(worker, group int) {
	first := group * c.groupChannels()
	last := min(first+c.groupChannels(), c.in.c)
	for channel := first; channel < last; channel++ {
		c.eachWeightRow(channel, func(at, width, _, _, _ int) { clear(c.weight.Gradient[at : at+width]) })
	}
	lists := &c.ws.threads[worker].channels
	height, width := c.paddedSize()
	size := height * width * c.outputs
	const cached = 1 << 16 // elements
	atOnce := max(1, cached/(height*width*min(64, c.outputs)))
	for n := 0; n < c.images; n += atOnce {
		count := min(atOnce, c.images-n)
		lists.Reset(last-first, count*c.in.pixels())
		for i := range count {
			g := kernel.Grid{Base: i * size, Row: width * c.outputs, Pixel: c.outputs}
			if x := c.x; x.spikes != nil {
				lists.Spikes(x.spikeImage(n+i), c.in.h, c.in.w, x.words(), first, last, g)
			} else {
				lists.Reals(x.realImage(n+i), c.in.h, c.in.w, x.stride, first, last, g)
			}
		}
		c.addWeightGradients(lists, c.padded[n*size:(n+count)*size], first, last)
	}
}

// addWeightGradients adds the gradients of the channels first to last-1 over the images of g.
func (c *conv) addWeightGradients(lists *kernel.ChannelLists, g []float32, first, last int) {
	_, paddedWidth := c.paddedSize()
	for channel := first; channel < last; channel++ {
		offsets, values := lists.Channel(channel - first)
		if len(offsets) == 0 {
			continue
		}
		c.eachWeightRow(channel, func(at, width, from, ky, kx int) {
			// Input pixel (y, x) has met tap (ky, kx) for the output at (y+border-ky, x+border-kx), which lies another border
			// further in the padded gradient.
			shift := ((c.k-1-ky)*paddedWidth+c.k-1-kx)*c.outputs + from
			acc := c.weight.Gradient[at : at+width]
			if c.x.spikes != nil {
				kernel.SumRows(acc, g[shift:], offsets)
			} else {
				kernel.SumScaledRows(acc, g[shift:], offsets, values)
			}
		})
	}
}

// eachWeightRow calls f for the rows of weights of an input channel: at their place, for the block of output channels of the
// given width that begins at from, for tap (ky, kx).
func (c *conv) eachWeightRow(channel int, f func(at, width, from, ky, kx int)) {
	for from := 0; from < c.outputs; {
		width := kernel.OutBlock(from, c.outputs)
		for ky := range c.k {
			for kx := range c.k {
				f(c.weightRow(from, width, channel, ky, kx), width, from, ky, kx)
			}
		}
		from += width
	}
}

// The input gradient is a dense convolution of the padded output gradient with the weights turned by 180 degrees: a
// product of matrices for each row of pixels and row of the kernel.
const (
	panel      = 32 // input channels that are made together
	rowsAtOnce = 64 // pixels of a task of a 1x1 convolution, whose images are one long row
)

// panelWidth is the width of panel number i.
func (c *conv) panelWidth(i int) int { return min(panel, kernel.Pad(c.in.c)-i*panel) }

// turn writes one panel of the weights for the input gradient, [panel][ky][kx][outputs][width], taps in reverse.
func (c *conv) turn(_, i int) {
	width := c.panelWidth(i)
	at := i * panel * c.k * c.k * c.outputs
	first := i * panel
	count := min(width, c.in.c-first)
	for ky := c.k - 1; ky >= 0; ky-- {
		for kx := c.k - 1; kx >= 0; kx-- {
			for from := 0; from < c.outputs; {
				blockWidth := kernel.OutBlock(from, c.outputs)
				for in := range count {
					row := c.weight.Value[c.weightRow(from, blockWidth, first+in, ky, kx):][:blockWidth]
					for o, w := range row {
						c.turned[at+o*width+in] = w
					}
				}
				for in := count; in < width; in++ {
					for o := range blockWidth {
						c.turned[at+o*width+in] = 0
					}
				}
				at += blockWidth * width
				from += blockWidth
			}
		}
	}
}

// inputGradient makes the input gradient of image n, or, without padding, of run n of pixels.
func (c *conv) inputGradient(_, n int) {
	inputs := kernel.Pad(c.in.c)
	if c.border() == 0 {
		first := n * rowsAtOnce
		count := min(rowsAtOnce, c.images*c.in.pixels()-first)
		for i := 0; i*panel < inputs; i++ {
			width := c.panelWidth(i)
			b := c.turned[i*panel*c.outputs:]
			kernel.Gemm(c.dx[first*inputs+i*panel:], inputs, c.padded[first*c.outputs:], c.outputs, b, count, c.outputs, width, true)
		}
		return
	}
	height, width := c.paddedSize()
	g := c.padded[n*height*width*c.outputs : (n+1)*height*width*c.outputs]
	dx := c.dx[n*c.in.pixels()*inputs : (n+1)*c.in.pixels()*inputs]
	k := c.k * c.outputs
	for i := 0; i*panel < inputs; i++ {
		pw := c.panelWidth(i)
		b := c.turned[i*panel*c.k*k : i*panel*c.k*k+c.k*k*pw]
		for y := range c.in.h {
			dst := dx[y*c.in.w*inputs+i*panel:]
			for ky := range c.k {
				a := g[(y+ky)*width*c.outputs:]
				kernel.Gemm(dst, inputs, a, c.outputs, b[ky*k*pw:(ky+1)*k*pw], c.in.w, k, pw, ky == 0)
			}
		}
	}
}
