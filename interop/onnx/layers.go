package onnx

import (
	"fmt"
	"math"

	"ssnn/snn"
)

// layer adds the ONNX nodes of a node of the network, whose input is x, and returns their output. y
// is the second summand where the node is an addition. T is the number of timesteps behind a
// transition.
func (g *graph) layer(n *snn.Node, x, y value, T int) (value, error) {
	switch n.Op {
	case snn.OpConvolution:
		return g.convolution(n, x), nil
	case snn.OpNorm:
		return g.norm(n, x), nil
	case snn.OpNeuron:
		if !n.Dynamics.IsLIF() {
			return x, fmt.Errorf("onnx: %s: neurons of more dynamics than lif, plif and mlf",
				n.Name)
		}
		return g.fire(n, x), nil
	case snn.OpPool:
		return g.pool(n, x), nil
	case snn.OpAdd:
		return g.add(x, y), nil
	case snn.OpAttention:
		return g.mix(n.Heads, x), nil
	case snn.OpLinear:
		return g.linear(n.Name, x), nil
	case snn.OpTransition:
		return g.transition(n.Name, x, T)
	}
	return x, fmt.Errorf("onnx: %s, %s: not known", n.Name, n.Op)
}

// shaped returns the tensor called name as a value with the shape of a node's output.
func (x value) shaped(name string, n *snn.Node) value {
	return value{name, x.T, n.Out.Channels, n.Out.Height, n.Out.Width}
}

// windows returns the attributes of a node's windows. Pooling has no dilation and no groups.
func windows(n *snn.Node) []attribute {
	p := n.Padding
	all := []attribute{
		numbers("kernel_shape", n.Kernel[:]...), numbers("strides", n.Stride[:]...),
		numbers("pads", p[0], p[1], p[0], p[1]),
	}
	if n.Op == snn.OpConvolution {
		all = append(all, numbers("dilations", n.Dilation[:]...), number("group", n.Groups))
	}
	return all
}

func (g *graph) convolution(n *snn.Node, x value) value {
	in := []string{x.name, g.parameter(n.Name + ".weight")}
	if n.Bias {
		in = append(in, g.parameter(n.Name+".bias"))
	}
	return x.shaped(g.op("Conv", in, windows(n)...), n)
}

// norm is scale*x + shift.
func (g *graph) norm(n *snn.Node, x value) value {
	part := func(name string) []float32 {
		p := g.parameters[n.Name+"."+name]
		return p.Export(p.Value)
	}
	weight, bias, mean, variance := part("weight"), part("bias"), part("running_mean"),
		part("running_var")
	for c := range weight {
		weight[c] *= float32(g.cfg.Scale) * float32(1/math.Sqrt(float64(variance[c])+g.cfg.Eps))
		bias[c] -= weight[c] * mean[c]
	}
	perChannel := []int{len(weight), 1, 1}
	x.name = g.op("Mul", []string{x.name, g.constant(n.Name+".scale", perChannel, weight)})
	x.name = g.op("Add", []string{x.name, g.constant(n.Name+".shift", perChannel, bias)})
	return x
}

// fire is neurons, unrolled over time: c = synapse*c + I, u = tau*w + c, s = u >= threshold, w = 0
// where it fired, or u - amount*s.
func (g *graph) fire(n *snn.Node, x value) value {
	d := n.Dynamics
	leak := d.Share()
	if w := g.parameters[n.Name+".w"]; w != nil {
		leak = snn.LearnedShare(w.Value[0])
	}
	if d.DecayInput {
		x.name = g.op("Mul", []string{x.name, g.scalar(float32(1 - leak))})
	}
	currents := g.steps(x)
	for t := range currents {
		if d.Synapse != 0 && t > 0 {
			kept := g.op("Mul", []string{currents[t-1], g.scalar(float32(d.Synapse))})
			currents[t] = g.op("Add", []string{kept, currents[t]})
		}
	}
	sum := make([]string, x.T)
	for level, v := range d.Thresholds() {
		threshold, amount := g.scalar(v), g.scalar(v)
		if d.ResetAmount != 0 {
			amount = g.scalar(float32(d.ResetAmount))
		}
		w := ""
		for t, u := range currents {
			if t > 0 {
				u = g.op("Add", []string{g.op("Mul", []string{w, g.scalar(float32(leak))}), u})
			}
			fired := g.op("GreaterOrEqual", []string{u, threshold})
			s := g.op("Cast", []string{fired}, number("to", floatType))
			if t < x.T-1 && d.Reset == snn.Hard {
				w = g.op("Where", []string{fired, g.scalar(0), u})
			} else if t < x.T-1 {
				w = g.op("Sub", []string{u, g.op("Mul", []string{s, amount})})
			}
			if level > 0 {
				s = g.op("Add", []string{sum[t], s})
			}
			sum[t] = s
		}
	}
	return g.join(x, sum)
}

// mix is attention without softmax, (Q K^T) V / sqrt(d) for each head of d channels, Q, K and V
// being one behind the other in the channels.
func (g *graph) mix(heads int, x value) value {
	d := x.c / 3 / heads
	all := g.op("Reshape", []string{x.name, g.shape(-1, 3, heads, d, x.h*x.w)})
	qkv := []string{g.fresh(), g.fresh(), g.fresh()}
	g.node("Split", []string{all}, qkv, number("axis", 1)) // each [T*batch, 1, heads, d, N]
	last := numbers("perm", 0, 1, 2, 4, 3)
	// [N, N]: the products of the pixels of K and Q.
	kq := g.op("MatMul", []string{g.op("Transpose", []string{qkv[1]}, last), qkv[0]})
	y := g.op("Mul", []string{
		g.op("MatMul", []string{qkv[2], kq}), g.scalar(float32(1 / math.Sqrt(float64(d))))})
	x.c /= 3
	return g.images(x, y)
}

// linear adds a fully connected layer over the whole image.
func (g *graph) linear(name string, x value) value {
	out := g.parameters[name+".weight"].Shape[0]
	in := []string{g.op("Reshape", []string{x.name, g.shape(-1, x.c*x.h*x.w)}),
		g.parameter(name + ".weight")}
	if g.parameters[name+".bias"] != nil {
		in = append(in, g.parameter(name+".bias"))
	}
	x.c, x.h, x.w = out, 1, 1
	return g.images(x, g.op("Gemm", in, number("transB", 1)))
}

// pool adds the mean, the maximum or the sum over windows. The sum is the mean times the number of
// pixels of a window.
func (g *graph) pool(n *snn.Node, x value) value {
	kind := "AveragePool"
	switch {
	case n.Pooling == snn.PoolMax:
		kind = "MaxPool"
	case n.Pooling == snn.PoolMean && n.Kernel == snn.Pair{n.From.Height, n.From.Width}:
		return x.shaped(g.op("GlobalAveragePool", []string{x.name}), n)
	}
	a := windows(n)
	if n.Pooling != snn.PoolMax {
		a = append(a, number("count_include_pad", 1))
	}
	y := g.op(kind, []string{x.name}, a...)
	if n.Pooling == snn.PoolSum {
		y = g.op("Mul", []string{y, g.scalar(float32(n.Kernel[0] * n.Kernel[1]))})
	}
	return x.shaped(y, n)
}
