package onnx

import (
	"fmt"
	"math"

	"ssnn/snn"
)

// item adds the nodes of an item of a stage, whose parameters have the given name.
func (g *graph) item(name string, it snn.Item, x value) (value, error) {
	a := it.Numbers()
	switch it.Kind {
	case "conv":
		return g.unit(name+".%s", 1, x), nil
	case "current":
		return g.current(name+".%s", 1, x), nil
	case "lif":
		return g.fire(name+".lif", 1, x), nil
	case "block":
		y := g.current(name+".%s2", 1, g.unit(name+".%s1", a[1], x))
		return g.fire(name+".lif2", 1, g.add(y, g.shortcut(name, a[1], x, g.current))), nil
	case "sew":
		y := g.unit(name+".%s2", 1, g.unit(name+".%s1", a[1], x))
		return g.add(y, g.shortcut(name, a[1], x, g.unit)), nil
	case "ms":
		y := g.current(name+".%s2", 1, g.unit(name+".%s1", a[1], g.fire(name+".lif", 1, x)))
		return g.add(y, g.shortcut(name, a[1], x, g.current)), nil
	case "position":
		return g.add(x, g.unit(name+".%s", 1, x)), nil
	case "mlp":
		return g.add(x, g.unit(name+".%s2", 1, g.unit(name+".%s1", 1, x))), nil
	case "attention":
		y := g.mix(a[0], g.unit(name+".qkv_%s", 1, x))
		return g.add(x, g.unit(name+".proj_%s", 1, g.fire(name+".attn_lif", 0.5, y))), nil
	case "linear":
		return g.linear(name+".fc", x), nil
	case "avgpool":
		return g.pool("AveragePool", a, x), nil
	case "maxpool":
		return g.pool("MaxPool", a, x), nil
	case "globalpool":
		return value{g.op("GlobalAveragePool", []string{x.name}), x.T, x.c, 1, 1}, nil
	}
	return x, fmt.Errorf("onnx: item %q of %s is not known", it, name)
}

// shortcut is x, or, where a block changes its shape, what the layer makes of it.
func (g *graph) shortcut(name string, stride int, x value, layer func(pattern string, stride int, x value) value) value {
	if g.parameters[name+".down_conv.weight"] == nil {
		return x
	}
	return layer(name+".down_%s", stride, x)
}

// unit is convolution, norm and neurons; pattern names its parts, as "stages.0.1.%s2" does conv2, bn2 and lif2.
func (g *graph) unit(pattern string, stride int, x value) value {
	return g.fire(fmt.Sprintf(pattern, "lif"), 1, g.current(pattern, stride, x))
}

// current is convolution and norm, scale*y + shift.
func (g *graph) current(pattern string, stride int, x value) value {
	conv, bn := fmt.Sprintf(pattern, "conv"), fmt.Sprintf(pattern, "bn")
	shape := g.parameters[conv+".weight"].Shape
	in := []string{x.name, g.parameter(conv + ".weight")}
	if g.parameters[conv+".bias"] != nil {
		in = append(in, g.parameter(conv+".bias"))
	}
	p := shape[2] / 2
	y := g.op("Conv", in, numbers("kernel_shape", shape[2], shape[3]), numbers("strides", stride, stride), numbers("pads", p, p, p, p))

	part := func(name string) []float32 { p := g.parameters[bn+"."+name]; return p.Export(p.Value) }
	weight, bias, mean, variance := part("weight"), part("bias"), part("running_mean"), part("running_var")
	for c := range weight {
		weight[c] *= float32(g.cfg.Scale) * float32(1/math.Sqrt(float64(variance[c])+g.cfg.Eps))
		bias[c] -= weight[c] * mean[c]
	}
	perChannel := []int{shape[0], 1, 1}
	y = g.op("Mul", []string{y, g.constant(bn+".scale", perChannel, weight)})
	y = g.op("Add", []string{y, g.constant(bn+".shift", perChannel, bias)})
	return value{y, x.T, shape[0], (x.h-1)/stride + 1, (x.w-1)/stride + 1}
}

// fire is neurons, unrolled over time: u = tau*w + I, s = u >= threshold, w = 0 where it fired, or u - threshold*s. factor is that of the
// threshold.
func (g *graph) fire(name string, factor float64, x value) value {
	leak := g.cfg.Tau
	if w := g.parameters[name+".w"]; w != nil {
		leak = 1 - 1/(1+math.Exp(-float64(w.Value[0])))
	}
	if g.cfg.DecayInput {
		x.name = g.op("Mul", []string{x.name, g.scalar(float32(1 - leak))})
	}
	levels := 1
	if g.cfg.Neuron == snn.MultiLevel {
		levels = g.cfg.Levels
	}
	currents := g.steps(x)
	sum := make([]string, x.T)
	for level := range levels {
		threshold := g.scalar(float32(g.cfg.Threshold*factor) + float32(level))
		w := ""
		for t, u := range currents {
			if t > 0 {
				u = g.op("Add", []string{g.op("Mul", []string{w, g.scalar(float32(leak))}), u})
			}
			fired := g.op("GreaterOrEqual", []string{u, threshold})
			s := g.op("Cast", []string{fired}, number("to", floatType))
			if t < x.T-1 && g.cfg.LIF.Reset == snn.Hard {
				w = g.op("Where", []string{fired, g.scalar(0), u})
			} else if t < x.T-1 {
				w = g.op("Sub", []string{u, g.op("Mul", []string{s, threshold})})
			}
			if level > 0 {
				s = g.op("Add", []string{sum[t], s})
			}
			sum[t] = s
		}
	}
	return g.join(x, sum)
}

// mix is attention without softmax, (Q K^T) V / sqrt(d) for each head of d channels, Q, K and V being one behind the other in the channels.
func (g *graph) mix(heads int, x value) value {
	d := x.c / 3 / heads
	all := g.op("Reshape", []string{x.name, g.shape(-1, 3, heads, d, x.h*x.w)})
	qkv := []string{g.fresh(), g.fresh(), g.fresh()}
	g.node("Split", []string{all}, qkv, number("axis", 1)) // each [T*batch, 1, heads, d, N]
	last := numbers("perm", 0, 1, 2, 4, 3)
	kq := g.op("MatMul", []string{g.op("Transpose", []string{qkv[1]}, last), qkv[0]}) // [N, N]: of the pixels of K and Q
	y := g.op("Mul", []string{g.op("MatMul", []string{qkv[2], kq}), g.scalar(float32(1 / math.Sqrt(float64(d))))})
	x.c /= 3
	return g.images(x, y)
}

// linear is a fully connected layer over the whole image.
func (g *graph) linear(name string, x value) value {
	out := g.parameters[name+".weight"].Shape[0]
	in := []string{g.op("Reshape", []string{x.name, g.shape(-1, x.c*x.h*x.w)}), g.parameter(name + ".weight")}
	if g.parameters[name+".bias"] != nil {
		in = append(in, g.parameter(name+".bias"))
	}
	x.c, x.h, x.w = out, 1, 1
	return g.images(x, g.op("Gemm", in, number("transB", 1)))
}

// pool is one over windows, of size, stride and padding a, or of size and stride a.
func (g *graph) pool(kind string, a []int, x value) value {
	k, stride, p := a[0], a[0], 0
	if len(a) > 1 {
		stride, p = a[1], a[2]
	}
	x.name = g.op(kind, []string{x.name}, numbers("kernel_shape", k, k), numbers("strides", stride, stride), numbers("pads", p, p, p, p))
	x.h, x.w = (x.h+2*p-k)/stride+1, (x.w+2*p-k)/stride+1
	return x
}
