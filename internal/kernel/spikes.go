package kernel

import "math/bits"

// AddSpikes adds v to dst where the spikes s are set.
func AddSpikes(dst []float32, s []uint16, v float32) { active.addSpikes(dst, s, v) }

func addSpikesGeneric(dst []float32, s []uint16, v float32) {
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			dst[i*Lanes+bits.TrailingZeros16(word)] += v
		}
	}
}

// CountSpikes is the number of spikes that are set.
func CountSpikes(s []uint16) (count int) {
	for _, word := range s {
		count += bits.OnesCount16(word)
	}
	return count
}

// DotSpikes is the sum of x where the spikes s are set, added up in float64.
func DotSpikes(x []float32, s []uint16) (sum float64) {
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			sum += float64(x[i*Lanes+bits.TrailingZeros16(word)])
		}
	}
	return sum
}

// SplitPixels makes words of pixels of at most 8 channels from words that hold two pixels each.
func SplitPixels(dst, pairs []uint16) {
	for ; len(dst) > 1; dst, pairs = dst[2:], pairs[1:] {
		dst[0], dst[1] = pairs[0]&0xff, pairs[0]>>8
	}
	if len(dst) > 0 {
		dst[0] = pairs[0] & 0xff
	}
}
