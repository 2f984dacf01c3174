package kernel

import "math/bits"

// AddSpikes adds v to dst where the spikes s are set and returns their number.
func AddSpikes(dst []float32, s []uint16, v float32) (count int) {
	for i, word := range s {
		count += bits.OnesCount16(word)
		for ; word != 0; word &= word - 1 {
			dst[i*Lanes+bits.TrailingZeros16(word)] += v
		}
	}
	return count
}

// CountSpikes is the number of spikes that are set.
func CountSpikes(s []uint16) (count int) {
	for _, word := range s {
		count += bits.OnesCount16(word)
	}
	return count
}
