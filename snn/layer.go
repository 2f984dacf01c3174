package snn

// layer is one step of the pipeline. The output of forward belongs to the layer until its next
// forward. backward takes over g, the gradient of that output, [images][H][W][C padded]. It returns
// the gradient of the input in the same layout, or nil if it is not wanted. For a factored input it
// returns the gradient of the reals, and adds the gradient of the strengths to scaleGrad.
type layer interface {
	forward(p pass, x *activation) *activation
	backward(p pass, g []float32, wantInput bool) []float32
	parameters(yield func(*Parameter))
	statistics(yield func(*Parameter)) // running statistics of norms
	neurons(yield func(*neurons))
	synaptic(yield func(synaptic)) // parts that multiply their input by weights, or by spikes
}

// stateless is embedded in layers without parameters, statistics, neurons and synapses.
type stateless struct{}

func (stateless) parameters(func(*Parameter)) {}
func (stateless) statistics(func(*Parameter)) {}
func (stateless) neurons(func(*neurons))      {}
func (stateless) synaptic(func(synaptic))     {}
