package nir

import (
	"fmt"
	"math"
	"testing"
)

// This is the plain twin of a program that runs graphs: node by node, by the equations of the
// primitives (neuroir.org, Primitives) with Euler's steps, as slowly as they read.

// image is an array at work, row-major.
type image struct {
	shape []int
	v     []float64
}

func (a image) at(c, y, x int) float64 {
	if y < 0 || x < 0 || y >= a.shape[1] || x >= a.shape[2] {
		return 0
	}
	return a.v[(c*a.shape[1]+y)*a.shape[2]+x]
}

func newImage(shape ...int) image { return image{shape, make([]float64, product(shape))} }

// machine runs a graph. Its neurons keep their membranes from one timestep to the next.
type machine struct {
	t        *testing.T
	g        *Graph
	dt       float64
	membrane map[string][]float64
	done     map[string]image // of this timestep
}

// run runs a graph over time, from membranes that are 0.
func run(t *testing.T, g *Graph, dt float64, frames []image) (out []image) {
	m := &machine{t: t, g: g, dt: dt, membrane: map[string][]float64{}}
	for _, f := range frames {
		m.done = map[string]image{"input": f}
		out = append(out, m.eval("output"))
	}
	return out
}

// eval is what a node hands on at this timestep.
func (m *machine) eval(name string) image {
	if y, ok := m.done[name]; ok {
		return y
	}
	var x image
	for _, e := range m.g.Edges {
		if e[1] != name {
			continue
		}
		y := m.eval(e[0])
		if x.v == nil {
			x = newImage(y.shape...)
		}
		for i, v := range y.v {
			x.v[i] += v
		}
	}
	if x.v == nil {
		m.t.Fatalf("nothing leads to %s", name)
	}
	y := m.node(name, m.g.Nodes[name], x)
	m.done[name] = y
	return y
}

func (m *machine) node(name string, n *Node, x image) image {
	real := func(name string) []float32 { return n.Parameters[name].Floats }
	// each is the number of neuron i, one for all, or 0 where a node does not say it.
	each := func(name string, i int) float64 {
		a := real(name)
		if len(a) == 0 {
			return 0
		}
		return float64(a[min(i, len(a)-1)])
	}
	number := func(name string, i int) int {
		a := n.Parameters[name].Ints
		return int(a[min(i, len(a)-1)])
	}
	// window calls take with every pixel of a window.
	window := func(out image, kh, kw int, take func(c, y, x, ky, kx, fromY, fromX int)) image {
		dilation := func(i int) int {
			if _, ok := n.Parameters["dilation"]; ok {
				return number("dilation", i)
			}
			return 1
		}
		for c := range out.shape[0] {
			for y := range out.shape[1] {
				for x := range out.shape[2] {
					for ky := range kh {
						for kx := range kw {
							take(c, y, x, ky, kx, y*number("stride", 0)+
								ky*dilation(0)-number("padding", 0),
								x*number("stride", 1)+kx*dilation(1)-number("padding", 1))
						}
					}
				}
			}
		}
		return out
	}
	side := func(size, k, i int) int {
		return (size+2*number("padding", i)-k)/number("stride", i) +
			1
	}
	switch n.Type {
	case "Output":
		return x
	case "Conv2d":
		w, weight, bias := n.Parameters["weight"].Shape, real("weight"), real("bias")
		groups := number("groups", 0)
		if w[1]*groups != x.shape[0] {
			m.t.Fatalf("%s: %v over %v", name, n.Parameters, x.shape)
		}
		side := func(size, k, i int) int { return side(size, (k-1)*number("dilation", i)+1, i) }
		out := newImage(w[0], side(x.shape[1], w[2], 0), side(x.shape[2], w[3], 1))
		for i := range out.v {
			out.v[i] = float64(bias[i/(out.shape[1]*out.shape[2])])
		}
		return window(out, w[2], w[3], func(c, y, px, ky, kx, fromY, fromX int) {
			for in := range w[1] {
				out.v[(c*out.shape[1]+y)*out.shape[2]+
					px] += float64(weight[((c*w[1]+in)*w[2]+ky)*w[3]+
					kx]) * x.at(c/(w[0]/groups)*w[1]+in, fromY, fromX)
			}
		})
	case "SumPool2d", "AvgPool2d":
		kh, kw := number("kernel_size", 0), number("kernel_size", 1)
		out := newImage(x.shape[0], side(x.shape[1], kh, 0), side(x.shape[2], kw, 1))
		share := 1.0
		if n.Type == "AvgPool2d" {
			share = 1 / float64(kh*kw)
		}
		return window(out, kh, kw, func(c, y, px, _, _, fromY, fromX int) {
			out.v[(c*out.shape[1]+y)*out.shape[2]+px] += x.at(c, fromY, fromX) * share
		})
	case "Threshold":
		for i, v := range x.v {
			if v > each("threshold", i) {
				x.v[i] = 1
			} else {
				x.v[i] = 0
			}
		}
		return x
	case "Scale":
		for i := range x.v {
			x.v[i] *= each("scale", i)
		}
		return x
	case "Delay":
		return x // of the tests' are 0
	case "Flatten":
		if number("start_dim", 0) != 0 || number("end_dim", 0) != -1 {
			m.t.Fatalf("%s flattens %v", name, n.Parameters)
		}
		return image{[]int{len(x.v)}, x.v}
	case "Linear", "Affine":
		w := n.Parameters["weight"].Shape
		if len(x.shape) != 1 || w[1] != len(x.v) {
			m.t.Fatalf("%s: weight %v of %v", name, w, x.shape)
		}
		out := newImage(w[0])
		for i := range out.v {
			if n.Type == "Affine" {
				out.v[i] = float64(real("bias")[i])
			}
			for j, v := range x.v {
				out.v[i] += float64(real("weight")[i*w[1]+j]) * v
			}
		}
		return out
	case "LIF", "IF", "CubaLIF":
		if a := n.Parameters["r"]; len(a.Floats) > 1 && fmt.Sprint(a.Shape) != fmt.Sprint(x.shape) {
			m.t.Fatalf("%s: neurons %v for %v", name, n.Parameters["r"].Shape, x.shape)
		}
		v := m.membrane[name]
		if v == nil {
			v = make([]float64, len(x.v))
			m.membrane[name] = v
		}
		soft := len(n.Metadata["reset"].Texts) == 1
		synaptic := m.membrane[name+" currents"]
		if synaptic == nil {
			synaptic = make([]float64, len(x.v))
			m.membrane[name+" currents"] = synaptic
		}
		for i, current := range x.v {
			tau := "tau"
			if n.Type == "CubaLIF" {
				tau = "tau_mem"
				synaptic[i] += m.dt / each("tau_syn", i) * (each("w_in", i)*current - synaptic[i])
				current = synaptic[i]
			}
			slope := each("r", i) * current
			if n.Type != "IF" {
				slope = (each("v_leak", i) - v[i] + slope) / each(tau, i)
			}
			v[i] += m.dt * slope
			at := each("v_threshold", i)
			x.v[i] = 0
			if v[i] > at {
				x.v[i] = 1
				if amount := n.Metadata["reset_amount"].Floats; amount != nil {
					at = float64(amount[0])
				}
				if v[i] -= at; !soft {
					v[i] = each("v_reset", i)
				}
			}
		}
		return x
	}
	m.t.Fatalf("%s is a %s", name, n.Type)
	return x
}

