package snn

// layer is one step of the pipeline. What forward returns belongs to the layer until its next forward. backward takes
// over the gradient g of that output, [images][H][W][C padded], and returns the gradient of the input in the same layout, or nil
// when it is not wanted. The gradient of a factored input is that of its reals; what belongs to its strengths is added to
// scaleGrad.
type layer interface {
	forward(x *activation, training bool) *activation
	backward(g []float32, wantInput bool) []float32
	parameters(yield func(*Parameter))
	statistics(yield func(*Parameter)) // running statistics of norms
	neurons(yield func(*neurons))
	synaptic(yield func(synaptic)) // what multiplies weights, or spikes, with its input
}

// stateless is for layers that have nothing to list.
type stateless struct{}

func (stateless) parameters(func(*Parameter)) {}
func (stateless) statistics(func(*Parameter)) {}
func (stateless) neurons(func(*neurons))      {}
func (stateless) synaptic(func(synaptic))     {}

func newLayer(ws *workspace, name string, it Item, in shape, cfg *Config) layer {
	switch it.Kind {
	case "conv":
		return newUnit(ws, name+".%s", in, geometry{it.args[0], 3, 1}, cfg)
	case "block":
		return newBlock(ws, name, in, it.args[0], it.args[1], cfg)
	case "sew":
		return newSEW(ws, name, in, it.args[0], it.args[1], cfg)
	case "ms":
		return newMS(ws, name, in, it.args[0], it.args[1], cfg)
	case "current":
		return newCurrent(ws, name+".%s", in, geometry{it.args[0], 3, 1}, cfg)
	case "lif":
		return newFiring(ws, name+".lif", in, cfg)
	case "position":
		return newPosition(ws, name, in, cfg)
	case "attention":
		return newAttention(ws, name, in, it.args[0], cfg)
	case "mlp":
		return newMLP(ws, name, in, it.args[0], cfg)
	case "linear":
		return newLinear(ws, name+".fc", in, it.args[0], cfg)
	default:
		return newPool(ws, name, it, in)
	}
}
