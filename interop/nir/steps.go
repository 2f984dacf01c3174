package nir

import (
	"fmt"
	"maps"
	"slices"

	"ssnn/snn"
)

// step is a NIR node read as an operation of package snn.
type step struct {
	named
	op       snn.Op
	in       []int     // the steps, or snn.Frames, whose outputs add up to its input
	out      snn.Shape // shape of its output
	geometry snn.Geometry
	pooling  snn.Pooling

	outputs      int // number of outputs of a layer of weights
	weight, bias []float32
	neurons      neurons
	end          string // the node whose output is the step's: its own, or one that it has absorbed
}

// weighs says whether a step is a layer of weights.
func (s *step) weighs() bool { return s.op == snn.OpConvolution || s.op == snn.OpLinear }

// signal is the output of a node: the sum of the outputs of some steps.
type signal struct {
	of    []int // steps in rising order, snn.Frames among them
	shape []int // NIR's shape: channels, height, width; or features
}

// size is the shape in the form of package snn.
func (x signal) size() snn.Shape {
	if len(x.shape) == 3 {
		return snn.Shape{Channels: x.shape[0], Height: x.shape[1], Width: x.shape[2]}
	}
	return snn.Shape{Channels: product(x.shape), Height: 1, Width: 1}
}

// most is the largest number of channels, features or classes that is read.
const most = 1 << 16

// steps are the steps of a graph, in an order in which they can be run.
type steps struct {
	dt    float64 // the timestep in seconds
	all   []step
	made  map[string]signal   // the output of each node
	next  map[string][]string // the nodes to which a node's edges lead
	input signal              // the graph's input
	final signal              // the graph's output
}

// newSteps reads the nodes of a graph. Its input is the frames, or before, the output of the stage
// before, where that is not nil.
func newSteps(g *Graph, dt float64, before *signal) (*steps, error) {
	order, err := g.order()
	if err != nil {
		return nil, err
	}
	s := &steps{dt: dt, made: map[string]signal{}, next: map[string][]string{}}
	into := map[string][]string{}
	for _, e := range g.Edges {
		s.next[e[0]] = append(s.next[e[0]], e[1])
		into[e[1]] = append(into[e[1]], e[0])
	}
	for _, n := range order {
		var y signal
		if n.Type == "Input" {
			y, err = n.input(before)
			s.input = y
		} else {
			x, wrong := s.sum(n, into[n.name])
			if y, err = x, wrong; err == nil {
				y, err = s.read(n, into[n.name], x)
			}
		}
		if err != nil {
			return nil, err
		}
		s.made[n.name] = y
		if n.Type == "Output" {
			s.final = y
		}
	}
	s.gatherLevels()
	return s, nil
}

// sum is the input of a node: the sum of the outputs of the nodes from.
func (s *steps) sum(n named, from []string) (x signal, err error) {
	for i, name := range from {
		y := s.made[name]
		if i == 0 {
			x = signal{slices.Clone(y.of), y.shape}
			continue
		}
		if !slices.Equal(x.shape, y.shape) {
			return x, n.refused("images of shapes %v and %v meet there, want the same", x.shape,
				y.shape)
		}
		x.of = append(x.of, y.of...)
	}
	slices.Sort(x.of)
	if len(slices.Compact(slices.Clone(x.of))) < len(x.of) {
		return x, n.refused("an image comes in twice, want it once")
	}
	return x, nil
}

