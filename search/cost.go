package search

import (
	"gonum.org/v1/gonum/mat"

	"ssnn/snn"
)

// cost predicts the latency or the energy of a recording under a cut, as a sum of costs: a
// constant, a cost of each layer for each of its timesteps, a cost of each transition for each
// boundary, and for each layer two costs, or savings, of being the first of a later stage. One of
// these is for the transitions that hand on one picture for all timesteps, as the layer's
// convolution is then made once. The other is for the rest of the transitions, and is multiplied by
// the difference in timesteps from the stage before, whose spikes the layer gets too.
type cost struct {
	layers      []int
	transitions []snn.Transition
	weight      *mat.VecDense
}

// terms returns the factors of a cut by which the costs are multiplied.
func (c *cost) terms(p cut) []float64 {
	all := []float64{1}
	for _, i := range c.layers {
		T, _ := p.at(i)
		all = append(all, float64(T))
	}
	for _, transition := range c.transitions {
		boundaries := 0
		if transition == p.transition {
			boundaries = len(p.borders)
		}
		all = append(all, float64(boundaries))
	}
	for _, i := range c.layers[1:] {
		var picture, timesteps float64
		T, begins := p.at(i)
		switch once := p.transition == snn.Softmax || p.transition == snn.Mean; {
		case begins && once:
			picture = float64(T)
		case begins:
			before, _ := p.at(i - 1)
			timesteps = float64(before - T)
		}
		all = append(all, picture, timesteps)
	}
	return all
}

// terms returns the number of costs for so many layers and transitions.
func terms(layers, transitions int) int { return 1 + layers + transitions + 2*(layers-1) }

// ridge keeps costs that the measurements do not determine near 0: a cost as large as the whole sum
// counts ridge times as much as a relative error of 1.
const ridge = 0.01

// fit finds the costs by least squares of the relative errors of the measured values took, which
// are above 0.
func fit(items []snn.Item, transitions []snn.Transition, measured []cut, took []float64) (
	*cost, error) {

	c := &cost{layers: layers(items), transitions: transitions}
	n := terms(len(c.layers), len(transitions))
	a, b := mat.NewDense(len(measured)+n, n, nil), mat.NewVecDense(len(measured)+n, nil)
	mean := 0.
	for _, v := range took {
		mean += v / float64(len(took))
	}
	for i, p := range measured {
		for j, v := range c.terms(p) {
			a.Set(i, j, v/took[i])
		}
		b.SetVec(i, 1)
	}
	for j := range n {
		a.Set(len(measured)+j, j, ridge/mean)
	}
	c.weight = mat.NewVecDense(n, nil)
	return c, c.weight.SolveVec(a, b)
}

// predict returns the predicted latency or energy of a recording under a cut.
func (c *cost) predict(p cut) float64 {
	return mat.Dot(mat.NewVecDense(c.weight.Len(), c.terms(p)), c.weight)
}
