package snn

import (
	"fmt"
	"math"
	"math/rand/v2"

	"ssnn/internal/kernel"
)

// Network is a spiking network with its parameters and the memory of its last pass. It serves one
// goroutine at a time; its threads are its own.
type Network struct {
	cfg    Config
	T      []int // timesteps of each stage in the passes to come, see UsePlan
	ws     *workspace
	input  activation
	padded []float32 // frames with padded channels, see setInput
	stages []*stage
	fc     *classifier
	shared *classifier // holds the shared layer of the early classifiers, or nil

	parameters, statistics []*Parameter
	output                 Output
	reserved               int  // samples of the largest batch that the arena has room for
	held                   int  // number of first stages that training does not change, see Hold
	convolves              bool // the first layer is a convolution

	// Settings of the passes to come, see pass.
	bits     int      // see Quantise
	keep     bool     // see KeepMembranes
	walk     uint64   // number of the present walk, see Begin
	profile  *profile // see Profile
	counting bool     // see CountOperations
	products float64  // products counted so far
}

// stage is a list of layers that run the same number of timesteps, and the transition to the next
// stage.
type stage struct {
	layers []layer
	out    *activation      // output of the last forward
	next   transition       // nil after the last stage, and where it is the identity
	plans  []transition     // next under Config.T and under each of Config.Plans
	early  *earlyClassifier // nil after the last stage, and without early classifiers
	walk   progress
}

// neurons yields the neurons of the layers and of the early classifier.
func (s *stage) neurons(yield func(*neurons)) {
	for _, l := range s.layers {
		l.neurons(yield)
	}
	s.early.neurons(yield)
}

// Output is the result of a forward pass. The next pass overwrites it.
type Output struct {
	Logits []float32   // [B][Classes]: mean of Steps over time
	Steps  [][]float32 // [T of the last stage][B][Classes]

	// The outputs of the early classifiers in training; else empty.
	Early      [][]float32   // [stages-1][B][Classes]: mean of EarlySteps over time
	EarlySteps [][][]float32 // [stages-1][T of the stage][B][Classes]
}

