package snn

import (
	"fmt"

	"ssnn/internal/kernel"
)

// Op is the operation of a node.
type Op int

// The operations. x is the input.
const (
	OpConvolution Op = iota // weights over windows of x, with a bias where Node.Bias says so
	OpNorm                  // batch norm, see Norm
	OpNeuron                // neurons that integrate x and fire, see Dynamics
	OpPool                  // one number for each window of a channel, see Pooling
	OpAdd                   // x + y
	OpAttention             // attention without softmax between the pixels of Q, K and V
	OpLinear                // weights over all of x, flattened as [C][H][W], at every timestep
	OpTransition            // turns the timesteps of a stage into those of the next
)

// String is the operation's name.
func (o Op) String() string {
	return [...]string{
		"convolution", "norm", "neurons", "pooling", "addition", "attention",
		"fully connected layer", "transition",
	}[o]
}

// Frames stands in Node.In for the network's input.
const Frames = -1

// Node is one operation of a network, on the images of all timesteps of a stage. Its parameters are
// called Name.weight, Name.bias and so on, as in PyTorch.
type Node struct {
	Op          Op     // operation
	Name        string // "stages.0.1.conv2"
	Stage, Item int    // stage and item of the node; Item is -1 outside of the items
	In          []int  // nodes whose outputs are x and, in an addition, y; or Frames
	From, Out   Shape  // shapes of x and of the output

	Geometry          // windows of convolutions and of pooling
	Pooling  Pooling  // kind of pooling
	Bias     bool     // a convolution or fully connected layer has a bias
	Heads    int      // number of heads of attention
	Dynamics Dynamics // dynamics of neurons
}

// Pooling is the kind of number that stands for the values of a window.
type Pooling int

// The kinds of pooling.
const (
	PoolMean Pooling = iota
	PoolMax
	PoolSum
)

// Shape is the shape of an image.
type Shape struct{ Channels, Height, Width int }

// Size is the number of values of an image.
func (s Shape) Size() int { return s.Channels * s.Height * s.Width }

func (s shape) public() Shape { return Shape{s.c, s.h, s.w} }
func (s Shape) own() shape    { return shape{s.Channels, s.Height, s.Width} }

// Pair is a number for the height and one for the width.
type Pair [2]int

// Square is a pair of the same numbers.
func Square(n int) Pair { return Pair{n, n} }

// Geometry is the geometry of the windows of a convolution or of pooling: their size, the distance
// between them, the pixels of zeros on each side of the image, the distance between the pixels of a
// window, and the number of groups of channels, each of which sees only its own group of inputs.
type Geometry struct {
	Kernel, Stride, Padding, Dilation Pair
	Groups                            int
}

// Windows is the geometry of square windows, whose pixels lie side by side, in one group.
func Windows(kernel, stride, padding int) Geometry {
	return Geometry{Square(kernel), Square(stride), Square(padding), Square(1), 1}
}

// reach is the distance in pixels from the first pixel of a window to the last, along the height
// (axis 0) or the width (1).
func (g Geometry) reach(axis int) int { return g.Dilation[axis] * (g.Kernel[axis] - 1) }

// Out returns the height and width of the output for an image of height h and width w. Incomplete
// windows are dropped. It is an error if no window fits.
func (g Geometry) Out(h, w int) (height, width int, err error) {
	side := func(axis, size int) int {
		reach := int64(g.Dilation[axis]) * int64(g.Kernel[axis]-1)
		room := int64(size+2*g.Padding[axis]) - reach - 1
		if room < 0 {
			err = fmt.Errorf("does not fit an image of %dx%d pixels", w, h)
			return 0
		}
		return int(room)/g.Stride[axis] + 1
	}
	height, width = side(0, h), side(1, w)
	return height, width, err
}

// outputs is the shape of a convolution's output, for images of shape in and the given number of
// output channels.
func (g Geometry) outputs(in shape, channels int) (shape, error) {
	if in.c%g.Groups != 0 || channels%g.Groups != 0 {
		return shape{}, fmt.Errorf("has %d groups, want a number that divides %d and %d channels",
			g.Groups, in.c, channels)
	}
	h, w, err := g.Out(in.h, in.w)
	return shape{channels, h, w}, err
}

// weights is the number of weights of a node, with their padding in memory. It is a float64, which
// no configuration can overflow.
func (n *Node) weights() float64 {
	in, out := n.From, float64(n.Out.Channels)
	switch n.Op {
	case OpConvolution:
		count := float64(in.Channels/n.Groups) * out * float64(n.Kernel[0]) * float64(n.Kernel[1])
		if n.Groups > 1 && count <= maxParameters {
			l := newLayout(n.Geometry, in.Channels, n.Out.Channels, kernel.BlockIn)
			return float64(l.size)
		}
		return count
	case OpLinear:
		return float64(in.Channels) * float64(in.Height) * float64(in.Width) * out
	}
	return 0
}

// Dynamics says how the neurons of a layer turn their currents into spikes.
type Dynamics struct {
	Neuron Neuron // kind of neuron
	Levels int    // LIF neurons that make up a neuron: 1, or more with MultiLevel
	LIF
}

// Share is the share of the membrane that survives a timestep. A learned share begins there.
func (d Dynamics) Share() float64 { return d.leak() }

// IsLIF says whether the neurons are LIF neurons, in levels and with a learned leak or not, so that
// the fields and the learned w describe them fully.
func (d Dynamics) IsLIF() bool {
	return d.Neuron >= 0 && int(d.Neuron) < len(neuronModels) && d.Neuron.model().compose == nil
}

// Thresholds returns the threshold of each level.
func (d Dynamics) Thresholds() []float32 {
	all := make([]float32, d.Levels)
	for i := range all {
		all[i] = float32(d.Threshold) + float32(i)
	}
	return all
}
