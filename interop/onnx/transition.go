package onnx

import (
	"fmt"

	"ssnn/snn"
)

// transition adds the network's transition from the timesteps of x to t2 timesteps. name is the
// prefix of its parameters' names. The formulas are in the comments of snn.Transition.
func (g *graph) transition(name string, x value, t2 int) (value, error) {
	selected := func(of func(t int) int) value {
		steps := g.steps(x)
		out := make([]string, t2)
		for t := range out {
			out[t] = steps[of(t)]
		}
		return g.join(x, out)
	}
	switch g.cfg.Transition {
	case snn.Repeat:
		return selected(func(t int) int { return t * x.T / t2 }), nil
	case snn.Truncate:
		return selected(func(t int) int { return t }), nil
	case snn.Mean:
		mean := g.op("ReduceMean", []string{g.overTime(x)}, numbers("axes", 0))
		out := make([]string, t2)
		for t := range out {
			out[t] = mean
		}
		return g.join(x, out), nil
	case snn.Linear:
		return g.overSteps(g.parameter(name+".linear.weight"), x, t2), nil
	case snn.Softmax:
		return g.softmax(name+".linear", x, t2), nil
	case snn.Causal:
		return g.causal(name+".linear", x, t2), nil
	case snn.Merge:
		overlaps := g.constant(name+".overlap", []int{t2, x.T}, snn.MergeOverlaps(x.T, t2))
		return g.overSteps(overlaps, x, t2), nil
	case snn.Fold:
		return g.fold(x, t2), nil
	case snn.Windowed:
		return g.windowed(name, x, t2), nil
	case snn.Identity:
		return x, nil
	}
	word, _ := g.cfg.Transition.MarshalText() // a Config that was validated has one
	return x, fmt.Errorf("onnx: transition %s is not known", word)
}

// overSteps adds the product of a matrix [t2][T1] and the timesteps of x.
func (g *graph) overSteps(matrix string, x value, t2 int) value {
	flat := g.op("Reshape", []string{x.name, g.shape(x.T, -1)})
	x.T = t2
	return g.images(x, g.op("MatMul", []string{matrix, flat}))
}

// fold turns the K timesteps of each window into channels: [T2, K, batch, c*h*w] becomes [T2,
// batch, K, c*h*w].
func (g *graph) fold(x value, t2 int) value {
	k := x.T / t2
	windows := g.op("Reshape", []string{x.name, g.shape(t2, k, -1, x.c*x.h*x.w)})
	x.T, x.c = t2, k*x.c
	return g.images(x, g.op("Transpose", []string{windows}, numbers("perm", 0, 2, 1, 3)))
}

// windowed adds up the timesteps of each window at K times their softmax of weight[t]*avg[t] +
// bias[t].
func (g *graph) windowed(name string, x value, t2 int) value {
	all, k := g.overTime(x), x.T/t2
	// [T1, batch]
	avg := g.op("ReduceMean", []string{all}, numbers("axes", 2, 3, 4), number("keepdims", 0))
	column := func(of string) string {
		p := g.parameters[name+"."+of]
		return g.constant(p.Name, []int{x.T, 1}, p.Export(p.Value))
	}
	scores := g.op("Add", []string{g.op("Mul", []string{column("weight"), avg}), column("bias")})
	scores = g.op("Reshape", []string{scores, g.shape(t2, k, -1)})
	d := g.op("Softmax", []string{scores}, number("axis", 1))
	d = g.op("Reshape", []string{d, g.shape(x.T, -1, 1, 1, 1)})
	d = g.op("Mul", []string{d, g.scalar(float32(k))})
	parts := g.op("Mul", []string{d, all})
	parts = g.op("Reshape", []string{parts, g.shape(t2, k, -1, x.c*x.h*x.w)})
	x.T = t2
	return g.images(x, g.op("ReduceSum", []string{parts, g.shape(1)}, number("keepdims", 0)))
}

// softmax is the temporal transformer: y[t] = d[t] * the sum of x, d = softmax(weight*avg + bias).
func (g *graph) softmax(name string, x value, t2 int) value {
	all := g.overTime(x)
	// [T1, batch]
	avg := g.op("ReduceMean", []string{all}, numbers("axes", 2, 3, 4), number("keepdims", 0))
	scores := g.op("MatMul", []string{g.parameter(name + ".weight"), avg})
	if b := g.parameters[name+".bias"]; b != nil {
		scores = g.op("Add", []string{
			scores, g.constant(name+".bias", []int{t2, 1}, b.Export(b.Value))})
	}
	total := g.op("ReduceSum", []string{all, g.shape(0)})
	x.T = t2
	return g.images(x, g.op("Mul", []string{g.shares(scores, t2), total}))
}

// shares is softmax over time, [T2, batch, 1, 1, 1].
func (g *graph) shares(scores string, t2 int) string {
	d := g.op("Softmax", []string{scores}, number("axis", 0))
	return g.op("Reshape", []string{d, g.shape(t2, -1, 1, 1, 1)})
}

// never is a score whose share is 0.
const never = -1e30

// causal distributes each x[t] over the later steps j, those with ceil((j+1)*T1/T2) > t, by a
// softmax of scores that depend on the timesteps up to t alone. For this it sets the columns of the
// weight for later timesteps to 0, and the scores of earlier steps to never.
func (g *graph) causal(name string, x value, t2 int) value {
	avg := g.op("ReduceMean", []string{g.overTime(x)}, numbers("axes", 2, 3, 4),
		number("keepdims", 0)) // [T1, batch]
	p := g.parameters[name+".weight"]
	y := ""
	for t, step := range g.steps(x) {
		w := p.Export(p.Value)
		bias := make([]float32, t2)
		if b := g.parameters[name+".bias"]; b != nil {
			bias = b.Export(b.Value)
		}
		for j := range t2 {
			clear(w[j*x.T+t+1 : (j+1)*x.T])
			if ((j+1)*x.T+t2-1)/t2 <= t {
				bias[j] = never
			}
		}
		at := fmt.Sprint(name, ".", t)
		scores := g.op("MatMul", []string{g.constant(at+".weight", []int{t2, x.T}, w), avg})
		scores = g.op("Add", []string{scores, g.constant(at+".bias", []int{t2, 1}, bias)})
		part := g.op("Mul", []string{g.shares(scores, t2), step})
		if t > 0 {
			part = g.op("Add", []string{y, part})
		}
		y = part
	}
	x.T = t2
	return g.images(x, y)
}
