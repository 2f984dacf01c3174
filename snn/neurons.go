package snn

import (
	"ssnn/internal/kernel"
)

// neurons is a layer of neurons with the norm before it, which is applied as the currents are read.
type neurons struct {
	ws     *workspace
	name   string       // "stages.0.1.lif"
	levels []integrator // one, or those of MultiLevel

	counting   *fused    // the first of several levels of the fast kernels, else nil
	thresholds []float32 // of the levels

	leak  *leak   // nil unless it is learned
	scale float32 // of the input, see LIF.DecayInput
	norm  *norm
	out   activation // spikes, or of several levels reals
	fired []uint16   // by several levels, spikes of the one under way

	pass   pass      // the last
	walk   uint64    // whose membranes are kept
	kept   []float32 // what neurons keep: [states][levels][B*H*W*C padded]
	folded bool      // inputScale and inputShift are what they will be in all passes

	x, add     []float32 // currents: norm(x) + add, all times scale; add may be nil
	inputScale []float32 // scale and shift of the norm, times scale
	inputShift []float32

	twiceScale, twiceShift vector // those of the first half of the first vector, twice

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

// setLeak gives all levels another leak, unless they learn theirs.
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

// update takes over what training has made of the leak. The layers that make currents call it
// before they read scale.
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

// prepare makes ready for the currents of T timesteps of B samples, the norm being ready.
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

// carry has the neurons of a level, which are kept from number from on, go on where the walk's last
// timestep left them; without a walk they begin anew.
func (l *neurons) carry(in *currents, level, from int) {
	if l.pass.walk == 0 {
		return
	}
	all := l.out.B * l.keptSize()
	in.kept, in.between = l.kept[level*all+from:], len(l.levels)*all
}

// keptSize is the most membranes that are kept for an image: those of a sheet.
func (l *neurons) keptSize() int { return l.out.h * (l.out.w + 2) * l.out.stride }

// forward integrates the currents x, and add unless it is nil, both [T][B][H][W][C padded].
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

// take integrates a part of the currents.
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
	// The membranes of a block of output channels lie together, so that those of the part do: it is
	// of whole images, or of one.
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

// takeImage integrates a timestep of a sample's currents, those of a part, which lie as in a sheet.
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

// backward turns g, the gradient of the spikes, into the gradient of the currents before they are
// scaled by l.scale, in place, and has the norm make its gradients.
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

// chunkPixels is the number of pixels of a task: enough work to be worth it, few enough to stay in
// the cache with all their timesteps.
func (l *neurons) chunkPixels() int { return max(1, 8192/l.norm.c) }

func (l *neurons) chunks() int {
	return (l.out.pixels() + l.chunkPixels() - 1) / l.chunkPixels()
}

// current is that of one chunk of one sample, which begins at offset from of [T][B][H][W][C].
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

// keptAt is where the membranes of a chunk are kept.
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
// nil where its currents were not kept.
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
