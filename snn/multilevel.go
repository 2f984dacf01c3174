package snn

import "ssnn/internal/kernel"

// Neurons of several levels fire whole numbers, which are reals to the layers that follow. Each
// level is a LIF neuron on the same current. Its integrator computes its spikes and its gradient,
// one level after the other.

// fire writes the sums of the spikes of all levels of one chunk. The chunk begins at element from
// of the output, and its membranes at element kept of l.kept.
func (l *neurons) fire(th *thread, in currents, from, kept int) {
	for t := range in.T {
		clear(l.out.reals[from+t*in.Stride:][:in.N])
	}
	for level, n := range l.levels {
		l.carry(&in, level, kept)
		n.forward(th, l.fired[from/kernel.Lanes:], in)
		for t := range in.T {
			at := from + t*in.Stride
			s := l.fired[at/kernel.Lanes:][:in.N/kernel.Lanes]
			kernel.AddSpikes(l.out.reals[at:at+in.N], s, 1)
		}
	}
}

// countAtOnce writes the sums of the spikes of all levels for the currents of a part, with a kernel
// that stores no membranes. It returns false, and writes nothing, where that kernel does not apply:
// in walks, for neurons without fast kernels, and for soft resets over several timesteps.
func (l *neurons) countAtOnce(t *part, th *thread) bool {
	if l.counting == nil || l.pass.walk != 0 || l.counting.Soft && l.out.T > 1 {
		return false
	}
	size := (t.bottom - t.top) * l.out.w * t.o.width // elements of an image of the part
	in := kernel.Current{
		T: l.out.T, Stride: t.count * size, N: size,
		Scale: l.inputScale[t.o.from:][:t.o.width], Shift: l.inputShift[t.o.from:][:t.o.width],
	}
	th.kept = grow(th.kept, len(l.levels)*kernel.Lanes)
	for i := range t.count {
		at := ((t.first+i)*l.out.pixels()+t.top*l.out.w)*l.out.stride + t.o.from
		in.X = t.y[i*size:]
		l.counting.CountLevels(l.out.reals[at:], l.out.stride, l.out.B*l.out.size(), in,
			l.thresholds, th.kept)
	}
	return true
}

// count adds the spikes s, [pixels][words], to the output, whose part begins at word at. With first
// it overwrites the output instead.
func (l *neurons) count(at int, s []uint16, pixels, words int, first bool) {
	if words == l.out.words() { // the pixels lie together
		pixels, words = 1, pixels*words
	}
	for p := range pixels {
		to := l.out.reals[(at+p*l.out.words())*kernel.Lanes:][:words*kernel.Lanes]
		if first {
			clear(to)
		}
		kernel.AddSpikes(to, s[p*words:(p+1)*words], 1)
	}
}

// sumLevels is the backward of one chunk, with which g and in begin. The gradient of the currents
// is the sum of the gradients of the levels, and so are the sums for a learned leak.
func (l *neurons) sumLevels(th *thread, g []float32, in currents,
	sum, dot []float32) (carried, current float64) {
	// Currents and gradients are packed, so that each level has a gradient of its own to change.
	size := in.T * in.N
	th.currents = grow(th.currents, 4*size)
	x, add, own, up := th.currents[:size], th.currents[size:2*size],
		th.currents[2*size:3*size], th.currents[3*size:]
	pack := func(dst, src []float32) {
		for t := range in.T {
			copy(dst[t*in.N:(t+1)*in.N], src[t*in.Stride:])
		}
	}
	packed := currents{Current: kernel.Current{
		X: x, Scale: in.Scale, Shift: in.Shift, T: in.T, Stride: in.N, N: in.N,
	}}
	pack(x, in.X)
	pack(up, g)
	if in.Add != nil {
		pack(add, in.Add)
		packed.Add = add
	}
	for i, n := range l.levels {
		copy(own, up)
		a, b := n.backward(th, own, packed, sum, dot, l.norm.used)
		carried, current = carried+a, current+b
		for t := range in.T {
			dst, src := g[t*in.Stride:][:in.N], own[t*in.N:(t+1)*in.N]
			if i == 0 {
				copy(dst, src)
			} else {
				kernel.AddScaled(dst, src, 1)
			}
		}
	}
	return carried, current
}
