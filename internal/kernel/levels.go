package kernel

// CountLevels writes how many of the thresholds the currents of pixels reach, as the spikes of
// neurons of these thresholds add up to that have a single timestep: Scale[c]*x + Shift[c] of x
// [pixels][C] to dst, pitch elements from pixel to pixel, C being len(scale).
func CountLevels(dst []float32, pitch int, x, scale, shift, thresholds []float32) {
	active.countLevels(dst, pitch, x, scale, shift, thresholds)
}

func countLevelsGeneric(dst []float32, pitch int, x, scale, shift, thresholds []float32) {
	C := len(scale)
	for i, v := range x {
		c := i % C
		current, count := float32(scale[c]*v)+shift[c], float32(0)
		for _, threshold := range thresholds {
			if current >= threshold {
				count++
			}
		}
		dst[i/C*pitch+c] = count
	}
}
