package nir

import (
	"fmt"
	"math"

	"ssnn/snn"
)

// layer adds what a node of the network does to x, y being the other summand of an addition.
func (e *export) layer(n *snn.Node, x, y value) (value, error) {
	if len(x.shape) == 1 && (n.Op == snn.OpConvolution || n.Op == snn.OpPool) {
		return x, fmt.Errorf("%s: %s behind a fully connected layer, whose output NIR cannot make an image again",
			n.Name, n.Op)
	}
	switch n.Op {
	case snn.OpConvolution:
		return e.convolution(n, x), nil
	case snn.OpNorm:
		e.norm(n, x)
		return x, nil
	case snn.OpNeuron:
		if d := n.Dynamics; d.Synapse != 0 && d.Share() == 1 {
			return x, fmt.Errorf("%s: synaptic currents with tau 1, for which NIR has no primitive", n.Name)
		}
		return e.fire(n, x), nil
	case snn.OpAdd:
		return sum(x, y), nil
	case snn.OpTransition: // hands the timesteps on as they are
		return x, nil
	case snn.OpLinear:
		return e.linear(n.Name, x), nil
	case snn.OpPool:
		switch n.Pooling {
		case snn.PoolMax:
			return e.largest(n, x)
		case snn.PoolSum:
			return e.pool("SumPool2d", n, x), nil
		}
		return e.pool("AvgPool2d", n, x), nil
	}
	return x, fmt.Errorf("%s: %s, for which NIR has no primitive", n.Name, n.Op)
}

func (e *export) convolution(n *snn.Node, x value) value {
	p := e.parameters[n.Name+".weight"]
	bias := make([]float32, p.Shape[0])
	if n.Bias {
		bias = e.values(n.Name + ".bias")
	}
	y := e.node(n.Name, "Conv2d", x, Values{
		"input_shape": whole(x.shape[1:]...), "weight": reals(p.Shape, p.Export(p.Value)),
		"bias": reals([]int{len(bias)}, bias), "stride": whole(n.Stride[:]...),
		"padding": whole(n.Padding[:]...), "dilation": whole(n.Dilation[:]...), "groups": single(n.Groups),
	})
	y.shape = imageOf(n.Out)
	return y
}

// imageOf is a shape as NIR has it.
func imageOf(s snn.Shape) []int { return []int{s.Channels, s.Height, s.Width} }

// norm puts a norm into the convolution before it, whose output is x: scale*(weight*x + b - mean) +
// offset = (scale*weight)*x + (scale*(b - mean) + offset).
func (e *export) norm(n *snn.Node, x value) {
	conv := e.g.Nodes[x.from[0]].Parameters
	weight, bias := conv["weight"].Floats, conv["bias"].Floats
	part := func(name string) []float32 { return e.values(n.Name + "." + name) }
	gain, offset, mean, variance := part("weight"), part("bias"), part("running_mean"), part("running_var")
	each := len(weight) / len(bias)
	for c := range bias {
		scale := e.cfg.Scale * float64(gain[c]) / math.Sqrt(float64(variance[c])+e.cfg.Eps)
		bias[c] = float32(scale*(float64(bias[c])-float64(mean[c])) + float64(offset[c]))
		for i := range weight[c*each : (c+1)*each] {
			weight[c*each+i] = float32(scale * float64(weight[c*each+i]))
		}
	}
}

// values are those of a parameter.
func (e *export) values(name string) []float32 {
	p := e.parameters[name]
	return p.Export(p.Value)
}

// fire is neurons: a node, or of several levels one for each, whose spikes add up.
func (e *export) fire(n *snn.Node, x value) value {
	d := n.Dynamics
	leak := d.Share()
	if w := e.parameters[n.Name+".w"]; w != nil {
		leak = snn.LearnedShare(w.Value[0])
	}
	thresholds := d.Thresholds()
	if d.Neuron != snn.MultiLevel {
		y := e.neuron(n.Name, d, leak, thresholds[0], x)
		y.spikes = true
		return y
	}
	y := value{shape: x.shape}
	for level, threshold := range thresholds {
		y = sum(y, e.neuron(fmt.Sprint(n.Name, ".", level), d, leak, threshold, x))
	}
	return y
}

// neuron is a LIF, an IF or a CubaLIF, as the package says.
func (e *export) neuron(name string, d snn.Dynamics, leak float64, threshold float32, x value) value {
	same := func(v float64) Array { return uniform(x.shape, v) }
	below := math.Nextafter32(threshold, 0)
	parameters := Values{"v_threshold": same(float64(below)), "v_reset": same(0)}
	kind := "IF"
	switch {
	case d.Synapse != 0:
		kind = "CubaLIF"
		gain := 1.0
		if d.DecayInput {
			gain = 1 - leak
		}
		parameters["tau_syn"], parameters["tau_mem"] = same(e.dt/(1-d.Synapse)), same(e.dt/(1-leak))
		parameters["r"], parameters["v_leak"] = same(1), same(0)
		parameters["w_in"] = same(gain / (1 - leak) / (1 - d.Synapse))
	case leak == 1:
		parameters["r"] = same(1 / e.dt)
	default:
		kind = "LIF"
		parameters["tau"], parameters["v_leak"], parameters["r"] = same(e.dt/(1-leak)), same(0), same(1/(1-leak))
		if d.DecayInput {
			parameters["r"] = same(1)
		}
	}
	y := e.node(name, kind, x, parameters)
	if d.Reset == snn.Soft {
		said := Values{"reset": text("soft")}
		if d.ResetAmount != 0 {
			said["reset_amount"] = reals(nil, []float32{float32(d.ResetAmount)})
		}
		e.g.Nodes[y.from[0]].Metadata = said
		e.soft = true
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

// pool is the mean or the sum of windows; incomplete ones are dropped.
func (e *export) pool(kind string, n *snn.Node, x value) value {
	y := e.node(n.Name, kind, x, Values{
		"kernel_size": whole(n.Kernel[:]...), "stride": whole(n.Stride[:]...), "padding": whole(n.Padding[:]...),
	})
	y.shape = imageOf(n.Out)
	return y
}

// largest is the maximum of windows, which NIR has not: of spikes it is 1 where their sum is above 1/2.
func (e *export) largest(n *snn.Node, x value) (value, error) {
	if !x.spikes {
		return x, fmt.Errorf("%s: maximum of what are no spikes, for which NIR has no primitive", n.Name)
	}
	x = e.pool("SumPool2d", n, x)
	y := e.node(n.Name+".threshold", "Threshold", x, Values{"threshold": uniform(x.shape, 0.5)})
	y.spikes = true
	return y, nil
}
