package kernel

// Weights as integers: a convolution over spikes then adds integers, twice as many at a time as floats. Sums are of 16 bits and stay
// at the ends of their range instead of wrapping around.

// Integer is a weight of 8 or 16 bits.
type Integer interface{ int8 | int16 }

// SpikeConvRows16 is SpikeConvRows with sums of 16 bits.
func SpikeConvRows16[W Integer](r Rows, dst []int16, w []W, index []uint32, starts []int32) {
	switch w := any(w).(type) {
	case []int8:
		active.spikeConvRows8(r, dst, w, index, starts)
	case []int16:
		active.spikeConvRows16(r, dst, w, index, starts)
	}
}

// CountConvRows16 is SpikeConvRows16 for inputs that are small whole numbers: each weight row is multiplied by its input. A product must
// fit 16 bits.
func CountConvRows16[W Integer](r Rows, dst []int16, w []W, index []uint32, count []int16, starts []int32) {
	switch w := any(w).(type) {
	case []int8:
		active.countConvRows8(r, dst, w, index, count, starts)
	case []int16:
		active.countConvRows16(r, dst, w, index, count, starts)
	}
}

func spikeConvRows16Generic[W Integer](r Rows, dst []int16, w []W, index []uint32, starts []int32) {
	countConvRows16Generic(r, dst, w, index, nil, starts)
}

// countConvRows16Generic takes every input as 1 without counts.
func countConvRows16Generic[W Integer](r Rows, dst []int16, w []W, index []uint32, count []int16, starts []int32) {
	for y := range r.Rows {
		for p := range r.Pixels {
			first := p * r.Step
			base := uint32(first * r.Block)
			row := starts[y*r.Pitch+first:]
			acc := dst[(y*r.Pixels+p)*r.Width:][:r.Width]
			for j := row[0]; j < row[r.Taps]; j++ {
				n := int16(1)
				if count != nil {
					n = count[j]
				}
				for c, v := range w[int(index[j]-base)*r.Width:][:r.Width] {
					acc[c] = saturated(int32(acc[c]) + int32(n*int16(v)))
				}
			}
		}
	}
}

func saturated(x int32) int16 { return int16(min(max(x, -1<<15), 1<<15-1)) }

// Widen writes dst = scale[c]*sum for sums [n][C].
func Widen(dst []float32, sum []int16, scale []float32) { active.widen(dst, sum, scale) }

func widenGeneric(dst []float32, sum []int16, scale []float32) {
	C := len(scale)
	for i := 0; i < len(sum); i += C {
		for c, v := range sum[i : i+C] {
			dst[i+c] = scale[c] * float32(v)
		}
	}
}
