package nir

import (
	"slices"

	"ssnn/snn"
)

// items finds the items of a stage among the steps of a graph. Each item lists its nodes
// (snn.Item.Nodes), and stands for steps that are the same operations in the same order.
type items struct {
	*steps
	users [][]int // see steps.users
	taken []bool  // by step: an item has it
	stage []snn.Item
	order []int // the steps with weights or neurons, in the order of the items' nodes
}

// read finds the items from the graph's input to its output. Where last is set, a fully connected
// layer at the end is no item: read returns it as the classifier.
func (it *items) read(last bool) (classifier *step, err error) {
	it.users, it.taken = it.steps.users(), make([]bool, len(it.all))
	for at := it.input.of; ; {
		next := it.seenBy(at)
		if last && len(next) == 1 && next[0] < len(it.all) {
			s := &it.all[next[0]]
			if s.op == snn.OpLinear && slices.Equal(s.in, at) &&
				slices.Equal(it.users[next[0]], []int{len(it.all)}) && len(it.final.of) == 1 {

				return s, nil
			}
		}
		if slices.Equal(next, []int{len(it.all)}) && slices.Equal(at, it.final.of) {
			return nil, nil
		}
		of, ok := it.item(at)
		if !ok {
			return nil, it.refused(at, next)
		}
		at = of
	}
}

// refused says why no item goes on from an image that some steps see.
func (it *items) refused(at []int, next []int) error {
	for _, i := range next {
		switch {
		case i == len(it.all):
			continue
		case !slices.Equal(it.all[i].in, at) || len(next) > 1:
			return it.all[i].refused("ways part or meet there otherwise than in the residual " +
				"blocks that networks here are made of: block, sew, ms, position and mlp")
		}
		if _, err := it.candidates(at)[0].Nodes(it.sizeOf(at)); err != nil {
			return it.all[i].refused("as an item of networks here: %w", err)
		}
		return it.all[i].refused("what it hands on is seen elsewhere too, want the residual " +
			"blocks that networks here are made of: block, sew, ms, position and mlp")
	}
	return named{"output", &Node{Type: "Output"}}.refused("what comes in is seen elsewhere too")
}

