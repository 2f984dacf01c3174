package kernel

// The two polarities of a pixel are a pair of counts. The functions below write the first count of
// each pair to one plane and the second to another. A plane has as many elements as there are
// pairs.

// SplitFloats writes the planes as float32s.
func SplitFloats(first, second []float32, pairs []uint16) {
	active.splitFloats(first, second, pairs)
}

// SplitWords writes the planes as words of 16 bits.
func SplitWords(first, second, pairs []uint16) { active.splitWords(first, second, pairs) }

// SplitBytes writes the planes as bytes. If a count is above 255, it returns false, and the
// contents of the planes are undefined.
func SplitBytes(first, second []byte, pairs []uint16) bool {
	return active.splitBytes(first, second, pairs)
}

func splitFloatsGeneric(first, second []float32, pairs []uint16) {
	pairs, second = pairs[:2*len(first)], second[:len(first)]
	for i := range first {
		first[i], second[i] = float32(pairs[2*i]), float32(pairs[2*i+1])
	}
}

func splitWordsGeneric(first, second, pairs []uint16) {
	pairs, second = pairs[:2*len(first)], second[:len(first)]
	for i := range first {
		first[i], second[i] = pairs[2*i], pairs[2*i+1]
	}
}

func splitBytesGeneric(first, second []byte, pairs []uint16) bool {
	pairs, second = pairs[:2*len(first)], second[:len(first)]
	all := uint16(0)
	for i := range first {
		a, b := pairs[2*i], pairs[2*i+1]
		first[i], second[i] = byte(a), byte(b)
		all |= a | b
	}
	return all < 256
}
