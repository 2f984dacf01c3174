package snn

// classifier is a fully connected layer at every timestep and the mean of its outputs over time.
type classifier struct {
	conv    *conv      // see newFullyConnected
	flat    activation // the input as an image of one pixel
	classes int
	g       []float32   // gradient of Logits or of Steps
	own     samples     // samples that this network computes, of a batch that a group may share
	batch   int         // B: samples of all members of the group
	shown   []float32   // [T][own samples][classes]: outputs for the own samples
	steps   []float32   // [T][B][classes]: outputs for all samples
	Steps   [][]float32 // [T][B*classes]: steps, cut into timesteps
	Logits  []float32   // [B][classes]: mean over T
	bias    func(shard samples)
}

// newClassifier makes a classifier of images of shape in, with parameters of the given name.
func newClassifier(ws *workspace, name string, in shape, stride, classes int,
	bias bool) *classifier {

	c := newFullyConnected(ws, name, in, stride, classes, bias)
	made := &classifier{conv: c, classes: classes}
	made.bias = made.biasGradient
	return made
}

// share makes the classifier use the weights of another one with as many features; its gradients
// stay its own.
func (c *classifier) share(with *classifier) {
	c.conv.weight.Value = with.conv.weight.Value
	if c.conv.bias != nil {
		c.conv.bias.Value = with.conv.bias.Value
	}
}

func (c *classifier) forward(p pass, x *activation) { c.extend(p, x, 0, x.T) }

// extend runs the timesteps of x, which follow done earlier ones, of T in all, and makes Logits the
// mean over the timesteps so far.
func (c *classifier) extend(p pass, x *activation, done, T int) {
	c.flat = x.flattened()
	y := c.conv.forward(p, &c.flat, nil)
	c.own, c.batch = samples{0, x.B}, x.B
	c.steps, c.Steps = grow(c.steps, T*x.B*c.classes), c.Steps[:0]
	for n := range x.T * x.B {
		copy(c.steps[(done*x.B+n)*c.classes:][:c.classes], y[n*c.conv.outputs:])
	}
	c.conv.release(p)
	done += x.T
	if shards := &c.conv.ws.shards; p.mode == training && shards.group.Size() > 1 {
		c.own, c.batch = shards.ownOf(shards.batch), shards.batch
		c.shown, c.steps = c.steps, grow(c.shown, T*c.batch*c.classes)
		shards.gatherSamples(c.steps, c.shown, T, c.classes)
	}
	answer := c.batch * c.classes
	c.Logits = grow(c.Logits, answer)
	clear(c.Logits)
	for t := range done {
		step := c.steps[t*answer : (t+1)*answer]
		c.Steps = append(c.Steps, step)
		for i, v := range step {
			c.Logits[i] += v / float32(done)
		}
	}
}

// backward takes the gradient of Logits, [B][classes], or of Steps, [T][B][classes], and returns
// the gradient of the input of the own samples.
func (c *classifier) backward(p pass, g []float32) []float32 {
	c.g = g
	if bias := c.conv.bias; bias != nil {
		c.conv.ws.sumGradients(c.flat.B, c.bias, bias)
	}
	return c.conv.backward(p, c, true)
}

func (c *classifier) biasGradient(shard samples) {
	g := c.conv.bias.Gradient
	clear(g)
	images := picked{shard, c.flat.T, c.flat.B}
	for i := range images.len() {
		for k := range c.classes {
			g[k] += c.gradient(images.at(i), k)
		}
	}
}

// gradient is the gradient of the output for class k of image n, counted through [T][own samples].
func (c *classifier) gradient(n, k int) float32 {
	t, b := n/c.own.count, c.own.first+n%c.own.count
	if len(c.g) == len(c.steps) {
		return c.g[(t*c.batch+b)*c.classes+k]
	}
	return c.g[b*c.classes+k] / float32(c.flat.T)
}

func (c *classifier) writeGradient(to *gradientGroup, _, i int) {
	for _, o := range c.conv.layout.outs {
		image := to.block(o, i)[:o.width]
		clear(image)
		for k := range min(o.width, c.classes-o.from) {
			image[k] = c.gradient(to.images.at(i), o.from+k)
		}
	}
}

// Argmax is the index of the largest logit; of equal ones it is the first.
func Argmax(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}
