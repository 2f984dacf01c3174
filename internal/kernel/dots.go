package kernel

// A convolution of few channels, or of inputs of which many are active, can be made of bytes
// without looking which of them are zero: four inputs at a time are multiplied by four weights and
// added to a sum, 16 outputs at once. Nothing is listed or ordered, and no time depends on how many
// inputs there are.

// Dots is the geometry of such a convolution over planes of bytes, [planes][..][channels]uint8,
// each with its border: images whose channels are those of one. The taps of a row of the kernel lie
// side by side in a plane: their inputs are one run of bytes, which is read as groups of
// [DotGroup].
type Dots struct {
	Rows, Width int // of the outputs
	Planes      int // of the input
	Taps        int // rows of the kernel
	Groups      int // of the inputs of a row of the kernel in a plane
	Pixel, Row  int // bytes from what an output sees to what that to the right, or below it, sees
	Line        int // bytes from a row of the kernel to the next
	Plane       int // bytes from a plane to the next
}

// DotGroup is the number of inputs that are multiplied at a time. The last group of a run may be
// longer than it: then it has weights of 0, and reads what follows.
const DotGroup = 4

// Reads is the number of bytes of x that Run reads.
func (d Dots) Reads() int {
	return (d.Rows-1)*d.Row + (d.Width-1)*d.Pixel + (d.Planes-1)*d.Plane + (d.Taps-1)*d.Line +
		d.Groups*DotGroup
}

// Run writes scale[o] times the sum of the inputs times the weights w
// [Planes][Taps][Groups][outputs][DotGroup] to dst [Rows][Width][outputs], outputs being
// len(scale): 16, 32 or 64. No sum of some of the products of an output may be larger than
// [DotsReach].
func (d Dots) Run(dst []float32, x []uint8, w []int8, scale []float32) {
	active.dots(d, dst, x, w, scale)
}

// DotsReach is how large sums of Dots.Run may become on this CPU; 0 says that other kernels are
// faster. Up to 1<<24 float32s are exact.
func DotsReach() int { return active.dotsReach }

func dotsGeneric(d Dots, dst []float32, x []uint8, w []int8, scale []float32) {
	outputs := len(scale)
	for p := range d.Rows * d.Width {
		at := p/d.Width*d.Row + p%d.Width*d.Pixel
		for o := range outputs {
			sum := int32(0)
			for tap := range d.Planes * d.Taps {
				from := at + tap/d.Taps*d.Plane + tap%d.Taps*d.Line
				for i, v := range x[from:][:d.Groups*DotGroup] {
					row := (tap*d.Groups+i/DotGroup)*outputs + o
					sum += int32(v) * int32(w[row*DotGroup+i%DotGroup])
				}
			}
			dst[p*outputs+o] = scale[o] * float32(sum)
		}
	}
}

// ByteRoom is how many bytes more than its pixels a row of bytes must have room for.
const ByteRoom = Lanes

// SpikeBytes writes the spikes of pixels as bytes of 0 and 1 to dst. Each pixel has a number of
// words of spikes, and begins pitch bytes after the pixel before it; it gets pitch bytes, or as
// many as it has spikes if that is less. Up to [ByteRoom] bytes behind them are overwritten.
func SpikeBytes(dst []uint8, s []uint16, words, pitch int) {
	active.spikeBytes(dst, s, words, pitch)
}

func spikeBytesGeneric(dst []uint8, s []uint16, words, pitch int) {
	for p := range len(s) / words {
		for c := range min(pitch, words*Lanes) {
			dst[p*pitch+c] = uint8(s[p*words+c/Lanes] >> (c % Lanes) & 1)
		}
	}
}

// CountBytes writes x times a factor, rounded to whole numbers of 0 to 255, as bytes to dst. x has
// n pixels of len(x)/n values. A pixel begins pitch bytes after the pixel before it; it gets pitch
// bytes, or as many as it has values if that is less. Up to [ByteRoom] bytes behind them are
// overwritten.
func CountBytes(dst []uint8, x []float32, factor float32, n, pitch int) {
	active.countBytes(dst, x, factor, n, pitch)
}

func countBytesGeneric(dst []uint8, x []float32, factor float32, n, pitch int) {
	size := len(x) / n
	for p := range n {
		for c := range min(pitch, size) {
			dst[p*pitch+c] = uint8(int32(x[p*size+c]*factor + 0.5))
		}
	}
}

// WholeBytes writes rows of x as bytes to dst, line bytes from row to row, and returns the largest,
// if all are whole numbers of 0 to 255; else it returns -1, and what it wrote means nothing.
func WholeBytes(dst []uint8, x []float32, rows, line int) (largest int) {
	return active.wholeBytes(dst, x, rows, line)
}

func wholeBytesGeneric(dst []uint8, x []float32, rows, line int) (largest int) {
	n := len(x) / rows
	for i, v := range x {
		if !(v >= 0 && v <= 255) || v != float32(uint8(v)) {
			return -1
		}
		dst[i/n*line+i%n] = uint8(v)
		largest = max(largest, int(v))
	}
	return largest
}
