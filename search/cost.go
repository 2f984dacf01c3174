package search

import (
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"

	"ssnn/snn"
)

// cost predicts the latency of a plan as a sum: a constant, one for each border between stages, one for each layer and timestep, and one for each timestep of a layer that begins a later
// stage, which is below 0 where that layer's convolution is made once for all timesteps.
type cost struct {
	layers []int
	weight *mat.VecDense
}

// terms are what the parts of the sum are multiplied by.
func (c *cost) terms(p plan) []float64 {
	all := []float64{1, float64(len(p.cuts))}
	var begin []float64
	for j, i := range c.layers {
		T, begins := p.at(i)
		all = append(all, float64(T))
		if j == 0 {
			continue
		}
		if !begins {
			T = 0
		}
		begin = append(begin, float64(T))
	}
	return append(all, begin...)
}

// terms is the number of them for so many layers.
func terms(layers int) int { return 1 + 2*layers }

// ridge keeps what the measurements do not determine near 0: it is what a part of the sum as large as the whole counts for, of a relative error of 1.
const ridge = 0.01

// fit finds the parts of the sum by least squares of the relative errors.
func fit(items []snn.Item, measured []plan, took []time.Duration) (*cost, error) {
	c := &cost{layers: layers(items)}
	n := terms(len(c.layers))
	a, b := mat.NewDense(len(measured)+n, n, nil), mat.NewVecDense(len(measured)+n, nil)
	mean := 0.
	for _, t := range took {
		mean += t.Seconds() / float64(len(took))
	}
	for i, p := range measured {
		for j, v := range c.terms(p) {
			a.Set(i, j, v/took[i].Seconds())
		}
		b.SetVec(i, 1)
	}
	for j := range n {
		a.Set(len(measured)+j, j, ridge/mean)
	}
	c.weight = mat.NewVecDense(n, nil)
	return c, c.weight.SolveVec(a, b)
}

// predict is the latency of a plan.
func (c *cost) predict(p plan) time.Duration {
	seconds := mat.Dot(mat.NewVecDense(c.weight.Len(), c.terms(p)), c.weight)
	return time.Duration(math.Round(seconds * float64(time.Second)))
}

// error is the median of the relative errors of the predictions.
func (c *cost) error(of []plan, took []time.Duration) float64 {
	var all []float64
	for i, p := range of {
		all = append(all, math.Abs(c.predict(p).Seconds()/took[i].Seconds()-1))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