// read reads a node whose input is x, from nodes of these names, and returns its output.
func (s *steps) read(n named, from []string, x signal) (y signal, err error) {
	switch n.Type {
	case "Output":
		return x, nil
	case "Conv1d", "Conv2d":
		return s.convolution(n.withGroups(), x)
	case "Threshold":
		if y, ok, err := s.largest(n, from, x); ok || err != nil {
			return y, err
		}
		return s.fire(n, from, x)
	case "LIF", "IF", "CubaLIF":
		return s.fire(n, from, x)
	case "Scale":
		return s.scale(n, from, x)
	case "AvgPool2d", "SumPool2d":
		return s.pool(n, x)
	case "Flatten":
		x.shape = []int{product(x.shape)}
		return x, nil
	case "Linear", "Affine":
		return s.linear(n, x)
	case "I", "LI", "CubaLI":
		return y, n.refused("it hands on its membrane, which no layer here does; want neurons " +
			"that spike, or the graph cut off before it, as the mean over time of what a " +
			"graph hands on is the answer")
	case "Delay":
		return x, n.undelayed()
	}
	return y, n.refused("want Conv1d, Conv2d, LIF, IF, CubaLIF, Threshold, AvgPool2d, " +
		"SumPool2d, Flatten, Linear, Affine or Scale")
}

// add adds a step whose input is x and returns its output, which has the given NIR shape.
func (s *steps) add(n named, x signal, shape []int, a step) signal {
	y := signal{of: []int{len(s.all)}, shape: shape}
	a.named, a.end, a.in, a.out = n, n.name, x.of, y.size()
	s.all = append(s.all, a)
	return y
}

// alone returns the step whose output is x, if x comes from one node and no other node sees it, and
// nil otherwise.
func (s *steps) alone(from []string, x signal) *step {
	if len(from) != 1 || len(s.next[from[0]]) != 1 || len(x.of) != 1 || x.of[0] == snn.Frames {
		return nil
	}
	if last := &s.all[x.of[0]]; last.end == from[0] {
		return last
	}
	return nil
}

// input reads an Input node: the frames, or before where it is not nil.
func (n named) input(before *signal) (x signal, err error) {
	shape := n.Parameters["shape"].Ints
	x.of = []int{snn.Frames}
	if before != nil {
		x.shape = before.shape
		if !slices.EqualFunc(shape, x.shape, func(a int64, b int) bool { return a == int64(b) }) {
			err = n.refused("shape %v, want %v of the stage before", shape, x.shape)
		}
		return x, err
	}
	if len(shape) == 4 && shape[0] == 1 { // a batch of one, as norse writes it
		shape = shape[1:]
	}
	if len(shape) < 1 || len(shape) > 3 || slices.Min(shape) < 1 || slices.Max(shape) > most {
		return x, n.refused("shape %v, want channels, height and width, channels and length, or "+
			"features", shape)
	}
	for _, d := range shape {
		x.shape = append(x.shape, int(d))
	}
	if len(x.shape) == 2 {
		x.shape = []int{x.shape[0], 1, x.shape[1]}
	}
	return x, nil
}

// fire adds a step of neurons.
func (s *steps) fire(n named, from []string, x signal) (y signal, err error) {
	k, err := newNeurons(n, product(x.shape), s.dt)
	if err != nil {
		return y, err
	}
	if k.rest != 0 {
		before := s.alone(from, x)
		if before == nil || !before.weighs() || k.synapse != 0 {
			return y, n.refused("v_leak and v_reset differ, by %v, want the same, or no synaptic "+
				"currents and a layer of weights right before it", float32(k.rest))
		}
		before.shift(k.rest)
	}
	return s.add(n, x, x.shape, step{op: snn.OpNeuron, neurons: k}), nil
}

// shift adds a number to the biases of all outputs.
func (a *step) shift(by float64) {
	bias := make([]float32, a.outputs)
	copy(bias, a.bias)
	for i := range bias {
		bias[i] = float32(float64(bias[i]) + by)
	}
	a.bias = bias
}

// undelayed returns an error for a Delay node unless all of its delays are 0.
func (n named) undelayed() error {
	delay, err := n.floats("delay")
	if err == nil && slices.ContainsFunc(delay.Floats, func(v float32) bool { return v != 0 }) {
		err = n.refused("delays up to %v s, want 0: no layer here has any",
			slices.Max(delay.Floats))
	}
	return err
}

