package nir

import (
	"fmt"
	"maps"
	"math"

	"ssnn/snn"
)

// layer adds the NIR nodes of a node of the network, whose input is x, and returns their output. y
// is the second summand where the node is an addition.
func (e *export) layer(n *snn.Node, x, y value) (value, error) {
	if len(x.shape) == 1 && (n.Op == snn.OpConvolution || n.Op == snn.OpPool) {
		return x, fmt.Errorf("%s: %s behind a fully connected layer, whose output NIR cannot "+
			"make an image again",
			n.Name, n.Op)
	}
	switch n.Op {
	case snn.OpConvolution:
		return e.convolution(n, x), nil
	case snn.OpNorm:
		e.norm(n, x)
		return x, nil
	case snn.OpNeuron:
		if !n.Dynamics.IsLIF() {
			return x, fmt.Errorf("%s: neurons of more dynamics than lif, plif and mlf, "+
				"for which NIR has no primitive", n.Name)
		}
		if d := n.Dynamics; d.Synapse != 0 && d.Share() == 1 {
			return x, fmt.Errorf("%s: synaptic currents with tau 1, for which NIR has no primitive",
				n.Name)
		}
		return e.fire(n, x), nil
	case snn.OpAdd:
		return sum(x, y), nil
	case snn.OpTransition: // passes the timesteps on unchanged
		return x, nil
	case snn.OpLinear:
		return e.linear(n, x), nil
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
	parameters := Values{
		"input_shape": whole(x.shape[1:]...), "weight": ungrouped(p.Shape, p.Export(p.Value),
			n.Groups),
		"bias": reals([]int{len(bias)}, bias), "stride": whole(n.Stride[:]...),
		"padding": whole(n.Padding[:]...), "dilation": whole(n.Dilation[:]...), "groups": single(1),
	}
	scale(parameters, e.gains.of(n))
	y := e.node(n.Name, "Conv2d", x, parameters)
	if y.shape = imageOf(n.Out); n.Groups > 1 {
		e.g.Nodes[y.from[0]].Metadata = Values{"groups": single(n.Groups)}
	}
	return y
}

// imageOf is a shape in NIR's order: channels, height, width.
func imageOf(s snn.Shape) []int { return []int{s.Channels, s.Height, s.Width} }

// norm makes a norm part of the convolution before it, whose output is x: scale*(weight*x + b -
// mean) + offset = (scale*weight)*x + (scale*(b - mean) + offset), all times the norm's gain.
func (e *export) norm(n *snn.Node, x value) {
	conv := e.g.Nodes[x.from[0]].Parameters
	weight, bias := conv["weight"].Floats, conv["bias"].Floats
	part := func(name string) []float32 { return e.values(n.Name + "." + name) }
	gain, offset, mean, variance := part("weight"), part("bias"), part("running_mean"),
		part("running_var")
	each := len(weight) / len(bias)
	own := e.gains.of(n)
	for c := range bias {
		scale := own * e.cfg.Scale * float64(gain[c]) / math.Sqrt(float64(variance[c])+e.cfg.Eps)
		bias[c] = float32(scale*(float64(bias[c])-float64(mean[c])) + own*float64(offset[c]))
		for i := range weight[c*each : (c+1)*each] {
			weight[c*each+i] = float32(scale * float64(weight[c*each+i]))
		}
	}
}

// values returns the values of a parameter by name.
func (e *export) values(name string) []float32 {
	p := e.parameters[name]
	return p.Export(p.Value)
}

// fire adds neurons: one NIR node, or one for each level, whose spikes are added up.
func (e *export) fire(n *snn.Node, x value) value {
	d := n.Dynamics
	leak := e.leak(n)
	parameters := e.membrane(n, d, leak, x.shape)
	thresholds := d.Thresholds()
	if d.Neuron != snn.MultiLevel {
		y := e.neuron(n.Name, d, parameters, thresholds[0], x)
		y.spikes = true
		return y
	}
	y := value{shape: x.shape}
	for level, threshold := range thresholds {
		y = sum(y, e.neuron(fmt.Sprint(n.Name, ".", level), d, parameters, threshold, x))
	}
	return y
}

// leak is the share of the membranes that survives a timestep, which may be learned.
func (e *export) leak(n *snn.Node) float64 {
	if w := e.parameters[n.Name+".w"]; w != nil {
		return snn.LearnedShare(w.Value[0])
	}
	return n.Dynamics.Share()
}

// membrane returns the parameters of a LIF, an IF or a CubaLIF without its threshold. The formulas
// are in the comment of the package.
func (e *export) membrane(n *snn.Node, d snn.Dynamics, leak float64, shape []int) Values {
	same := func(v float64) Array { return uniform(shape, v) }
	gain := 1.0 // factor of the current, unless the layers before have been multiplied by it
	if !e.folded[n.Name] {
		gain = inputGain(d, leak)
	}
	switch {
	case d.Synapse != 0:
		return Values{
			"tau_syn": same(e.dt / (1 - d.Synapse)), "tau_mem": same(e.dt / (1 - leak)),
			"v_leak": same(0),
			"r":      same(1 / (1 - leak)), "w_in": same(gain / (1 - d.Synapse)),
		}
	case leak == 1:
		return Values{"r": same(1 / e.dt)}
	}
	return Values{"tau": same(e.dt / (1 - leak)), "v_leak": same(0), "r": same(gain)}
}

// neuron adds a node of neurons with one threshold. It writes no v_reset, which stands for 0, as
// the nir package before 1.0.5 does not know it.
func (e *export) neuron(name string, d snn.Dynamics, membrane Values, threshold float32,
	x value) value {

	parameters := maps.Clone(membrane)
	parameters["v_threshold"] = uniform(x.shape, float64(math.Nextafter32(threshold, 0)))
	kind := "LIF"
	switch {
	case d.Synapse != 0:
		kind = "CubaLIF"
	case parameters["tau"].Floats == nil:
		kind = "IF"
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

// linear adds a fully connected layer over the whole image.
func (e *export) linear(n *snn.Node, x value) value {
	name := n.Name
	if len(x.shape) > 1 {
		features := []int{product(x.shape)}
		x = e.node(name+".flatten", "Flatten", x, Values{"input_type": whole(x.shape...),
			"start_dim": single(0), "end_dim": single(-1)})
		x.shape = features
	}
	p := e.parameters[name+".weight"]
	parameters, kind := Values{"weight": reals(p.Shape, p.Export(p.Value))}, "Linear"
	if b := e.parameters[name+".bias"]; b != nil {
		parameters["bias"], kind = reals(b.Shape, b.Export(b.Value)), "Affine"
	}
	scale(parameters, e.gains.of(n))
	y := e.node(name, kind, x, parameters)
	y.shape = p.Shape[:1]
	return y
}

// pool adds the mean or the sum over windows; incomplete windows are dropped.
func (e *export) pool(kind string, n *snn.Node, x value) value {
	y := e.node(n.Name, kind, x, Values{
		"kernel_size": whole(n.Kernel[:]...), "stride": whole(n.Stride[:]...),
		"padding": whole(n.Padding[:]...),
	})
	y.shape = imageOf(n.Out)
	return y
}

// largest adds the maximum over windows of spikes. NIR has no maximum, but the maximum of spikes is
// 1 where their sum is above 1/2.
func (e *export) largest(n *snn.Node, x value) (value, error) {
	if !x.spikes {
		return x, fmt.Errorf("%s: maximum of what are no spikes, for which NIR has no primitive",
			n.Name)
	}
	x = e.pool("SumPool2d", n, x)
	y := e.node(n.Name+".threshold", "Threshold", x, Values{"threshold": uniform(x.shape, 0.5)})
	y.spikes = true
	return y, nil
}
