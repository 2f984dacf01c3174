package nir

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ssnn/snn"
)

// DefaultTimestep is the timestep dt, in seconds, where none is given. snnTorch and SpikingJelly
// use the same when they exchange graphs.
const DefaultTimestep = 1e-4

// New makes the graph of a network whose timesteps are dt seconds, with the metadata beside it.
// Norms become part of the convolutions before them; early classifiers, which run in training only,
// are left out. The network's answer is the mean of the graph's output over its timesteps.
//
// In NIR all nodes share the same timesteps. A network whose stages have different timesteps
// becomes a graph with a graph for each stage. No edges join these graphs, since an edge would mean
// that timesteps pass unchanged: metadata describe the transitions. The warnings list the
// properties of the network that only metadata describe.
func New(net *snn.Network, metadata map[string]string, dt float64) (
	g *Graph, warnings []string, err error) {

	// With several plans, transitions may be larger than the network's timesteps need.
	if c := net.Config(); len(c.Plans) > 0 {
		if net, err = net.WithTimesteps(c.T, 1); err != nil {
			return nil, nil, err
		}
		defer net.Close()
	}
	if plain := net.WithPlainFolds(); plain != net {
		defer plain.Close()
		net = plain
	}
	e := &export{cfg: net.Config(), nodes: net.Config().Nodes(), dt: dt,
		parameters: map[string]*snn.Parameter{}}
	for _, p := range slices.Concat(net.Parameters(), net.Statistics()) {
		e.parameters[p.Name] = p
	}
	e.foldGains()
	c := e.cfg
	frames := value{shape: []int{c.InChannels, c.Height, c.Width}}
	if e.uninterrupted() {
		g, err = e.chain(frames, func(*snn.Node) bool { return true })
	} else {
		g, err = e.stages(frames)
		warnings = append(warnings, fmt.Sprintf("NIR has no timesteps that change: the stages of "+
			"%v timesteps are a graph each, without an edge between them; the transition (%s) is "+
			"in their metadata", c.T, e.word(c.Transition)))
	}
	if err != nil {
		return nil, nil, err
	}
	if e.soft {
		warnings = append(warnings, "NIR has no soft reset: its neurons are set to v_reset, ours "+
			"lose the threshold; that is in their metadata")
	}
	g.Metadata = Values{"dt": {Floats: []float32{float32(dt)}}, "timesteps": whole(c.T...)}
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		g.Metadata[key] = text(metadata[key])
	}
	return g, warnings, nil
}

// export is a graph under construction.
type export struct {
	cfg        snn.Config
	nodes      []snn.Node
	dt         float64
	parameters map[string]*snn.Parameter
	gains      gains
	folded     map[string]bool // neurons whose gain is part of the layers before them
	g          *Graph
	soft       bool // some neurons have a soft reset
}

// value is the sum of the outputs of some nodes.
type value struct {
	from   []string // names of the nodes
	shape  []int    // channels, height, width; or features
	spikes bool     // all numbers are 0 or 1
}

// word is the name of a transition in recipes.
func (e *export) word(t snn.Transition) string {
	word, _ := t.MarshalText() // a Config that was validated has one
	return string(word)
}

// uninterrupted says whether every stage passes its timesteps on unchanged.
func (e *export) uninterrupted() bool {
	c := e.cfg
	for _, t := range c.T {
		if t != c.T[0] {
			return false
		}
	}
	switch c.Transition {
	case snn.Identity, snn.Repeat, snn.Truncate, snn.Merge, snn.Fold, snn.Windowed:
		return true
	}
	return len(c.Stages) == 1
}

// stages makes a graph that has a graph for each stage.
func (e *export) stages(x value) (*Graph, error) {
	c := e.cfg
	all := &Graph{Nodes: map[string]*Node{}}
	outer := value{shape: x.shape}
	for i := range c.Stages {
		g, err := e.chain(x, func(n *snn.Node) bool {
			return n.Stage == i &&
				n.Op != snn.OpTransition
		})
		if err != nil {
			return nil, err
		}
		x = value{shape: e.output(g)}
		g.Metadata = Values{"timesteps": single(c.T[i])}
		if i+1 < len(c.Stages) {
			g.Metadata["transition"] = text(e.word(c.Transition))
			for _, part := range []string{"weight", "bias"} {
				if p := e.parameters[parameterOf(c.Transition, i, part)]; p != nil {
					g.Metadata["transition_"+part] = reals(p.Shape, p.Export(p.Value))
				}
			}
			x.shape[0] = c.EntryChannels(i+1, x.shape[0])
		}
		all.Nodes[stageName(i)] = &Node{Type: graphType, Graph: g}
	}
	e.g = all
	e.node("input", "Input", outer, Values{"shape": whole(outer.shape...)})
	e.node("output", "Output", value{from: []string{stageName(len(c.Stages) - 1)}},
		Values{"shape": whole(x.shape...)})
	all.Edges = append(all.Edges, [2]string{"input", stageName(0)})
	return all, nil
}

// parameterOf is the name of the weight or the bias of the transition behind stage i.
func parameterOf(kind snn.Transition, i int, part string) string {
	if kind == snn.Windowed {
		return fmt.Sprintf("tt.%d.%s", i, part)
	}
	return fmt.Sprintf("tt.%d.linear.%s", i, part)
}

func stageName(i int) string { return fmt.Sprintf("stage_%d", i) }

// output is the shape of a graph's output.
func (e *export) output(g *Graph) (shape []int) {
	for _, d := range g.Nodes["output"].Parameters["shape"].Ints {
		shape = append(shape, int(d))
	}
	return shape
}

// chain makes a graph of the nodes of the network that belong to it. Its input x is the frames or
// the output of another graph.
func (e *export) chain(x value, belongs func(n *snn.Node) bool) (*Graph, error) {
	e.g = &Graph{Nodes: map[string]*Node{}}
	x = e.node("input", "Input", x, Values{"shape": whole(x.shape...)})
	entry, made := x, map[int]value{}
	output := func(of int) value {
		if y, ok := made[of]; ok {
			return y
		}
		return entry
	}
	for i := range e.nodes {
		n := &e.nodes[i]
		if !belongs(n) {
			continue
		}
		var err error
		if x, err = e.layer(n, output(n.In[0]), output(n.In[len(n.In)-1])); err != nil {
			return nil, err
		}
		made[i] = x
	}
	e.node("output", "Output", x, Values{"shape": whole(x.shape...)})
	return e.g, nil
}

// node adds a node and returns its output, to which it gives the shape of the input x. Dots in the
// name become underscores, as some programs use the names as names in Python.
func (e *export) node(name, kind string, x value, parameters Values) value {
	name = strings.ReplaceAll(name, ".", "_")
	e.g.Nodes[name] = &Node{Type: kind, Parameters: parameters}
	for _, from := range x.from {
		e.g.Edges = append(e.g.Edges, [2]string{from, name})
	}
	return value{from: []string{name}, shape: x.shape}
}

// sum is x + y.
func sum(x, y value) value {
	return value{from: slices.Concat(x.from, y.from), shape: x.shape}
}
