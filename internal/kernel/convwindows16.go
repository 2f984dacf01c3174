package kernel

// If the weights are integers, a convolution over spikes adds integers, and one vector holds twice
// as many of them as of floats. Sums have 16 bits and saturate: they stay at the ends of their
// range instead of wrapping around.

// Integer is a weight of 8 or 16 bits.
type Integer interface{ int8 | int16 }

// SpikeConv16 is SpikeConv with sums of 16 bits.
func SpikeConv16[W Integer](p Pass, dst []int16, w []W) {
	switch w := any(w).(type) {
	case []int8:
		active.spikeConv8(p, dst, w)
	case []int16:
		active.spikeConv16(p, dst, w)
	}
}

// CountConv16 is SpikeConv16 for inputs that are small whole numbers, the counts of the lists: each
// weight row is multiplied by its input. A product must fit into 16 bits.
func CountConv16[W Integer](p Pass, dst []int16, w []W) {
	switch w := any(w).(type) {
	case []int8:
		active.countConv8(p, dst, w)
	case []int16:
		active.countConv16(p, dst, w)
	}
}

func spikeConv16Generic[W Integer](p Pass, dst []int16, w []W) { addIntegers(p, dst, w, nil) }

func countConv16Generic[W Integer](p Pass, dst []int16, w []W) {
	addIntegers(p, dst, w, p.Lists.Count)
}

// addIntegers adds rows of weights times their counts. Without counts every input is 1.
func addIntegers[W Integer](p Pass, dst []int16, w []W, count []int16) {
	p.each(func(pixel int, take uint8, from, to uint32) {
		acc := dst[pixel*p.Width:][:p.Width]
		for j := from; j < to; j++ {
			n := int16(1)
			if count != nil {
				n = count[j]
			}
			for c, v := range w[int(p.Lists.Index[j]-take)*p.Width:][:p.Width] {
				acc[c] = saturated(int32(acc[c]) + int32(n*int16(v)))
			}
		}
	})
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
