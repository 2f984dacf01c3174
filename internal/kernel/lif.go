package kernel

// Neuron is the arithmetic of a leaky integrate-and-fire neuron. With the input current I, the
// membrane u, the spike s and the membrane w after the reset are
//
//	u[t] = Tau*w[t-1] + I[t]     w[-1] = 0 or Current.W
//	s[t] = 1 where u[t] >= Threshold
//	w[t] = u[t]*(1 - s[t]) (hard reset) or u[t] - Amount*s[t] (soft)
type Neuron struct {
	Tau, Threshold float32
	Soft           bool
	Amount         float32 // the amount that a soft reset subtracts
	Attached       bool    // the gradient flows through the spike of the reset
	Surrogate      Surrogate
	Alpha          float32 // width or slope of the surrogate
}

// Current is the input of a layer of neurons over T timesteps, for one call. The call covers N
// neurons of C channels, a whole number of pixels. The current of neuron i at timestep t is
//
//	Scale[i%C] * X[t*Stride+i] + Shift[i%C] + Add[t*Stride+i]
type Current struct {
	X, Add       []float32 // Add may be nil
	Scale, Shift []float32 // [C]
	T, Stride, N int

	// W [N] are the membranes w[-1] that Forward begins with. Forward leaves w[T-1] in W, so that
	// the timesteps of one call can follow those of another. If W is nil, Forward begins with 0 and
	// keeps no membranes. The other kernels do not read W.
	W []float32
}

// membrane writes u [T][Lanes] for the vector of neurons that begins at neuron i.
func (n Neuron) membrane(u []float32, in Current, i int) {
	c := i % len(in.Scale)
	scale, shift := (*[Lanes]float32)(in.Scale[c:]), (*[Lanes]float32)(in.Shift[c:])
	var w [Lanes]float32
	for t := range in.T {
		x := (*[Lanes]float32)(in.X[t*in.Stride+i:])
		u := (*[Lanes]float32)(u[t*Lanes:])
		for l := range u {
			I := float32(scale[l]*x[l]) + shift[l]
			if in.Add != nil {
				I += in.Add[t*in.Stride+i+l]
			}
			u[l] = float32(n.Tau*w[l]) + I
			w[l] = n.reset(u[l])
		}
	}
}

func (n Neuron) reset(u float32) float32 {
	switch {
	case !(u >= n.Threshold):
		return u
	case n.Soft:
		return u - n.Amount
	}
	return 0
}

// Membranes writes the membranes before the reset to u[t*in.Stride+i], which the other kernels do
// not store.
func (n Neuron) Membranes(u []float32, in Current) {
	scratch := make([]float32, in.T*Lanes)
	for i := 0; i < in.N; i += Lanes {
		n.membrane(scratch, in, i)
		for t := range in.T {
			copy(u[t*in.Stride+i:], scratch[t*Lanes:(t+1)*Lanes])
		}
	}
}

// Forward writes the spike of neuron i at timestep t to bit i%16 of s[(t*in.Stride+i)/16].
func (n Neuron) Forward(s []uint16, in Current) { active.lifForward(n, s, in) }

func lifForwardGeneric(n Neuron, s []uint16, in Current) {
	C := len(in.Scale)
	for i := 0; i < in.N; i += Lanes {
		c := i % C
		scale, shift := (*[Lanes]float32)(in.Scale[c:]), (*[Lanes]float32)(in.Shift[c:])
		var w [Lanes]float32
		if in.W != nil {
			w = [Lanes]float32(in.W[i:])
		}
		for t := range in.T {
			at := t*in.Stride + i
			x := (*[Lanes]float32)(in.X[at:])
			var word uint16
			for l := range w {
				I := float32(scale[l]*x[l]) + shift[l]
				if in.Add != nil {
					I += in.Add[at+l]
				}
				u := float32(n.Tau*w[l]) + I
				if u >= n.Threshold {
					word |= 1 << l
				}
				w[l] = n.reset(u)
			}
			s[at/Lanes] = word
		}
		if in.W != nil {
			copy(in.W[i:], w[:])
		}
	}
}

// Backward turns g, the gradient of the spikes, into the gradient of the current, in place, from
// the last timestep to the first. It integrates the membranes anew, which is cheaper than storing
// them. With the slope h of the surrogate and the gradient W of w[t], which comes from the next
// timestep,
//
//	reset detached:  du = g*h + W*(1-s) (hard)           g*h + W (soft)
//	attached:        du = g*h + W*((1-s) - u*h) (hard)   g*h + W*(1 - Amount*h) (soft)
//
// The W of the timestep before is Tau*du, and the gradient of the current is du. scratch has room
// for T*Lanes elements. sum and dot [C] receive the sums of [NormSums] over du, X and mean.
func (n Neuron) Backward(g []float32, in Current, scratch, sum, dot, mean []float32) {
	active.lifBackward(n, g, in, scratch, sum, dot, mean)
}

func lifBackwardGeneric(n Neuron, g []float32, in Current, scratch, sum, dot, mean []float32) {
	C := len(in.Scale)
	for i := 0; i < in.N; i += Lanes {
		n.membrane(scratch, in, i)
		c := i % C
		sum, dot := (*[Lanes]float32)(sum[c:]), (*[Lanes]float32)(dot[c:])
		mean := (*[Lanes]float32)(mean[c:])
		var W [Lanes]float32
		for t := in.T - 1; t >= 0; t-- {
			u := (*[Lanes]float32)(scratch[t*Lanes:])
			g := (*[Lanes]float32)(g[t*in.Stride+i:])
			x := (*[Lanes]float32)(in.X[t*in.Stride+i:])
			for l := range u {
				h := n.Surrogate.Slope(u[l]-n.Threshold, n.Alpha)
				du := float32(g[l]*h) + n.carry(W[l], u[l], h)
				W[l] = n.Tau * du
				g[l] = du
				sum[l] += du
				dot[l] += float32(du * (x[l] - mean[l]))
			}
		}
	}
}

// carry is the part of the gradient W of w[t] that reaches u[t] directly: W times the derivative of
// w[t] by u[t].
func (n Neuron) carry(W, u, h float32) float32 {
	cleared := !n.Soft && u >= n.Threshold
	switch {
	case !n.Attached && cleared:
		return 0
	case !n.Attached:
		return W
	case n.Soft:
		return float32(W * (1 - float32(n.Amount*h)))
	}
	var kept float32 = 1
	if cleared {
		kept = 0
	}
	return float32(W * (kept - float32(u*h)))
}
