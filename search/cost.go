package search

import (
	"gonum.org/v1/gonum/mat"

	"ssnn/snn"
)

// cost predicts what a recording takes under a cut, a latency or an energy, as a sum: a constant,
// one for each layer and timestep, one a boundary for each transition, and for each layer what
// beginning a later stage costs or saves it: one for the transitions that hand on one picture for
// all timesteps, as the layer's convolution then is made once, and one for the others, by the
// timesteps that the stage before has more, whose spikes the layer gets too.
type cost struct {
	layers      []int
	transitions []snn.Transition
	weight      *mat.VecDense
}

// terms are what the parts of the sum are multiplied by.
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

// terms is the number of them for so many layers and transitions.
func terms(layers, transitions int) int { return 1 + layers + transitions + 2*(layers-1) }

// ridge keeps what the measurements do not determine near 0: it is what a part of the sum as large
// as the whole counts for, of a relative error of 1.
const ridge = 0.01

// fit finds the parts of the sum by least squares of the relative errors, of what was measured,
// which is above 0.
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

// predict is what a recording takes under a cut.
func (c *cost) predict(p cut) float64 {
	return mat.Dot(mat.NewVecDense(c.weight.Len(), c.terms(p)), c.weight)
}
