package nir

import (
	"fmt"
	"math"

	"ssnn/snn"
)

// item adds the nodes of an item of a stage, whose parameters have the given name.
func (e *export) item(name string, it snn.Item, x value) (value, error) {
	a := it.Numbers()
	if len(x.shape) == 1 && it.Kind != "lif" && it.Kind != "linear" {
		return x, fmt.Errorf("%s behind a fully connected layer, whose output NIR cannot make an image again", it)
	}
	switch it.Kind {
	case "conv":
		return e.unit(name+".%s", 1, x), nil
	case "current":
		return e.current(name+".%s", 1, x), nil
	case "lif":
		return e.fire(name+".lif", x), nil
	case "block":
		y := e.current(name+".%s2", 1, e.unit(name+".%s1", a[1], x))
		return e.fire(name+".lif2", sum(y, e.shortcut(name, a[1], x, e.current))), nil
	case "sew":
		y := e.unit(name+".%s2", 1, e.unit(name+".%s1", a[1], x))
		return sum(y, e.shortcut(name, a[1], x, e.unit)), nil
	case "ms":
		y := e.current(name+".%s2", 1, e.unit(name+".%s1", a[1], e.fire(name+".lif", x)))
		return sum(y, e.shortcut(name, a[1], x, e.current)), nil
	case "position":
		return sum(x, e.unit(name+".%s", 1, x)), nil
	case "mlp":
		return sum(x, e.unit(name+".%s2", 1, e.unit(name+".%s1", 1, x))), nil
	case "linear":
		return e.linear(name+".fc", x), nil
	case "avgpool":
		return e.pool(name+".pool", "AvgPool2d", [2]int{a[0], a[0]}, a[0], 0, x), nil
	case "globalpool":
		h, w := x.shape[1], x.shape[2]
		return e.pool(name+".pool", "AvgPool2d", [2]int{h, w}, max(h, w), 0, x), nil
	case "maxpool":
		return e.largest(name+".pool", it, a, x)
	}
	return x, fmt.Errorf("%s, for which NIR has no primitive", it)
}

// shortcut is x, or, where a block changes its shape, what the layer makes of it.
func (e *export) shortcut(name string, stride int, x value, layer func(pattern string, stride int, x value) value) value {
	if e.parameters[name+".down_conv.weight"] == nil {
		return x
	}
	return layer(name+".down_%s", stride, x)
}

// unit is convolution, norm and neurons; pattern names its parts, as "stages.0.1.%s2" does conv2, bn2 and lif2.
func (e *export) unit(pattern string, stride int, x value) value {
	return e.fire(fmt.Sprintf(pattern, "lif"), e.current(pattern, stride, x))
}

// current is a convolution that has the norm behind it in itself: scale*(weight*x + b - mean) + offset = (scale*weight)*x + (scale*(b - mean) + offset).
func (e *export) current(pattern string, stride int, x value) value {
	conv, bn := fmt.Sprintf(pattern, "conv"), fmt.Sprintf(pattern, "bn")
	p := e.parameters[conv+".weight"]
	weight, bias := p.Export(p.Value), make([]float32, p.Shape[0])
	if e.parameters[conv+".bias"] != nil {
		bias = e.values(conv + ".bias")
	}
	gain, offset, mean, variance := e.values(bn+".weight"), e.values(bn+".bias"), e.values(bn+".running_mean"), e.values(bn+".running_var")
	each := len(weight) / len(bias)
	for c := range bias {
		scale := e.cfg.Scale * float64(gain[c]) / math.Sqrt(float64(variance[c])+e.cfg.Eps)
		bias[c] = float32(scale*(float64(bias[c])-float64(mean[c])) + float64(offset[c]))
		for i := range weight[c*each : (c+1)*each] {
			weight[c*each+i] = float32(scale * float64(weight[c*each+i]))
		}
	}
	h, w, padding := x.shape[1], x.shape[2], p.Shape[2]/2
	y := e.node(conv, "Conv2d", x, Values{
		"input_shape": whole(h, w), "weight": reals(p.Shape, weight), "bias": reals([]int{len(bias)}, bias),
		"stride": whole(stride, stride), "padding": whole(padding, padding), "dilation": whole(1, 1), "groups": single(1),
	})
	y.shape = []int{len(bias), (h-1)/stride + 1, (w-1)/stride + 1}
	return y
}

