package onnx

import (
	"fmt"
	"maps"
	"slices"

	"ssnn/snn"
)

// value is the output of a node: [T*batch, c, h, w].
type value struct {
	name       string
	T, c, h, w int
}

// graph is an ONNX graph under construction.
type graph struct {
	cfg        snn.Config
	parameters map[string]*snn.Parameter
	nodes      []message
	constants  []message
	known      map[string]bool // names of the constants so far
	count      int             // number of nodes' outputs so far
}

// Encode returns the network as the bytes of an ONNX file with the given metadata. Early
// classifiers, which run only in training, are left out.
func Encode(net *snn.Network, metadata map[string]string) ([]byte, error) {
	// With several plans, transitions may be larger than the network's timesteps need.
	if c := net.Config(); len(c.Plans) > 0 {
		var err error
		if net, err = net.WithTimesteps(c.T, 1); err != nil {
			return nil, err
		}
		defer net.Close()
	}
	if plain := net.WithPlainFolds(); plain != net {
		defer plain.Close()
		net = plain
	}
	g := &graph{cfg: net.Config(), parameters: map[string]*snn.Parameter{},
		known: map[string]bool{}}
	for _, p := range slices.Concat(net.Parameters(), net.Statistics()) {
		g.parameters[p.Name] = p
	}
	c := g.cfg
	x := value{"frames", c.T[0], c.InChannels, c.Height, c.Width}
	x = g.images(x, x.name)
	made := map[int]value{snn.Frames: x}
	for i, n := range c.Nodes() {
		var err error
		next := c.T[min(n.Stage+1, len(c.T)-1)]
		if x, err = g.layer(&n, made[n.In[0]], made[n.In[len(n.In)-1]], next); err != nil {
			return nil, err
		}
		made[i] = x
	}
	steps := g.op("Reshape", []string{x.name, g.shape(x.T, -1, c.Classes)})
	g.node("ReduceMean", []string{steps}, []string{"logits"}, numbers("axes", 0),
		number("keepdims", 0))

	var m message
	for _, n := range g.nodes {
		m = m.bytes(1, n)
	}
	m = m.text(2, "ssnn")
	for _, t := range g.constants {
		m = m.bytes(5, t)
	}
	m = m.bytes(11, port("frames", c.T[0], "batch", c.InChannels, c.Height, c.Width)).bytes(12,
		port("logits", "batch", c.Classes))

	file := message{}.integer(1, 8).text(2, "ssnn").bytes(7, m).bytes(8, message{}.integer(2, 17))
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		file = file.bytes(14, message{}.text(1, key).text(2, metadata[key]))
	}
	return file, nil
}

// node adds a node.
func (g *graph) node(kind string, in, out []string, a ...attribute) {
	var m message
	for _, name := range in {
		m = m.text(1, name)
	}
	for _, name := range out {
		m = m.text(2, name)
	}
	m = m.text(4, kind)
	for _, a := range a {
		m = m.bytes(5, a.proto())
	}
	g.nodes = append(g.nodes, m)
}

// op adds a node of one output, and returns its name.
func (g *graph) op(kind string, in []string, a ...attribute) string {
	out := g.fresh()
	g.node(kind, in, []string{out}, a...)
	return out
}

func (g *graph) fresh() string {
	g.count++
	return fmt.Sprint("v", g.count)
}

// constant adds a tensor of the given name, once.
func (g *graph) constant(name string, shape []int, v []float32) string {
	if !g.known[name] {
		g.known[name] = true
		g.constants = append(g.constants, tensor(name, floatType, shape, floats(v)))
	}
	return name
}

// scalar is a constant of one element.
func (g *graph) scalar(v float32) string {
	return g.constant(fmt.Sprint("scalar ", v), nil, []float32{v})
}

// shape is a constant of whole numbers.
func (g *graph) shape(v ...int) string {
	name := fmt.Sprint("shape ", v)
	if !g.known[name] {
		g.known[name] = true
		g.constants = append(g.constants, tensor(name, int64Type, []int{len(v)}, int64s(v)))
	}
	return name
}

// parameter adds one of the network's tensors as a constant.
func (g *graph) parameter(name string) string {
	p := g.parameters[name]
	return g.constant(name, p.Shape, p.Export(p.Value))
}

// images reshapes the tensor called name to [T*batch, c, h, w], with the numbers of x.
func (g *graph) images(x value, name string) value {
	x.name = g.op("Reshape", []string{name, g.shape(-1, x.c, x.h, x.w)})
	return x
}

// overTime reshapes x to [T, batch, c, h, w].
func (g *graph) overTime(x value) string {
	return g.op("Reshape", []string{x.name, g.shape(x.T, -1, x.c, x.h, x.w)})
}

// steps are the timesteps of x, each [1, batch, c, h, w].
func (g *graph) steps(x value) []string {
	all := g.overTime(x)
	if x.T == 1 {
		return []string{all}
	}
	out := make([]string, x.T)
	for t := range out {
		out[t] = g.fresh()
	}
	g.node("Split", []string{all}, out, number("axis", 0))
	return out
}

// join is the reverse of steps.
func (g *graph) join(x value, steps []string) value {
	x.T = len(steps)
	return g.images(x, g.op("Concat", steps, number("axis", 0)))
}

// add is x + y, of equal shape.
func (g *graph) add(x, y value) value {
	x.name = g.op("Add", []string{x.name, y.name})
	return x
}
