package kernel

// dotsTile computes Dots.Run for some pixels of each row and some outputs. [assembly] has an array
// of tiles for each number of outputs, indexed by the number of pixels less one. Distances are in
// bytes.
type dotsTile func(dst *float32, x *uint8, w *int8, scale *float32,
	rows, planes, taps, groups, pixel, row, line, plane, dstRow int)

// addDots adds the convolutions of bytes to the variant.
func (a *assembly) addDots(v *variant) {
	v.dotsReach = 1<<15 - 1
	v.dots = dotsOf([3][]dotsTile{a.dots16, a.dots32, a.dots64})
	v.spikeBytes = func(dst []uint8, s []uint16, words, pitch int) {
		if n := len(s) / words; n > 0 {
			a.spikeBytes(ptr(dst, (n-1)*pitch+words*Lanes), ptr(s, n*words), n, words, pitch)
		}
	}
	v.countBytes = a.count
	v.wholeBytes = a.whole
}

// withVNNI is the variant whose convolutions of bytes use AVX-512 VNNI.
func (a *assembly) withVNNI() variant {
	v := a.variant()
	v.name, v.dotsReach = "avx512vnni", 1<<24
	v.dots = dotsOf([3][]dotsTile{a.vnniDots16, a.vnniDots32, a.vnniDots64})
	return v
}

// dotsOf wraps tiles, by the number of outputs. A row is computed in as few tiles as possible, of
// about equal size.
func dotsOf(byOutputs [3][]dotsTile) func(Dots, []float32, []uint8, []int8, []float32) {
	return func(d Dots, dst []float32, x []uint8, w []int8, scale []float32) {
		if d.Rows*d.Width == 0 {
			return
		}
		outputs := len(scale)
		tiles := byOutputs[byWidth(outputs)]
		line := d.Width * outputs
		_, _, _ = dst[d.Rows*line-1], x[d.Reads()-1], w[d.Planes*d.Taps*d.Groups*outputs*DotGroup-1]
		count := (d.Width + len(tiles) - 1) / len(tiles)
		for t := range count {
			from, to := d.Width*t/count, d.Width*(t+1)/count
			tiles[to-from-1](&dst[from*outputs], &x[from*d.Pixel], &w[0], &scale[0],
				d.Rows, d.Planes, d.Taps, d.Groups, d.Pixel, d.Row, d.Line, d.Plane-d.Taps*d.Line,
				line*floatSize)
		}
	}
}

// count wraps countBytes, which handles whole vectors only.
func (a *assembly) count(dst []uint8, x []float32, factor float32, n, pitch int) {
	size := len(x) / n
	if size == 0 || size%Lanes != 0 {
		countBytesGeneric(dst, x, factor, n, pitch)
		return
	}
	a.countBytes(ptr(dst, (n-1)*pitch+size), ptr(x, n*size), n, size/Lanes, pitch, factor)
}

// whole wraps wholeBytes, which handles rows of at least one vector.
func (a *assembly) whole(dst []uint8, x []float32, rows, line int) (largest int) {
	n := len(x) / rows
	if n < Lanes {
		return wholeBytesGeneric(dst, x, rows, line)
	}
	largest = a.wholeBytes(ptr(dst, (rows-1)*line+n), ptr(x, rows*n), rows, n, line)
	if largest > 255 {
		return -1
	}
	return largest
}
