package snn

import (
	"ssnn/internal/kernel"
)

// neurons is a layer of neurons with the norm before it, which is applied as the currents are read.
type neurons struct {
	ws     *workspace
	name   string       // "stages.0.1.lif"
	levels []integrator // one, or one for each level of MultiLevel

	counting   *fused    // first of several levels if the fast kernels run them, else nil
	thresholds []float32 // one for each of several levels

	leak  *leak   // nil unless it is learned
	scale float32 // factor of the currents, see LIF.DecayInput
	norm  *norm
	out   activation // spikes; with several levels, reals
	fired []uint16   // with several levels, spikes of the level that runs now

	pass   pass      // the last pass
	walk   uint64    // number of the walk whose values are in kept
	kept   []float32 // values that neurons keep: [states][levels][B*H*W*C padded]
	folded bool      // inputScale and inputShift are computed and will not change

	x, add     []float32 // the currents are scale*norm(x) + add; add may be nil
	inputScale []float32 // scale and shift of the norm, times scale
	inputShift []float32

	twiceScale, twiceShift vector // the first half vector of inputScale and inputShift, twice

	g       []float32
	partial []float32 // [B*chunks][2][C], see norm.gradientSums
	tasks   struct{ forward, backward func(worker, item int) }
}

func newNeurons(ws *workspace, node *Node, before *norm) *neurons {
	d := node.Dynamics
	l := &neurons{
		ws: ws, name: node.Name, scale: d.inputScale(), norm: before,
		inputScale: make([]float32, before.c), inputShift: make([]float32, before.c),
	}
	for _, threshold := range d.Thresholds() {
		l.levels = append(l.levels, newIntegrator(d, threshold))
	}
	if len(l.levels) > 1 {
		l.thresholds = d.Thresholds()
		l.counting, _ = l.levels[0].(*fused)
	}
	if d.Neuron.model().learnsLeak {
		l.leak = newLeak(ws, node.Name, d.LIF)
	}
	l.out.shape = node.Out.own()
	l.tasks.forward, l.tasks.backward = l.forwardChunk, l.backwardChunk
	return l
}

func (l *neurons) parameters(yield func(*Parameter)) {
	if l.leak != nil {
		yield(l.leak.w)
	}
}

// setLeak gives all levels the leak of another LIF, unless they learn their leak.
func (l *neurons) setLeak(of LIF) {
	if l.leak != nil {
		return
	}
	l.setShare(float32(of.leak()))
	l.scale, l.folded = of.inputScale(), false
}

// setShare gives all levels the share of the membrane that survives a timestep.
func (l *neurons) setShare(share float32) {
	for _, n := range l.levels {
		n.setShare(share)
	}
}

// update sets the share and the scale from the learned leak, which training changes. The layers
// that make currents call it before they read scale.
func (l *neurons) update() {
	if l.leak == nil {
		return
	}
	k := l.leak.k()
	l.setShare(float32(1 - k))
	if l.leak.scale {
		l.scale = float32(k)
	}
}

// prepare makes the layer ready for the currents of T timesteps of B samples. The norm must be
// ready.
func (l *neurons) prepare(p pass, T, B int) {
	if !l.folded {
		l.update()
		for c := range l.inputScale {
			l.inputScale[c] = l.scale * l.norm.scale[c]
			l.inputShift[c] = l.scale * l.norm.shift[c]
		}
		const half = kernel.Lanes / 2
		for c := range l.twiceScale {
			l.twiceScale[c], l.twiceShift[c] = l.inputScale[c%half], l.inputShift[c%half]
		}
		l.folded = l.ws.frozen
	}
	if len(l.levels) == 1 {
		l.out.setSpikes(l.out.shape, T, B)
	} else {
		l.out.setReals(l.out.shape, T, B)
		l.out.unit, l.out.most = 1, len(l.levels)
	}
	l.x, l.add = nil, nil
	if l.pass = p; p.walk != 0 && l.walk != p.walk {
		l.walk = p.walk
		l.kept = grow(l.kept, l.states()*B*l.keptSize())
		clear(l.kept)
	}
}

// states is the number of values that the levels of a neuron keep from one timestep to the next.
func (l *neurons) states() int { return len(l.levels) * l.levels[0].states() }

