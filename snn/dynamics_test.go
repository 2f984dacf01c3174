package snn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"ssnn/internal/kernel"
)

// adaptive is a threshold that each spike raises, v + rise*b[t], which falls again: b[t+1] =
// share*b[t] + s[t]. No network has it; it shows that a dynamic composes with those there are.
type adaptive struct {
	threshold
	rise, share float32
	kept        int // place of b
}

const rise, fall = 0.5, 0.8

// composeAdaptive adds the dynamics of LIF, but for the threshold.
func composeAdaptive(c *composed, d Dynamics, v float32) {
	n := d.kernel()
	c.addMembrane(d)
	c.add(&adaptive{threshold{v, n.Surrogate, n.Alpha}, rise, fall, c.keep()})
	c.addReset(d, v)
}

func (a *adaptive) forward(m *moment) {
	b := &m.kept[a.kept]
	m.fired = 0
	for l := range b {
		v := a.v + float32(a.rise*b[l])
		m.slope[l] = a.surrogate.Slope(m.v[l]-v, a.alpha)
		b[l] *= a.share
		if m.v[l] >= v {
			m.fired |= 1 << l
			b[l]++
		}
	}
}

func (a *adaptive) backward(m *moment) {
	db := &m.dkept[a.kept]
	for l := range db {
		du := float32((m.ds[l] + db[l]) * m.slope[l])
		m.dv[l] += du
		db[l] = float32(a.share*db[l]) - float32(a.rise*du)
	}
}

// twin is a neuron of one threshold in float64, forward in time, one thing after the other, with
// its derivative: how spikes move with the currents I, which move by dI, with the share of the
// membrane that survives, which moves by dshare, by the slope of the surrogate. Each spike raises
// the threshold by rise.
func twin(d Dynamics, v, rise float64, I, dI []float64, dshare float64) (s, ds []float64) {
	var c, w, b, dc, dw, db float64
	share, amount := d.leak(), v
	if d.ResetAmount != 0 {
		amount = d.ResetAmount
	}
	n := d.kernel()
	for t := range I {
		c, dc = d.Synapse*c+I[t], d.Synapse*dc+dI[t]
		u, du := share*w+c, share*dw+dshare*w+dc
		over, dover := u-v-rise*b, du-rise*db
		fired, h := 0.0, float64(n.Surrogate.Slope(float32(over), n.Alpha))
		if over >= 0 {
			fired = 1
		}
		move := h * dover
		s, ds = append(s, fired), append(ds, move)
		b, db = fall*b+fired, fall*db+move
		if d.DetachReset {
			move = 0
		}
		if d.Reset == Soft {
			w, dw = u-amount*fired, du-amount*move
		} else {
			w, dw = u*(1-fired), (1-fired)*du-u*move
		}
	}
	return s, ds
}

// All dynamics that compose do, in the way that newIntegrator chooses and as a row, what the twin
// does: spikes, and the adjoint of its derivative by the currents and by a learned leak. Timesteps
// in pieces are those at once. So is a row with a dynamic that no network has.
func TestDynamicsCompose(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(3, 4))}
	for kind := range neuronModels {
		for _, synaptic := range []bool{false, true} {
			for _, amount := range []bool{false, true} {
				for i := range 16 {
					d := Dynamics{Neuron: Neuron(kind), Levels: 1, LIF: LIF{
						Tau: 0.1 + 0.8*g.Float64(), Threshold: 0.5 + g.Float64(),
						Reset: Reset(i % 2), DetachReset: i/2%2 == 0,
						Surrogate: Surrogate(i / 4), Alpha: 1 + g.Float64(),
					}}
					if synaptic {
						d.Synapse = g.Float64()
					}
					if amount {
						d.Reset, d.ResetAmount = Soft, 0.2+g.Float64()
					}
					v := float32(d.Threshold)
					checkTwin(t, g, fmt.Sprintf("%+v", d), d, newIntegrator(d, v), 0)
					checkTwin(t, g, fmt.Sprintf("row of %+v", d), d, d.composed(v), 0)
					if neuronModels[kind].compose != nil {
						continue // its row is of dynamics of its own
					}
					row := &composed{kept: membrane + 1, leak: d.composed(v).leak}
					composeAdaptive(row, d, v)
					checkTwin(t, g, fmt.Sprintf("adaptive %+v", d), d, row, rise)
				}
			}
		}
	}
}

