package kernel

// A convolution of few channels, or of inputs of which many are active, can be computed on bytes
// without a test which of them are zero: four inputs at a time are multiplied by four weights and
// added to a sum, for 16 outputs at once. Nothing is listed or sorted, and the time does not depend
// on the number of active inputs.

// Dots is the geometry of such a convolution over planes of bytes, [planes][..][channels]uint8,
// each with its border of zeros. A plane is an image; the planes are summed as if they were the
// channels of one image. The taps of a row of the kernel lie side by side in a plane: their inputs
// are one run of bytes, which is read in groups of [DotGroup].
type Dots struct {
	Rows, Width int // size of the output, in pixels
	Planes      int // number of planes of the input
	Taps        int // rows of the kernel
	Groups      int // groups of inputs of a row of the kernel, in a plane
	Pixel, Row  int // bytes from an output's first input to that of the next output, or row
	Line        int // bytes from a row of the kernel to the next
	Plane       int // bytes from a plane to the next
}

// DotGroup is the number of inputs that are multiplied at a time. The last group of a run may reach
// beyond the run: then it has weights of 0 for the bytes that follow.
const DotGroup = 4

// Reads is the number of bytes of x that Run reads.
func (d Dots) Reads() int {
	return (d.Rows-1)*d.Row + (d.Width-1)*d.Pixel + (d.Planes-1)*d.Plane + (d.Taps-1)*d.Line +
		d.Groups*DotGroup
}

// Run writes to dst [Rows][Width][outputs] the sums of the inputs times the weights w
// [Planes][Taps][Groups][outputs][DotGroup], each multiplied by scale[o] of its output o. The
// number of outputs is len(scale): 16, 32 or 64. No partial sum of the products of an output may be
// larger than [DotsReach].
func (d Dots) Run(dst []float32, x []uint8, w []int8, scale []float32) {
	active.dots(d, dst, x, w, scale)
}

// DotsReach is the largest sum that Dots.Run can hold on this CPU, or 0 if other kernels are
// faster. It is at most 1<<24, up to which float32s are exact.
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

// ByteRoom is the number of bytes that a row of bytes must have room for behind its pixels.
const ByteRoom = Lanes

// SpikeBytes writes the spikes of pixels to dst as bytes of 0 and 1. Each pixel has the given
// number of words of spikes. Its bytes begin pitch bytes after those of the pixel before it, and
// are as many as its spikes but at most pitch. Up to [ByteRoom] bytes behind the last pixel are
// overwritten.
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

// CountBytes writes x times a factor, rounded to whole numbers of 0 to 255, to dst as bytes. x has
// n pixels of len(x)/n values. The bytes of a pixel begin pitch bytes after those of the pixel
// before it, and are as many as its values but at most pitch. Up to [ByteRoom] bytes behind the
// last pixel are overwritten.
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

// WholeBytes writes rows of x to dst as bytes, line bytes from row to row, and returns the largest
// value. If a value is not a whole number of 0 to 255, it returns -1 and the contents of dst are
// undefined.
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
