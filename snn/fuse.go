package snn

// Each layer of a network runs one or more of its nodes. A convolution, the norm and the neurons
// behind it become one layer, so that the convolution's output is read only once. Nodes of
// different items are never fused.

// fuser makes the layers of a network from its nodes.
type fuser struct {
	ws    *workspace
	cfg   *Config
	nodes []Node
}

// stage makes the layers of stage i.
func (f *fuser) stage(i int) (all []layer) {
	for from, n := range f.nodes {
		first := from == 0 || f.nodes[from-1].Stage != i || f.nodes[from-1].Item != n.Item
		if n.Stage != i || n.Item < 0 || !first {
			continue
		}
		to := from
		for to+1 < len(f.nodes) && f.nodes[to+1].Stage == i && f.nodes[to+1].Item == n.Item {
			to++
		}
		all = append(all, f.between(n.In[0], to)...)
	}
	return all
}

// last returns the last node of the items of stage i.
func (f *fuser) last(i int) *Node {
	for at := len(f.nodes) - 1; ; at-- {
		if n := &f.nodes[at]; n.Stage == i && n.Item >= 0 {
			return n
		}
	}
}

// newLayers makes the layers for all nodes, which lead from Frames to the last node.
func newLayers(ws *workspace, cfg *Config, nodes []Node) []layer {
	f := fuser{ws, cfg, nodes}
	return f.between(Frames, len(nodes)-1)
}

// between makes the layers that lead from the output of node from to the output of node to.
func (f *fuser) between(from, to int) []layer {
	if from == to {
		return nil
	}
	n := &f.nodes[to]
	x := n.In[0]
	switch n.Op {
	case OpNorm:
		conv := &f.nodes[x]
		return append(f.between(from, conv.In[0]), newCurrent(f.ws, conv, n, f.cfg))
	case OpNeuron:
		if all := f.firing(from, n); all != nil {
			return all
		}
		return append(f.between(from, x), newFiring(f.ws, n))
	case OpAdd:
		fork := f.fork(n)
		before, body, past := f.between(from, fork), f.between(fork, x), f.between(fork, n.In[1])
		return append(before, newResidual(f.ws, past, body...))
	case OpAttention:
		return append(f.between(from, x), newMixing(f.ws, n))
	case OpLinear:
		return append(f.between(from, x), newLinear(f.ws, n))
	case OpPool:
		return append(f.between(from, x), newPool(f.ws, n))
	}
	panic("snn: no layer of a " + n.Op.String())
}

// firing makes the layers from the output of node from up to the neurons lif, if these fuse with
// the nodes before them; else it returns nil.
func (f *fuser) firing(from int, lif *Node) []layer {
	x := lif.In[0]
	if x == from {
		return nil
	}
	switch n := &f.nodes[x]; n.Op {
	case OpNorm:
		conv := &f.nodes[n.In[0]]
		return append(f.between(from, conv.In[0]), newUnit(f.ws, conv, n, lif, f.cfg))
	case OpAdd:
		return f.block(from, n, lif)
	}
	return nil
}

// block makes the layers from the output of node from up to the neurons lif behind a sum, if these
// end a residual block of two units, whose second one adds the shortcut before its neurons. Else it
// returns nil.
func (f *fuser) block(from int, sum, lif *Node) []layer {
	fork := f.fork(sum)
	conv2, norm2 := f.normed(sum.In[0])
	if conv2 == nil || f.nodes[conv2.In[0]].Op != OpNeuron {
		return nil
	}
	down, downNorm := f.normed(sum.In[1])
	if sum.In[1] != fork && (down == nil || down.In[0] != fork) {
		return nil
	}
	if sum.In[1] == fork {
		down, downNorm = nil, nil
	}
	before := f.between(from, fork)
	units := f.between(fork, conv2.In[0])
	first, ok := units[0].(*unit)
	if !ok || len(units) != 1 {
		panic("snn: a block begins with " + conv2.Name)
	}
	return append(before, newBlock(f.ws, first, conv2, norm2, lif, down, downNorm, f.cfg))
}

// normed returns the node at, if it is a norm, and the convolution before it; else nil.
func (f *fuser) normed(at int) (conv, norm *Node) {
	if at == Frames || f.nodes[at].Op != OpNorm {
		return nil, nil
	}
	norm = &f.nodes[at]
	return &f.nodes[norm.In[0]], norm
}

// fork returns the node at which the paths to the two inputs of a sum part: the last node that both
// come from.
func (f *fuser) fork(sum *Node) int {
	leads := map[int]bool{Frames: true}
	var mark func(at int)
	mark = func(at int) {
		if leads[at] {
			return
		}
		leads[at] = true
		for _, in := range f.nodes[at].In {
			mark(in)
		}
	}
	mark(sum.In[1])
	at := sum.In[0]
	for !leads[at] {
		at = f.nodes[at].In[0]
	}
	return at
}
