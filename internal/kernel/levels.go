package kernel

// CountLevels counts how many of several neurons fire. The neurons see the same currents, begin at
// rest, and differ only in their thresholds. The count of timestep t, pixel p and channel c is
// written to dst[t*apart+p*pitch+c]. The neurons reset to 0. in.Add and in.W are not used. scratch
// has room for [Lanes] elements for each threshold.
func (n Neuron) CountLevels(dst []float32, pitch, apart int, in Current, thresholds,
	scratch []float32) {

	active.countLevels(n, dst, pitch, apart, in, thresholds, scratch)
}

func countLevelsGeneric(n Neuron, dst []float32, pitch, apart int, in Current, thresholds,
	_ []float32) {

	C := len(in.Scale)
	for i := range in.N {
		c := i % C
		for t := range in.T {
			dst[t*apart+i/C*pitch+c] = 0
		}
		for _, threshold := range thresholds {
			n.Threshold, n.Soft = threshold, false
			w := float32(0)
			for t := range in.T {
				u := float32(n.Tau*w) + (float32(in.Scale[c]*in.X[t*in.Stride+i]) + in.Shift[c])
				if u >= threshold {
					dst[t*apart+i/C*pitch+c]++
				}
				w = n.reset(u)
			}
		}
	}
}