// carry makes the neurons of a level go on with the values that they kept at the walk's last
// timestep. Their values begin at element from of the level. Without a walk neurons begin at 0.
func (l *neurons) carry(in *currents, level, from int) {
	if l.pass.walk == 0 {
		return
	}
	all := l.out.B * l.keptSize()
	in.kept, in.between = l.kept[level*all+from:], len(l.levels)*all
}

// keptSize is the largest number of membranes that are kept for an image: that of a sheet, see
// convscatter.go.
func (l *neurons) keptSize() int { return l.out.h * (l.out.w + 2) * l.out.stride }

// forward integrates the currents scale*norm(x) + add, where x and add are
// [T][B][H][W][C padded], and add may be nil.
func (l *neurons) forward(p pass, x, add []float32, T, B int) *activation {
	l.prepare(p, T, B)
	l.x, l.add = x, add
	if len(l.levels) > 1 {
		l.fired = grow(l.fired, T*B*l.out.size()/kernel.Lanes)
	}
	at := p.start()
	l.ws.pool.Run(B*l.chunks(), l.tasks.forward)
	p.stop(at, l.name, "neurons", 0, len(x)+len(add)+len(l.out.reals), len(l.out.spikes))
	return &l.out
}

// take integrates the currents of a part of a convolution's output.
func (l *neurons) take(t *part, th *thread) {
	if l.countAtOnce(t, th) {
		return
	}
	words, all := t.o.width/kernel.Lanes, l.out.words()
	pixels := (t.bottom - t.top) * l.out.w
	th.words = grow(th.words, l.out.T*t.count*pixels*words)
	var in currents
	in.Current = kernel.Current{
		X: t.y, T: l.out.T, Stride: len(t.y) / l.out.T, N: len(t.y) / l.out.T,
		Scale: l.inputScale[t.o.from:][:t.o.width], Shift: l.inputShift[t.o.from:][:t.o.width],
	}
	// The membranes of a block of output channels lie together, and so do those of the part, which
	// has rows of one image or several whole images.
	first := t.o.from*l.out.B*l.out.pixels() + (t.first*l.out.pixels()+t.top*l.out.w)*t.o.width
	for level, n := range l.levels {
		l.carry(&in, level, first)
		n.forward(th, th.words, in)
		from := th.words
		for i := range l.out.T * t.count {
			n := i/t.count*l.out.B + t.first + i%t.count
			at := (n*l.out.pixels()+t.top*l.out.w)*all + t.o.from/kernel.Lanes
			if len(l.levels) > 1 {
				l.count(at, from, pixels, words, level == 0)
				from = from[pixels*words:]
				continue
			}
			to := l.out.spikes[at:]
			if words == all {
				copy(to, from[:pixels*words])
				from = from[pixels*words:]
				continue
			}
			for p := range pixels {
				copy(to[p*all:][:words], from)
				from = from[words:]
			}
		}
	}
}

// takeImage integrates the currents x of a part for one timestep of one sample. They lie as in a
// sheet.
func (l *neurons) takeImage(t *part, th *thread, s *sheet, step, sample int, x []float32) {
	words, all := t.o.width/kernel.Lanes, l.out.words()
	var in currents
	in.Current = kernel.Current{
		X: x, T: 1, Stride: len(x), N: len(x),
		Scale: l.inputScale[t.o.from:][:t.o.width], Shift: l.inputShift[t.o.from:][:t.o.width],
	}
	narrow := s.Out < t.o.width
	if narrow {
		in.Scale, in.Shift = l.twiceScale[:], l.twiceShift[:]
	}
	th.words = grow(th.words, len(x)/kernel.Lanes)
	first := t.o.from*l.out.B*l.out.h*s.Pitch + (sample*l.out.h+t.top)*s.line()
	if l.pass.walk == 0 {
		th.kept = grow(th.kept, l.states()*len(x))
		if step == 0 {
			clear(th.kept)
		}
	}
	for level, n := range l.levels {
		if l.carry(&in, level, first); l.pass.walk == 0 {
			in.kept, in.between = th.kept[level*in.N:], len(l.levels)*in.N
		}
		n.forward(th, th.words, in)
		for row := range s.rows {
			from := th.words[row*s.line()/kernel.Lanes:][:s.line()/kernel.Lanes]
			at := (((step*l.out.B+sample)*l.out.h+t.top+row)*l.out.w)*all + t.o.from/kernel.Lanes
			if narrow {
				th.padded = grow(th.padded, l.out.w)
				kernel.SplitPixels(th.padded, from)
				from = th.padded
			}
			switch {
			case len(l.levels) > 1:
				l.count(at, from, l.out.w, words, level == 0)
			case words == all:
				copy(l.out.spikes[at:], from[:l.out.w*words])
			default:
				to := l.out.spikes[at:]
				for p := range l.out.w {
					copy(to[p*all:][:words], from[p*words:])
				}
			}
		}
	}
}

