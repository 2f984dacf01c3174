package snn

import "fmt"

// Nodes returns the network as primitive nodes, in an order in which they can be run. New builds
// the network from them, and exporters write them. The first node reads the frames and the last one
// is the classifier. The answer is the mean of its outputs over the timesteps of the last stage.
// Early classifiers, which run only in training, are not among the nodes. The configuration must be
// valid.
func (c Config) Nodes() []Node {
	c = c.resolved()
	d := drawing{cfg: &c, entry: shape{c.InChannels, c.Height, c.Width}, at: Frames}
	for i, items := range c.Stages {
		for j, it := range items {
			d.draw(i, j, it)
		}
		d.stage, d.item = i, -1
		if i+1 < len(c.Stages) {
			d.transition()
		}
	}
	d.linear("fc", c.Classes)
	return d.nodes
}

// drawing collects the nodes of a network.
type drawing struct {
	cfg         *Config
	entry       shape // shape of the input, which Frames stands for
	nodes       []Node
	at          int // the node whose output the next one gets
	stage, item int
	name        string // name of the item, "stages.0.1"
	err         error  // first error, whose text continues the item's
}

// shape is the shape of the output of a node.
func (d *drawing) shape(node int) shape {
	if node == Frames {
		return d.entry
	}
	return d.nodes[node].Out.own()
}

// add adds a node that reads the outputs of the nodes in. The next node then reads its output.
func (d *drawing) add(n Node, out shape, in ...int) {
	n.Stage, n.Item, n.In, n.From, n.Out = d.stage, d.item, in, d.shape(in[0]).public(),
		out.public()
	d.at = len(d.nodes)
	d.nodes = append(d.nodes, n)
}

// draw adds the nodes of item j of stage i.
func (d *drawing) draw(i, j int, it Item) {
	d.stage, d.item, d.name = i, j, fmt.Sprintf("stages.%d.%d", i, j)
	it.kind().draw(d, it.args)
}

// convolve adds a convolution and its norm, named by a pattern: "stages.0.1.%s2" gives
// stages.0.1.conv2 and stages.0.1.bn2.
func (d *drawing) convolve(pattern string, channels int, g Geometry) {
	out, err := g.outputs(d.shape(d.at), channels)
	if err != nil && d.err == nil {
		d.err = err
	}
	d.add(Node{Op: OpConvolution, Name: fmt.Sprintf(pattern, "conv"), Geometry: g,
		Bias: d.cfg.ConvBias},
		out, d.at)
	d.add(Node{Op: OpNorm, Name: fmt.Sprintf(pattern, "bn")}, out, d.at)
}

// fire adds a layer of neurons.
func (d *drawing) fire(name string) {
	dynamics := d.cfg.dynamics(name, d.stage, d.cfg.T)
	d.add(Node{Op: OpNeuron, Name: name, Dynamics: dynamics}, d.shape(d.at), d.at)
}

// unit adds a convolution, its norm and neurons.
func (d *drawing) unit(pattern string, channels int, g Geometry) {
	d.convolve(pattern, channels, g)
	d.fire(fmt.Sprintf(pattern, "lif"))
}

// sum adds a node that sums the outputs of the last node and of the node past.
func (d *drawing) sum(past int) {
	d.add(Node{Op: OpAdd, Name: d.name + ".add"}, d.shape(d.at), d.at, past)
}

// shortcut draws the shortcut of a residual block whose input is the output of the node in. It is
// that output itself or, where the block's body changes the shape, a layer on it. It returns the
// shortcut's last node.
func (d *drawing) shortcut(in, channels int, stride Pair,
	layer func(pattern string, channels int, g Geometry)) (past int) {

	body := d.at
	if d.at = in; stride != Square(1) || d.shape(in).c != channels {
		g := Windows(1, 1, 0)
		g.Stride = stride
		layer(d.name+".down_%s", channels, g)
	}
	past, d.at = d.at, body
	return past
}

// pool adds a pooling node.
func (d *drawing) pool(p Pooling, g Geometry) {
	in := d.shape(d.at)
	h, w, err := g.Out(in.h, in.w)
	for i, padding := range g.Padding {
		if err == nil && 2*padding > g.Kernel[i] {
			err = fmt.Errorf("has padding %d, want at most half the window", padding)
		}
	}
	if err != nil && d.err == nil {
		d.err = err
	}
	d.add(Node{Op: OpPool, Name: d.name + ".pool", Pooling: p, Geometry: g}, shape{in.c, h, w},
		d.at)
}

// linear adds a fully connected layer.
func (d *drawing) linear(name string, outputs int) {
	d.add(Node{Op: OpLinear, Name: name, Bias: d.cfg.FCBias}, shape{outputs, 1, 1}, d.at)
}

// attend adds attention with the given number of heads. Its input is Q, K and V, one behind the
// other in the channels.
func (d *drawing) attend(heads int) {
	x := d.shape(d.at)
	x.c /= 3
	if x.c%heads != 0 && d.err == nil {
		d.err = fmt.Errorf("does not divide %d channels", x.c)
	}
	d.add(Node{Op: OpAttention, Name: d.name + ".attention", Heads: heads}, x, d.at)
}

// transition adds the transition behind the stage, unless it hands on the timesteps unchanged.
func (d *drawing) transition() {
	i, T := d.stage, d.cfg.T
	kind := d.cfg.Transition
	if kind == Identity || (kind == Merge || kind == Fold) && T[i] == T[i+1] {
		return
	}
	d.add(Node{Op: OpTransition, Name: fmt.Sprintf("tt.%d", i)}, d.cfg.entry(i+1, d.shape(d.at)),
		d.at)
}

// Nodes returns the nodes of an item by itself, for images of the shape in, with norms and LIF
// neurons, in an order in which they can be run. It is an error if the item does not fit such
// images.
func (it Item) Nodes(in Shape) ([]Node, error) { return new(Config).itemNodes(it, in.own()) }

// itemNodes returns the nodes of an item by itself, for images of the shape in, or an error that
// says what is wrong with the item.
func (c *Config) itemNodes(it Item, in shape) ([]Node, error) {
	if err := it.check(); err != nil {
		return nil, err
	}
	d := drawing{cfg: c, entry: in, at: Frames}
	if d.draw(0, 0, it); d.err != nil {
		return nil, fmt.Errorf("%s %w", it, d.err)
	}
	return d.nodes, nil
}

// earlyNodes returns the nodes of the early classifier behind stage i, for images of the shape in,
// without its fully connected layer.
func (c *Config) earlyNodes(i int, in shape) ([]Node, error) {
	if c.Early.Pool < 0 {
		return nil, fmt.Errorf("early_pool %d, want global, none or the size of a window",
			c.Early.Pool)
	}
	d := drawing{cfg: c, entry: in, at: Frames, stage: i, item: -1,
		name: fmt.Sprintf("early.%d", i)}
	for _, unit := range unitNames[c.Early.Form] {
		d.unit(d.name+"."+unit+".%s", c.Early.channels(in), Windows(3, 1, 1))
	}
	if it, ok := c.Early.pooling(); ok {
		if it.kind().draw(&d, it.args); d.err != nil {
			return nil, fmt.Errorf("%s %w", it, d.err)
		}
	}
	return d.nodes, nil
}

// weights is the number of weights of nodes.
func weights(nodes []Node) (n float64) {
	for i := range nodes {
		n += nodes[i].weights()
	}
	return n
}

// lastShape is the shape of the last node's output, or in if there are no nodes.
func lastShape(nodes []Node, in shape) shape {
	if len(nodes) == 0 {
		return in
	}
	return nodes[len(nodes)-1].Out.own()
}