// seenBy returns the steps that see the output of any of the given steps and that no item has yet.
func (it *items) seenBy(of []int) (all []int) {
	for _, i := range of {
		if i == snn.Frames {
			i = len(it.all)
		}
		for _, user := range it.users[i] {
			if user == len(it.all) || !it.taken[user] {
				all = append(all, user)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// sizeOf is the shape of the sum of some steps' outputs.
func (it *items) sizeOf(of []int) snn.Shape {
	if of[0] == snn.Frames {
		return it.input.size()
	}
	return it.all[of[0]].out
}

// item adds the next item behind the image at, and returns the steps whose outputs add up to the
// item's output.
func (it *items) item(at []int) (of []int, ok bool) {
	for _, candidate := range it.candidates(at) {
		nodes, err := candidate.Nodes(it.sizeOf(at))
		if err != nil {
			continue
		}
		m := matching{items: it, nodes: nodes, at: at, made: make([][]int, len(nodes)),
			as: make([]int, len(nodes))}
		if !m.from(0) {
			continue
		}
		it.stage = append(it.stage, candidate)
		for i, n := range nodes {
			if n.Op == snn.OpConvolution || n.Op == snn.OpLinear || n.Op == snn.OpNeuron {
				it.order = append(it.order, m.as[i])
			}
		}
		return m.made[len(nodes)-1], true
	}
	return nil, false
}

// candidates returns the items that may follow an image. The steps behind the image give their
// numbers of channels, strides and so on.
func (it *items) candidates(at []int) (all []snn.Item) {
	seen := map[string]bool{}
	add := func(more ...snn.Item) {
		for _, one := range more {
			if text := one.String(); !seen[text] {
				seen[text] = true
				all = append(all, one)
			}
		}
	}
	for _, i := range it.seenBy(at) {
		if i == len(it.all) || !slices.Equal(it.all[i].in, at) {
			continue
		}
		switch s := it.all[i]; s.op {
		case snn.OpConvolution:
			out, g := s.out.Channels, s.geometry
			add(snn.ConvOf(out, g), snn.CurrentOf(out, g))
			if g.Stride[0] == g.Stride[1] {
				add(snn.Block(out, g.Stride[0]), snn.SEW(out, g.Stride[0]))
			}
			add(snn.Position())
			if in := it.sizeOf(at).Channels; out%in == 0 {
				add(snn.MLP(out / in))
			}
		case snn.OpNeuron:
			add(snn.Neurons())
			for _, behind := range it.users[i] {
				if behind == len(it.all) || it.all[behind].op != snn.OpConvolution {
					continue
				}
				if c := it.all[behind]; c.geometry.Stride[0] == c.geometry.Stride[1] {
					add(snn.MS(c.out.Channels, c.geometry.Stride[0]))
				}
			}
		case snn.OpPool:
			add(it.pooling(at, s))
		case snn.OpLinear:
			add(snn.FullyConnected(s.outputs))
		}
	}
	return all
}

// pooling returns the item of a pooling step.
func (it *items) pooling(at []int, s step) snn.Item {
	in, g := it.sizeOf(at), s.geometry
	if s.pooling == snn.PoolMean && g.Padding == snn.Square(0) &&
		g.Kernel == (snn.Pair{in.Height, in.Width}) {

		return snn.GlobalPool()
	}
	return snn.PoolOf(s.pooling, g)
}

// matching searches for steps that match the nodes of an item.
type matching struct {
	*items
	nodes []snn.Node
	at    []int   // the steps whose outputs add up to the item's input
	made  [][]int // for each node, the steps whose outputs add up to its output
	as    []int   // for each node that matches a step, that step
}

// from matches steps to node i and all nodes behind it, and marks the steps as taken.
func (m *matching) from(i int) bool {
	if i == len(m.nodes) {
		return m.closed()
	}
	n := m.nodes[i]
	in := func(k int) []int {
		if n.In[k] == snn.Frames {
			return m.at
		}
		return m.made[n.In[k]]
	}
	x := in(0)
	switch n.Op {
	case snn.OpNorm: // a norm is part of its convolution's step
		m.made[i] = x
		return m.from(i + 1)
	case snn.OpAdd:
		m.made[i] = slices.Concat(x, in(1))
		slices.Sort(m.made[i])
		return m.from(i + 1)
	}
	for _, s := range m.seenBy(x) {
		if s == len(m.all) || !slices.Equal(m.all[s].in, x) || !m.all[s].is(n) {
			continue
		}
		m.taken[s], m.made[i], m.as[i] = true, []int{s}, s
		if m.from(i + 1) {
			return true
		}
		m.taken[s] = false
	}
	return false
}

// is says whether a step is the operation of a node.
func (s *step) is(n snn.Node) bool {
	switch n.Op {
	case snn.OpConvolution:
		return s.op == n.Op && s.geometry == n.Geometry && s.out == n.Out
	case snn.OpPool:
		return s.op == n.Op && s.geometry == n.Geometry && s.pooling == n.Pooling
	case snn.OpLinear:
		return s.op == n.Op && s.outputs == n.Out.Channels
	}
	return s.op == n.Op
}

// closed says whether no step outside of the item sees its input or the outputs inside it, except
// as part of the item's whole output.
func (m *matching) closed() bool {
	out := m.made[len(m.nodes)-1]
	whole := func(user int) bool {
		in := m.final.of
		if user < len(m.all) {
			in = m.all[user].in
		}
		return !slices.ContainsFunc(out, func(i int) bool { return !slices.Contains(in, i) })
	}
	for _, of := range append(m.made, m.at) {
		for _, user := range m.seenBy(of) {
			if !whole(user) {
				return false
			}
		}
	}
	return true
}
