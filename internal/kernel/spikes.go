package kernel

import "math/bits"

// AddSpikes adds v to dst at the neurons whose spikes are set in s.
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

// DotSpikes is the sum of x over the neurons whose spikes are set in s, added up in float64.
func DotSpikes(x []float32, s []uint16) (sum float64) {
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			sum += float64(x[i*Lanes+bits.TrailingZeros16(word)])
		}
	}
	return sum
}

// SplitPixels writes a word for each pixel of at most 8 channels. A word of pairs holds two pixels.
func SplitPixels(dst, pairs []uint16) { active.splitPixels(dst, pairs) }

func splitPixelsGeneric(dst, pairs []uint16) {
	for i := range dst {
		dst[i] = pairs[i/2] >> (i % 2 * 8) & 0xff
	}
}

// JoinPixels writes the words s, one for each pixel, to pixels of two words, shifted up by 0 to 16
// bits. If first is false, it joins them to the bits that are already there.
func JoinPixels(dst, s []uint16, shift int, first bool) { active.joinPixels(dst, s, shift, first) }

func joinPixelsGeneric(dst, s []uint16, shift int, first bool) {
	for i, word := range s {
		low, high := word<<shift, uint16(uint32(word)<<shift>>Lanes)
		if !first {
			low, high = low|dst[2*i], high|dst[2*i+1]
		}
		dst[2*i], dst[2*i+1] = low, high
	}
}

// Finite reports whether no value is NaN or infinite.
func Finite(x []float32) bool { return active.finite(x) }

// finiteGeneric adds up the values times 0. The sum is NaN if a value is not finite. Four sums can
// be added to sooner one after the other than a single sum.
func finiteGeneric(x []float32) bool {
	var a, b, c, d float32
	for ; len(x) >= 4; x = x[4:] {
		a += x[0] * 0
		b += x[1] * 0
		c += x[2] * 0
		d += x[3] * 0
	}
	for _, v := range x {
		a += v * 0
	}
	return a+b+c+d == 0
}
