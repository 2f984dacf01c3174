package snn

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Parameter is a tensor that training changes, or, without a gradient, the running statistics of a
// norm. Value and Gradient have the kernels' layout in memory, with padding. An optimiser may treat
// them element by element, because the gradient of the padding is 0. Export and Import translate to
// and from the shape in files.
type Parameter struct {
	Name     string    // as in PyTorch: "stages.0.1.conv.weight"
	Shape    []int     // shape in files, without padding
	Value    []float32 // values in memory, with padding
	Gradient []float32 // gradient of the last Backward; nil for statistics, and in frozen networks

	at     func(i int) int // place in memory of element i of the file's tensor; nil: i itself
	preset bool            // its layer set its first values, which New does not draw from the seed
}

// parameter returns the parameter of a name. A frozen workspace that has the parameter shares it.
// Otherwise it is made, with size elements in memory, and with a gradient if it is trained and the
// workspace is not frozen.
func (ws *workspace) parameter(name string, shape []int, size int, trained bool) *Parameter {
	if p, ok := ws.parameters[name]; ok && ws.frozen {
		return p
	}
	p := &Parameter{Name: name, Shape: shape, Value: make([]float32, size)}
	if trained && !ws.frozen {
		p.Gradient = make([]float32, size)
	}
	ws.parameters[name] = p
	return p
}

// Len is the number of elements in files.
func (p *Parameter) Len() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// Export copies v, which lies in memory like Value, to the order of files.
func (p *Parameter) Export(v []float32) []float32 {
	out := make([]float32, p.Len())
	for i := range out {
		out[i] = v[p.index(i)]
	}
	return out
}

// Import copies x, in the order of files, to v, which lies in memory like Value.
func (p *Parameter) Import(v, x []float32) error {
	if len(x) != p.Len() {
		return fmt.Errorf("%s: %d elements, want %d for shape %v", p.Name, len(x), p.Len(), p.Shape)
	}
	for i, e := range x {
		v[p.index(i)] = e
	}
	return nil
}

func (p *Parameter) index(i int) int {
	if p.at == nil {
		return i
	}
	return p.at(i)
}

// fill sets all elements to a constant; padding stays 0.
func (p *Parameter) fill(v float32) {
	for i := range p.Len() {
		p.Value[p.index(i)] = v
	}
}

// uniform draws all elements from -bound to bound, in the order of files.
func (p *Parameter) uniform(rng *rand.Rand, bound float64) {
	for i := range p.Len() {
		p.Value[p.index(i)] = float32((2*rng.Float64() - 1) * bound)
	}
}

// kaimingNormal draws the weights of a convolution with variance 2/(out*ky*kx), so that gradients
// keep their size in backward (He et al. 2015, mode fan-out).
func (p *Parameter) kaimingNormal(rng *rand.Rand) {
	deviation := math.Sqrt(2 / float64(p.Shape[0]*p.Shape[2]*p.Shape[3]))
	for i := range p.Len() {
		p.Value[p.index(i)] = float32(rng.NormFloat64() * deviation)
	}
}