// users returns for each step the steps that see its output, and as the last element the steps that
// see the graph's input. The number len(s.all) stands for the graph's output as a user.
func (s *steps) users() [][]int {
	users := make([][]int, len(s.all)+1)
	see := func(by int, of []int) {
		for _, i := range of {
			if i == snn.Frames {
				i = len(s.all)
			}
			users[i] = append(users[i], by)
		}
	}
	for by := range s.all {
		see(by, s.all[by].in)
	}
	see(len(s.all), s.final.of)
	return users
}

// gatherLevels joins neurons of several levels into one step: neurons with the same input, seen by
// the same steps, that differ only in their thresholds, which are 1 apart.
func (s *steps) gatherLevels() {
	users, groups := s.users(), map[string][]int{}
	for i, a := range s.all {
		if k := a.neurons; a.op == snn.OpNeuron && k.rest == 0 {
			key := fmt.Sprint(a.in, users[i], k.leak, k.gain, k.synapse, k.soft, k.amount)
			groups[key] = append(groups[key], i)
		}
	}
	lower := map[int]int{} // for each step of a higher level, the step of the first level
	for _, levels := range groups {
		slices.SortFunc(levels, func(i, j int) int {
			if s.all[i].neurons.threshold < s.all[j].neurons.threshold {
				return -1
			}
			return 1
		})
		first := &s.all[levels[0]].neurons
		whole := len(levels) > 1
		for level, i := range levels {
			whole = whole && s.all[i].neurons.threshold == first.level(level)
		}
		if !whole {
			continue
		}
		first.levels = len(levels)
		for _, i := range levels[1:] {
			lower[i] = levels[0]
		}
	}
	if len(lower) == 0 {
		return
	}
	place, kept := map[int]int{snn.Frames: snn.Frames}, s.all[:0:0]
	for i, a := range s.all {
		if _, gone := lower[i]; !gone {
			place[i] = len(kept)
			kept = append(kept, a)
		}
	}
	renumber := func(of []int) (to []int) {
		for _, i := range of {
			if _, gone := lower[i]; !gone {
				to = append(to, place[i])
			}
		}
		return to
	}
	for i := range kept {
		kept[i].in = renumber(kept[i].in)
	}
	s.all, s.final.of = kept, renumber(s.final.of)
}

// order sorts the nodes of a graph so that each follows the nodes before it, from the only Input to
// the only Output. Loops are refused, and nodes that lie on no path from Input to Output.
func (g *Graph) order() (all []named, err error) {
	if name := g.loop(); name != "" {
		return nil, named{name,
			g.Nodes[name]}.refused("it lies on a loop of edges: recurrent networks are not read")
	}
	next, before := map[string][]string{}, map[string][]string{}
	for _, e := range g.Edges {
		next[e[0]] = append(next[e[0]], e[1])
		before[e[1]] = append(before[e[1]], e[0])
	}
	ends := map[string]int{}
	left := map[string]int{} // edges from nodes that are not yet in order
	var ready []string
	for _, name := range slices.Sorted(maps.Keys(g.Nodes)) {
		n := named{name, g.Nodes[name]}
		in, out := len(before[name]), len(next[name])
		if left[name] = in; in == 0 {
			ready = append(ready, name)
		}
		switch ends[n.Type]++; {
		case n.Type == "Input" && (in > 0 || ends[n.Type] > 1):
			return nil, n.refused("want one, where all begins")
		case n.Type == "Output" && (out > 0 || ends[n.Type] > 1):
			return nil, n.refused("want one, where all ends")
		case n.Type != "Input" && in == 0 || n.Type != "Output" && out == 0:
			return nil, n.refused("it lies on no way from the input to the output")
		}
	}
	for _, end := range []string{"Input", "Output"} {
		if ends[end] == 0 {
			return nil, fmt.Errorf("no %s among %d nodes, want one", end, len(g.Nodes))
		}
	}
	for len(ready) > 0 {
		name := ready[0]
		ready = ready[1:]
		all = append(all, named{name, g.Nodes[name]})
		for _, behind := range next[name] {
			if left[behind]--; left[behind] == 0 {
				ready = append(ready, behind)
			}
		}
	}
	return all, nil
}
