package kernel

// addDots adds no assembly: on arm64 the kernels that work on lists are faster.
func (a *assembly) addDots(v *variant) {
	v.dots, v.wholeBytes = dotsGeneric, wholeBytesGeneric
	v.spikeBytes, v.countBytes = spikeBytesGeneric, countBytesGeneric
}