// values are those of a parameter.
func (e *export) values(name string) []float32 {
	p := e.parameters[name]
	return p.Export(p.Value)
}

// fire is neurons: a node, or of several levels one for each, whose spikes add up.
func (e *export) fire(name string, x value) value {
	leak := e.tau
	if w := e.parameters[name+".w"]; w != nil {
		leak = 1 - 1/(1+math.Exp(-float64(w.Value[0])))
	}
	if e.cfg.Neuron != snn.MultiLevel {
		y := e.neuron(name, leak, float32(e.cfg.Threshold), x)
		y.spikes = true
		return y
	}
	y := value{shape: x.shape}
	for level := range e.cfg.Levels {
		y = sum(y, e.neuron(fmt.Sprint(name, ".", level), leak, float32(e.cfg.Threshold)+float32(level), x))
	}
	return y
}

// neuron is a LIF or an IF, as the package says.
func (e *export) neuron(name string, leak float64, threshold float32, x value) value {
	same := func(v float64) Array { return uniform(x.shape, v) }
	below := math.Nextafter32(threshold, 0)
	parameters := Values{"v_threshold": same(float64(below)), "v_reset": same(0)}
	kind := "IF"
	if leak == 1 {
		parameters["r"] = same(1 / e.dt)
	} else {
		kind = "LIF"
		parameters["tau"], parameters["v_leak"], parameters["r"] = same(e.dt/(1-leak)), same(0), same(1/(1-leak))
		if e.cfg.DecayInput {
			parameters["r"] = same(1)
		}
	}
	y := e.node(name, kind, x, parameters)
	if e.cfg.LIF.Reset == snn.Soft {
		e.g.Nodes[y.from[0]].Metadata = Values{"reset": text("soft")}
	}
	return y
}

// linear is a fully connected layer over the whole image.
func (e *export) linear(name string, x value) value {
	if len(x.shape) > 1 {
		features := []int{product(x.shape)}
		x = e.node(name+".flatten", "Flatten", x, Values{"input_type": whole(x.shape...), "start_dim": single(0), "end_dim": single(-1)})
		x.shape = features
	}
	p := e.parameters[name+".weight"]
	parameters, kind := Values{"weight": reals(p.Shape, p.Export(p.Value))}, "Linear"
	if b := e.parameters[name+".bias"]; b != nil {
		parameters["bias"], kind = reals(b.Shape, b.Export(b.Value)), "Affine"
	}
	y := e.node(name, kind, x, parameters)
	y.shape = p.Shape[:1]
	return y
}

// pool is the mean or the sum of windows of k pixels; incomplete ones are dropped.
func (e *export) pool(name, kind string, k [2]int, stride, padding int, x value) value {
	y := e.node(name, kind, x, Values{"kernel_size": whole(k[:]...), "stride": whole(stride, stride), "padding": whole(padding, padding)})
	size := func(side, k int) int { return (side+2*padding-k)/stride + 1 }
	y.shape = []int{x.shape[0], size(x.shape[1], k[0]), size(x.shape[2], k[1])}
	return y
}

// largest is the maximum of windows, which NIR has not: of spikes it is 1 where their sum is above 1/2.
func (e *export) largest(name string, it snn.Item, a []int, x value) (value, error) {
	if !x.spikes {
		return x, fmt.Errorf("%s of what are no spikes, for which NIR has no primitive", it)
	}
	k, stride, padding := a[0], a[0], 0
	if len(a) > 1 {
		stride, padding = a[1], a[2]
	}
	x = e.pool(name, "SumPool2d", [2]int{k, k}, stride, padding, x)
	y := e.node(name+".threshold", "Threshold", x, Values{"threshold": uniform(x.shape, 0.5)})
	y.spikes = true
	return y, nil
}
