package kernel

// addDots has no convolution of bytes to add: lists are what is fast here.
func (a *assembly) addDots(v *variant) {
	v.dots, v.wholeBytes = dotsGeneric, wholeBytesGeneric
	v.spikeBytes, v.countBytes = spikeBytesGeneric, countBytesGeneric
}
