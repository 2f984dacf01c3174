package kernel

// LeakGradient returns the gradients of the leak and of a factor of all currents, from the gradient
// du of the currents that Backward leaves in g: the sums of du[t]*w[t-1] and of du[t]*I[t] over all
// neurons and timesteps. scratch has room for 2*Lanes elements.
func (n Neuron) LeakGradient(g []float32, in Current, scratch []float32) (leak, current float64) {
	active.leakGradient(n, scratch, g, in)
	for l := range Lanes {
		leak += float64(scratch[l])
		current += float64(scratch[Lanes+l])
	}
	return leak, current
}

// leakGradientGeneric writes the sums of each lane to sums, [2][Lanes].
func leakGradientGeneric(n Neuron, sums, g []float32, in Current) {
	C := len(in.Scale)
	carried, fresh := (*[Lanes]float32)(sums), (*[Lanes]float32)(sums[Lanes:])
	clear(sums[:2*Lanes])
	for i := 0; i < in.N; i += Lanes {
		c := i % C
		scale, shift := (*[Lanes]float32)(in.Scale[c:]), (*[Lanes]float32)(in.Shift[c:])
		var w [Lanes]float32
		for t := range in.T {
			at := t*in.Stride + i
			x, g := (*[Lanes]float32)(in.X[at:]), (*[Lanes]float32)(g[at:])
			for l := range w {
				I := float32(scale[l]*x[l]) + shift[l]
				if in.Add != nil {
					I += in.Add[at+l]
				}
				carried[l] += float32(g[l] * w[l])
				fresh[l] += float32(g[l] * I)
				w[l] = n.reset(float32(n.Tau*w[l]) + I)
			}
		}
	}
}