// backward turns g, the gradient of the spikes, in place into the gradient of the currents that the
// neurons integrate, and makes the norm compute its gradients. The gradient of the norm's output is
// g times l.scale.
func (l *neurons) backward(p pass, g []float32) {
	at := p.start()
	l.g = g
	tasks := l.out.B * l.chunks()
	l.partial = grow(l.partial, tasks*2*l.norm.c)
	if l.leak != nil {
		l.leak.parts = grow(l.leak.parts, tasks*2)
	}
	l.ws.pool.Run(tasks, l.tasks.backward)
	if l.leak != nil {
		l.leak.tasks = l.chunks()
		l.ws.sumGradients(l.out.B, l.leak.gradient, l.leak.w)
	}
	l.norm.gradientSums(l.partial, 1, l.out.B, l.chunks(), l.scale)
	p.stop(at, l.name, "neurons backward", 0, 3*len(g)+len(l.add), 0)
}

// chunkPixels is the number of pixels of a chunk, which is a task: enough to outweigh the cost of a
// task, and few enough that all their timesteps stay in the cache.
func (l *neurons) chunkPixels() int { return max(1, 8192/l.norm.c) }

func (l *neurons) chunks() int {
	return (l.out.pixels() + l.chunkPixels() - 1) / l.chunkPixels()
}

// current is the currents of one chunk of one sample. The chunk begins at element from of
// [T][B][H][W][C].
func (l *neurons) current(item int) (in currents, from int) {
	b, chunk := item/l.chunks(), item%l.chunks()
	first := chunk * l.chunkPixels()
	count := min(l.chunkPixels(), l.out.pixels()-first)
	from = b*l.out.size() + first*l.norm.c
	in.Current = kernel.Current{
		X: l.x[from:], Scale: l.inputScale, Shift: l.inputShift,
		T: l.out.T, Stride: l.out.B * l.out.size(), N: count * l.norm.c,
	}
	if l.add != nil {
		in.Add = l.add[from:]
	}
	return in, from
}

// keptAt is the element of a level's kept values at which a chunk begins.
func (l *neurons) keptAt(item int) int {
	return item/l.chunks()*l.out.size() + item%l.chunks()*l.chunkPixels()*l.norm.c
}

func (l *neurons) forwardChunk(worker, item int) {
	in, from := l.current(item)
	th := &l.ws.threads[worker]
	if len(l.levels) > 1 {
		l.fire(th, in, from, l.keptAt(item))
		return
	}
	l.carry(&in, 0, l.keptAt(item))
	l.levels[0].forward(th, l.out.spikes[from/kernel.Lanes:], in)
}

func (l *neurons) backwardChunk(worker, item int) {
	in, from := l.current(item)
	th := &l.ws.threads[worker]
	c := l.norm.c
	sums := l.partial[item*2*c : (item+1)*2*c]
	clear(sums)
	var carried, current float64
	if len(l.levels) > 1 {
		carried, current = l.sumLevels(th, l.g[from:], in, sums[:c], sums[c:])
	} else {
		carried, current = l.levels[0].backward(th, l.g[from:], in, sums[:c], sums[c:], l.norm.used)
	}
	if l.leak != nil {
		l.leak.parts[2*item], l.leak.parts[2*item+1] = carried, current
	}
}

// membranes returns the membranes of the last forward before the reset, [levels][T][B][C][H][W], or
// nil if the pass did not keep its currents.
func (l *neurons) membranes() (all []float32) {
	if !l.pass.keep {
		return nil
	}
	for _, n := range l.levels {
		u := make([]float32, l.out.T*l.out.B*l.out.size())
		for item := range l.out.B * l.chunks() {
			in, from := l.current(item)
			n.membranes(u[from:], in)
		}
		a := l.out
		a.spikes, a.reals = nil, u
		all = append(all, a.channelsFirst()...)
	}
	return all
}
