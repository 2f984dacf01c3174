package snn

import "ssnn/internal/kernel"

// filtered is neurons with a synapse, see LIF.Synapse, on the fast kernels. A synapse is linear and
// depends on its current alone. It can therefore run for all timesteps at once, as a filter of the
// currents before the kernels run, and of the gradient after them:
//
//	c[t] = share*c[t-1] + I[t]        dI[t] = dc[t] + share*dI[t+1]
//
// Both run for one block of neurons at a time. A block is packed as [T][neurons], and stays in the
// first-level cache with all of its timesteps.
type filtered struct {
	fused
	share float32
}

// blockNeurons is the largest number of neurons of a block.
const blockNeurons = 512

// filtering is the memory of a thread for the block that it works on.
type filtering struct {
	currents []float32 // currents behind the synapse
	gradient []float32
	spikes   []uint16
	ones     vector // scale of the currents behind the synapse
	zeros    vector // shift of these currents, and a mean for backward
	unused   vector // sums over these currents, which the norm does not need
}

func (f *filtered) states() int { return 2 } // membrane and current

// filter returns the currents behind the synapse of n neurons, from neuron i on.
func (f *filtered) filter(b *filtering, in *currents, i, n int) currents {
	b.currents = grow(b.currents, in.T*n)
	for l := range b.ones {
		b.ones[l] = 1
	}
	out := currents{Current: kernel.Current{
		X: b.currents, Scale: b.ones[:], Shift: b.zeros[:], T: in.T, Stride: n, N: n,
	}}
	for from := i; from < i+n; from += kernel.Lanes {
		var c vector
		if in.kept != nil {
			c = vector(in.kept[in.between+from:])
		}
		ch := from % len(in.Scale)
		scale, shift := (*vector)(in.Scale[ch:]), (*vector)(in.Shift[ch:])
		for t := range in.T {
			at := t*in.Stride + from
			x, to := (*vector)(in.X[at:]), (*vector)(b.currents[t*n+from-i:])
			if in.Add == nil {
				for l := range to {
					c[l] = float32(f.share*c[l]) + (float32(scale[l]*x[l]) + shift[l])
					to[l] = c[l]
				}
				continue
			}
			add := (*vector)(in.Add[at:])
			for l := range to {
				c[l] = float32(f.share*c[l]) + (float32(scale[l]*x[l]) + shift[l] + add[l])
				to[l] = c[l]
			}
		}
		if in.kept != nil {
			copy(in.kept[in.between+from:], c[:])
		}
	}
	if in.kept != nil {
		out.kept = in.kept[i : i+n]
	}
	return out
}

func (f *filtered) forward(th *thread, s []uint16, in currents) {
	for i := 0; i < in.N; i += blockNeurons {
		n := min(blockNeurons, in.N-i)
		b := &th.filtering
		b.spikes = grow(b.spikes, in.T*n/kernel.Lanes)
		f.fused.forward(th, b.spikes, f.filter(b, &in, i, n))
		for t := range in.T {
			copy(s[(t*in.Stride+i)/kernel.Lanes:], b.spikes[t*n/kernel.Lanes:][:n/kernel.Lanes])
		}
	}
}

func (f *filtered) backward(th *thread, g []float32, in currents,
	sum, dot, mean []float32) (carried, current float64) {
	b := &th.filtering
	for i := 0; i < in.N; i += blockNeurons {
		n := min(blockNeurons, in.N-i)
		b.gradient = grow(b.gradient, in.T*n)
		for t := range in.T {
			copy(b.gradient[t*n:(t+1)*n], g[t*in.Stride+i:])
		}
		clear(b.unused[:])
		// The sums of dc[t]*c[t] and of dI[t]*I[t] are equal, because the filters are adjoint.
		dw, dc := f.fused.backward(th, b.gradient, f.filter(b, &in, i, n),
			b.unused[:], b.unused[:], b.zeros[:])
		carried, current = carried+dw, current+dc
		for from := 0; from < n; from += kernel.Lanes {
			ch := (i + from) % len(in.Scale)
			sum, dot, mean := (*vector)(sum[ch:]), (*vector)(dot[ch:]), (*vector)(mean[ch:])
			var dI vector
			for t := in.T - 1; t >= 0; t-- {
				at := t*in.Stride + i + from
				dc := (*vector)(b.gradient[t*n+from:])
				g, x := (*vector)(g[at:]), (*vector)(in.X[at:])
				for l := range dI {
					dI[l] = dc[l] + float32(f.share*dI[l])
					g[l] = dI[l]
					sum[l] += dI[l]
					dot[l] += float32(dI[l] * (x[l] - mean[l]))
				}
			}
		}
	}
	return carried, current
}

func (f *filtered) membranes(u []float32, in currents) {
	b := new(filtering)
	for i := 0; i < in.N; i += kernel.Lanes {
		packed := f.filter(b, &in, i, kernel.Lanes)
		own := make([]float32, in.T*kernel.Lanes)
		f.fused.membranes(own, packed)
		for t := range in.T {
			copy(u[t*in.Stride+i:], own[t*kernel.Lanes:][:kernel.Lanes])
		}
	}
}