// between is a transition to t2 timesteps by its words and numbers in the metadata of the stage
// before; the formulas are those of snn.Transition.
func between(t *testing.T, said Values, x []image, t2 int) []image {
	T1 := len(x)
	weight, bias := said["transition_weight"].Floats, said["transition_bias"].Floats
	mean := make([]float64, T1)
	for i, f := range x {
		for _, v := range f.v {
			mean[i] += v / float64(len(f.v))
		}
	}
	// share is what each of the timesteps gets that may have some, by what is seen of the first
	// ones.
	share := func(seen int, may func(j int) bool) []float64 {
		d, sum := make([]float64, t2), 0.0
		for j := range d {
			if !may(j) {
				continue
			}
			score := 0.0
			if bias != nil {
				score = float64(bias[j])
			}
			for i := range seen {
				score += float64(weight[j*T1+i]) * mean[i]
			}
			d[j] = math.Exp(score)
			sum += d[j]
		}
		for j := range d {
			d[j] /= sum
		}
		return d
	}
	if said["transition"].Texts[0] == "fold" {
		return folded(x, t2)
	}
	k := T1 / t2
	// soft is the share of timestep i in its window.
	soft := func(i int) float64 {
		score := func(i int) float64 {
			return math.Exp(float64(weight[i])*mean[i] + float64(bias[i]))
		}
		sum := 0.0
		for other := i / k * k; other < (i/k+1)*k; other++ {
			sum += score(other)
		}
		return score(i) / sum
	}
	out := make([]image, t2)
	for j := range out {
		out[j] = newImage(x[0].shape...)
	}
	add := func(j, i int, factor float64) {
		for k, v := range x[i].v {
			out[j].v[k] += factor * v
		}
	}
	for j := range out {
		for i := range x {
			switch said["transition"].Texts[0] {
			case "softmax":
				add(j, i, share(T1, func(int) bool { return true })[j])
			case "causal":
				add(j, i, share(i+1, func(j int) bool { return ((j+1)*T1+t2-1)/t2 > i })[j])
			case "linear":
				add(j, i, float64(weight[j*T1+i]))
			case "mean":
				add(j, i, 1/float64(T1))
			case "repeat":
				if i == j*T1/t2 {
					add(j, i, 1)
				}
			case "truncate":
				if i == j {
					add(j, i, 1)
				}
			case "merge":
				from := max(float64(i)/float64(T1), float64(j)/float64(t2))
				to := min(float64(i+1)/float64(T1), float64(j+1)/float64(t2))
				add(j, i, max(0, to-from)*float64(T1))
			case "windowed":
				if i/k == j {
					add(j, i, float64(k)*soft(i))
				}
			default:
				t.Fatalf("transition %v", said["transition"])
			}
		}
	}
	return out
}

// folded are images whose channels are those of the timesteps of a window.
func folded(x []image, t2 int) (out []image) {
	k := len(x) / t2
	for j := range t2 {
		y := newImage(k*x[0].shape[0], x[0].shape[1], x[0].shape[2])
		for i := range k {
			copy(y.v[i*len(x[0].v):], x[j*k+i].v)
		}
		out = append(out, y)
	}
	return out
}