func checkTwin(t *testing.T, g maker, what string, d Dynamics, n integrator, rise float64) {
	t.Helper()
	const T, C, N, stride = 9, 2 * kernel.Lanes, 4 * kernel.Lanes, 5 * kernel.Lanes
	var in currents
	in.Current = kernel.Current{
		X: g.vector(T * stride), Scale: g.vector(C), Shift: g.vector(C), T: T, Stride: stride, N: N,
	}
	if g.IntN(2) == 0 {
		in.Add = g.vector(T * stride)
	}
	th := &thread{}
	spikes := make([]uint16, T*stride/kernel.Lanes)
	n.forward(th, spikes, in)
	up := g.vector(T * stride)
	grad := slices.Clone(up)
	sum, dot, mean := make([]float32, C), make([]float32, C), g.vector(C)
	carried, current := n.backward(th, grad, in, sum, dot, mean)
	var wantCarried, wantCurrent float64
	wantSum, wantDot := make([]float64, C), make([]float64, C)
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 2e-3*(1+math.Abs(want)) {
			t.Fatalf("%s: got %v, want %v", what, got, want)
		}
	}
	for i := range N {
		I, dI, zero := make([]float64, T), make([]float64, T), make([]float64, T)
		for t := range T {
			at, c := t*stride+i, i%C
			v := in.Scale[c]*in.X[at] + in.Shift[c]
			if in.Add != nil {
				v += in.Add[at]
			}
			I[t], dI[t] = float64(v), g.NormFloat64()
			wantSum[c] += float64(grad[at])
			wantDot[c] += float64(grad[at]) * float64(in.X[at]-mean[c])
			wantCurrent += float64(grad[at]) * I[t]
		}
		s, ds := twin(d, d.Threshold, rise, I, dI, 0)
		_, byShare := twin(d, d.Threshold, rise, I, zero, 1)
		var forward, backward float64
		for step := range T {
			at := step*stride + i
			fired := float64(spikes[at/kernel.Lanes] >> (at % kernel.Lanes) & 1)
			if fired != s[step] {
				t.Fatalf("%s: neuron %d has %v spikes at %d, want %v",
					what, i, fired, step, s[step])
			}
			forward += float64(up[at]) * ds[step]
			backward += float64(grad[at]) * dI[step]
			wantCarried += float64(up[at]) * byShare[step]
		}
		near(fmt.Sprintf("%s: adjoint of neuron %d", what, i), backward, forward)
	}
	for c := range C {
		near(what+": sum", float64(sum[c]), wantSum[c])
		near(what+": dot", float64(dot[c]), wantDot[c])
	}
	if d.Neuron.model().learnsLeak {
		near(what+": leak", carried, wantCarried)
		near(what+": factor of the currents", current, wantCurrent)
	}
	pieces := make([]uint16, len(spikes))
	part := in
	part.kept, part.between = make([]float32, n.states()*N), N
	for from := 0; from < T; from += 2 {
		part.X, part.T = in.X[from*stride:], min(2, T-from)
		if in.Add != nil {
			part.Add = in.Add[from*stride:]
		}
		n.forward(th, pieces[from*stride/kernel.Lanes:], part)
	}
	if !slices.Equal(spikes, pieces) {
		t.Fatalf("%s: other spikes in pieces than at once", what)
	}
}