// New builds a network with the given number of threads. Its parameters are drawn from seed:
// convolutions Kaiming normal (fan-out), linear layers uniform within 1/sqrt(inputs); norms begin
// at weight 1 and bias 0. It is an error if the configuration is not valid. Close ends the threads.
func New(cfg Config, seed uint64, threads int) (*Network, error) {
	if _, err := kernel.CPU(); err != nil {
		return nil, err
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	n := build(cfg.resolved(), newWorkspace(threads))
	n.initialise(rand.New(rand.NewPCG(seed, 0x55_4e_4e)))
	return n, nil
}

// build makes the network of a configuration that is valid and resolved. A frozen workspace hands
// out the parameters that it has; all other parameters begin at zero.
func build(cfg Config, ws *workspace) *Network {
	n := &Network{cfg: cfg, T: cfg.T, bits: 32, ws: ws}
	f := fuser{ws, &n.cfg, cfg.Nodes()}
	at, stride := shape{cfg.InChannels, cfg.Height, cfg.Width}, 0
	n.input.shape = at
	for i := range cfg.Stages {
		s := &stage{layers: f.stage(i)}
		at = f.last(i).Out.own()
		stride = kernel.Pad(at.c)
		if last := i == len(cfg.Stages)-1; !last {
			s.plans = newTransitions(n.ws, &cfg, i, at)
			s.next = s.plans[0]
			if cfg.Early.On {
				s.early = newEarlyClassifier(n.ws, &cfg, i, at)
				if cfg.Shared {
					n.share(s.early)
				}
			}
		}
		n.stages = append(n.stages, s)
	}
	n.convolves = cfg.Stages[0][0].isConvolution()
	n.fc = newClassifier(n.ws, "fc", at, stride, cfg.Classes, cfg.FCBias)
	n.collect()
	return n
}

// share makes an early classifier use the one fully connected layer that all share.
func (n *Network) share(e *earlyClassifier) {
	if n.shared == nil {
		s := e.features
		n.shared = newClassifier(n.ws, "early_fc", s, kernel.Pad(s.c), n.cfg.Classes, n.cfg.FCBias)
	}
	e.fc.share(n.shared)
}

// Close ends the network's threads. The network must not be used afterwards.
func (n *Network) Close() { n.ws.close() }

// Config returns the configuration that the network was built from, with all defaults filled in.
func (n *Network) Config() Config { return n.cfg }

// resolved is the configuration with all defaults filled in, so that files state every value.
func (c Config) resolved() Config {
	c.Tau, c.TimeConstant = c.leak(), 0
	if c.Neuron.model().levels > 0 {
		c.Levels = c.levels()
	}
	if c.Alpha == 0 {
		c.Alpha = usualAlpha[c.Surrogate]
	}
	if len(c.Lambdas) == 0 {
		c.Lambdas = make([]float64, len(c.T))
		for i := range c.Lambdas {
			c.Lambdas[i] = 1
		}
	}
	return c
}

// collect lists the parameters in PyTorch's order of modules: stages, transitions, early
// classifiers, shared layer, classifier.
func (n *Network) collect() {
	add := func(p *Parameter) { n.parameters = append(n.parameters, p) }
	statistic := func(p *Parameter) { n.statistics = append(n.statistics, p) }
	for _, s := range n.stages {
		for _, l := range s.layers {
			l.parameters(add)
			l.statistics(statistic)
		}
	}
	for _, s := range n.stages {
		if s.next != nil {
			s.next.parameters(add)
		}
	}
	for _, s := range n.stages {
		if s.early != nil {
			for _, l := range s.early.layers {
				l.parameters(add)
				l.statistics(statistic)
			}
			if n.shared == nil {
				s.early.fc.conv.parameters(add)
			}
		}
	}
	if n.shared != nil {
		n.shared.conv.parameters(add)
	}
	n.fc.conv.parameters(add)
}

// initialise draws the parameters, in their order.
func (n *Network) initialise(rng *rand.Rand) {
	bound := 0.0
	for _, p := range n.parameters {
		if p.preset {
			continue
		}
		switch len(p.Shape) {
		case 4:
			p.kaimingNormal(rng)
			bound = 1 / math.Sqrt(float64(p.Shape[1]*p.Shape[2]*p.Shape[3]))
		case 2:
			bound = 1 / math.Sqrt(float64(p.Shape[1]))
			p.uniform(rng, bound)
		case 1:
			if isBias(p.Name) {
				p.uniform(rng, bound)
			}
		}
	}
}

// Parameters lists the parameters that training changes, in a fixed order.
func (n *Network) Parameters() []*Parameter { return n.parameters }

// Statistics lists the running means and variances of the norms, in a fixed order.
func (n *Network) Statistics() []*Parameter { return n.statistics }

// Forward runs a batch of B samples, frames [T][B][H][W][C] with T the timesteps of the first
// stage. In training the norms use the statistics of the batch and move the running ones, and the
// early classifiers run. The frames of training are those of the network's own samples, see Own,
// while the output holds all samples of the batch. Forward panics when the number of frames is not
// the one that Timesteps gives.
func (n *Network) Forward(frames []float32, B int, training bool) *Output {
	return n.forward(n.pass(modeOf(training)), frames, B)
}

func (n *Network) forward(p pass, frames []float32, B int) *Output {
	x := &n.input
	x.T, x.B = n.T[0], B
	if p.mode != inference {
		n.ws.shards.batch = B
		x.B = n.ws.shards.ownOf(B).count
		B = x.B
	}
	if want := x.T * B * x.pixels() * x.c; len(frames) != want {
		panic(fmt.Sprintf("snn: Forward got %d values, want %d for [%d][%d][%d][%d][%d]",
			len(frames), want, x.T, B, x.h, x.w, x.c))
	}
	learns := p.mode != inference
	n.setInput(frames, learns)
	if learns && B > n.reserved {
		n.reserve(B)
	}
	out := &n.output
	out.Early, out.EarlySteps = out.Early[:0], out.EarlySteps[:0]
	for i, s := range n.stages {
		own := p
		if i < n.held {
			own = p.held()
		}
		for _, l := range s.layers {
			x = l.forward(own, x)
		}
		s.out = x
		if s.early != nil && learns {
			s.early.forward(p, x)
			out.Early = append(out.Early, s.early.fc.Logits)
			out.EarlySteps = append(out.EarlySteps, s.early.fc.Steps)
		}
		if s.next != nil {
			x = s.next.forward(p, x)
		}
	}
	n.fc.forward(p, x)
	out.Logits, out.Steps = n.fc.Logits, n.fc.Steps
	return out
}

// reserve makes room for a training step with a batch of B samples. A step needs at most the
// outputs of all convolutions and their gradients, once each, and usually much less.
func (n *Network) reserve(B int) {
	size := 0
	count := func(c *conv, T int) {
		size += T * B * (c.out.pixels() + c.back.group.pixels()) * c.outputs
	}
	n.convolutions(func(c *conv, stage int) {
		c.free()
		count(c, n.T[stage])
	})
	n.ws.arena.reserve(size)
	n.reserved = B
}

// StepBytes is the least memory, in bytes, of a training step with a batch of B samples: the
// frames, and the outputs of all convolutions, which are kept until Backward.
func (n *Network) StepBytes(B int) float64 {
	most := n.cfg.mostTimesteps()
	in := n.input.shape
	values := float64(most[0]) * float64(in.pixels()) * float64(in.c)
	n.convolutions(func(c *conv, stage int) {
		values += float64(most[stage]) * float64(c.out.pixels()) * float64(c.outputs)
	})
	return 4 * values * float64(B)
}

// convolutions calls f for every convolution with the stage whose timesteps it runs.
func (n *Network) convolutions(f func(c *conv, stage int)) {
	for i, s := range n.stages {
		each := func(c *conv) { f(c, i) }
		for _, l := range s.layers {
			convolutions(l, each)
		}
		if s.early != nil {
			for _, l := range s.early.layers {
				convolutions(l, each)
			}
			each(s.early.fc.conv)
		}
	}
	f(n.fc.conv, len(n.stages)-1)
}

// framesFold says whether the first stage hands on the frames unchanged and, under the plan in use,
// a fold turns their timesteps into channels.
func (n *Network) framesFold() bool {
	first := n.stages[0]
	if _, folds := first.next.(*fold); !folds || len(first.layers) != 1 || first.early != nil {
		return false
	}
	p, ok := first.layers[0].(*pool)
	return ok && p.passes()
}

// setInput makes the frames the input. It copies them only where the first layer needs padded
// channels. A fold needs padded channels only in training, for its gradient.
func (n *Network) setInput(frames []float32, training bool) {
	x := &n.input
	x.raw = true
	x.stride = kernel.Pad(x.c)
	if n.convolves || !training && n.framesFold() {
		x.stride = x.c
		x.reals = frames
		return
	}
	n.padded = grow(n.padded, len(frames)/x.c*x.stride)
	x.reals = n.padded
	clear(x.reals)
	for p := range len(frames) / x.c {
		copy(x.reals[p*x.stride:], frames[p*x.c:(p+1)*x.c])
	}
}

// Backward goes back through the last pass of Forward, which must have been one of training. It
// overwrites the gradients of all parameters with the gradients of the whole batch. logits is the
// gradient of Output.Logits, [B][Classes], or of Output.Steps, [T][B][Classes]; early holds the
// gradients of Output.Early or of Output.EarlySteps.
func (n *Network) Backward(logits []float32, early [][]float32) {
	if g := n.backward(logits, early, false); g != nil {
		n.ws.give(g)
	}
}

// BackwardInput does what Backward does, and returns the gradient of the frames that Forward got,
// [T][B][H][W][C].
func (n *Network) BackwardInput(logits []float32, early [][]float32) []float32 {
	g := n.backward(logits, early, true)
	x := &n.input
	stride := kernel.Pad(x.c)
	frames := make([]float32, len(g)/stride*x.c)
	for p := range len(g) / stride {
		copy(frames[p*x.c:(p+1)*x.c], g[p*stride:])
	}
	n.ws.give(g)
	return frames
}

func (n *Network) backward(logits []float32, early [][]float32, wantInput bool) []float32 {
	p := n.pass(training)
	g := n.fc.backward(p, logits)
	for i := len(n.stages) - 1; i >= 0; i-- {
		s := n.stages[i]
		if s.next != nil && g != nil {
			g = s.next.backward(p, g)
		}
		if s.early != nil {
			more := s.early.backward(p, early[i])
			if g != nil {
				n.ws.add(g, more)
			}
			n.ws.give(more)
		}
		if i < n.held {
			if g != nil {
				n.ws.give(g)
			}
			g = nil
			continue
		}
		for j := len(s.layers) - 1; j >= 0; j-- {
			g = s.layers[j].backward(p, g, wantInput || i > 0 || j > 0)
		}
	}
	n.await(p)
	if n.shared != nil {
		n.sumShared()
	}
	return g
}

// await waits until the gradients are summed over all members of the group.
func (n *Network) await(p pass) {
	s := &n.ws.shards
	at := p.start()
	if err := s.between.await(); s.err == nil {
		s.err = err
	}
	if s.group.Size() > 1 {
		p.stop(at, "all", "waiting for gradients", 0, 0, 0)
	}
}

// sumShared adds up the gradients of the shared fully connected layer.
func (n *Network) sumShared() {
	sum := n.shared.conv
	sum.parameters(func(p *Parameter) { clear(p.Gradient) })
	for _, s := range n.stages {
		if s.early == nil {
			continue
		}
		c := s.early.fc.conv
		kernel.AddScaled(sum.weight.Gradient, c.weight.Gradient, 1)
		if sum.bias != nil {
			kernel.AddScaled(sum.bias.Gradient, c.bias.Gradient, 1)
		}
	}
}

// Parallel runs task(worker, item) for the items 0 to items-1 on the network's threads. The task
// must not call the network.
func (n *Network) Parallel(items int, task func(worker, item int)) { n.ws.pool.Run(items, task) }