// What a layer adds to its neurons adds up too: levels, a learned leak that scales its currents,
// and synaptic currents, with each other and alone, are the sum of the twins of the levels.
func TestLayerOfDynamics(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(7, 8))}
	const T, B, levels = 5, 2, 3
	for i := range 32 {
		d := Dynamics{Levels: 1, LIF: DefaultLIF()}
		d.Tau, d.Threshold, d.Surrogate = 0.6, 0.7, Arctan
		d.DetachReset, d.DecayInput = g.IntN(2) == 0, g.IntN(2) == 0
		if i&1 != 0 {
			d.Neuron = Parametric
		}
		if i&2 != 0 {
			d.Levels = levels
		}
		if i&4 != 0 {
			d.Synapse = 0.4
		}
		if i&8 != 0 {
			d.Reset = Soft
		}
		if i&16 != 0 {
			d.Reset, d.ResetAmount = Soft, 0.5
		}
		ws := newWorkspace(2)
		in := shape{kernel.Lanes, 3, 2}
		node := &Node{Op: OpNeuron, Name: "lif", From: in.public(), Out: in.public(), Dynamics: d}
		f := newFiring(ws, node)
		x := g.full(in, T, B)
		out := slices.Clone(dense(f.forward(learning, x)))
		up := g.vector(len(out))
		grad := f.backward(learning, slices.Clone(up), true)
		scale, perLevel := float64(f.lif.scale), B*in.pixels()*kernel.Lanes
		k := 1 - d.leak()
		var byLeak float64
		for n := range perLevel {
			I, dI, dw := make([]float64, T), make([]float64, T), make([]float64, T)
			for step := range T {
				I[step] = scale * float64(x.reals[step*perLevel+n])
				dI[step] = g.NormFloat64()
				if d.DecayInput {
					dw[step] = I[step] * (1 - k)
				}
			}
			fired, move := make([]float64, T), 0.0
			for _, v := range d.Thresholds() {
				s, ds := twin(d, float64(v), 0, I, dI, 0)
				_, byW := twin(d, float64(v), 0, I, dw, -k*(1-k))
				for step := range T {
					fired[step] += s[step]
					move += float64(up[step*perLevel+n]) * ds[step]
					byLeak += float64(up[step*perLevel+n]) * byW[step]
				}
			}
			for step := range T {
				if at := step*perLevel + n; float64(out[at]) != fired[step] {
					t.Fatalf("%+v: neuron %d fires %v at %d, want %v",
						d, n, out[at], step, fired[step])
				}
				move -= float64(grad[step*perLevel+n]) / scale * dI[step]
			}
			if math.Abs(move) > 1e-3 {
				t.Fatalf("%+v: adjoint of neuron %d is off by %v", d, n, move)
			}
		}
		if d.Neuron == Parametric {
			got := float64(f.lif.leak.w.Gradient[0])
			if math.Abs(got-byLeak) > 1e-3*(1+math.Abs(byLeak)) {
				t.Errorf("%+v: gradient of the leak %v, want %v", d, got, byLeak)
			}
		}
		ws.close()
	}
}

// A step of training and one of inference allocate nothing more with a row of dynamics than with
// the fast kernels.
func TestComposedAllocatesNothing(t *testing.T) {
	g := maker{rand.New(rand.NewPCG(5, 6))}
	d := Dynamics{LIF: DefaultLIF(), Levels: 1}
	c, th := d.composed(1), &thread{}
	const T, N = 3, 2 * kernel.Lanes
	var in currents
	in.Current = kernel.Current{
		X: g.vector(T * N), Scale: g.vector(N), Shift: g.vector(N), T: T, Stride: N, N: N,
	}
	up, sums, spikes := g.vector(T*N), g.vector(3*N), make([]uint16, T*N/kernel.Lanes)
	var n integrator = c
	allocated := testing.AllocsPerRun(10, func() {
		n.forward(th, spikes, in)
		n.backward(th, up, in, sums[:N], sums[N:2*N], sums[2*N:])
	})
	if allocated != 0 {
		t.Errorf("%v allocations, want 0", allocated)
	}
}
