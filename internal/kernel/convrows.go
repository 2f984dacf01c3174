package kernel

import "unsafe"

// Rows says which part of a convolution one call of a row kernel makes: some rows of output pixels, one block of output
// channels, one block of input channels, one row of the kernel.
type Rows struct {
	Rows, Pixels int // rows of output pixels, which follow each other in dst, and pixels of each
	Width        int // output channels of the block, and the distance of two pixels in dst: 16, 32 or 64
	Taps         int // width of the kernel: 3 or 1
	Step         int // stride of the convolution
	Block        int // input channels of the lists' blocks
	Pitch        int // distance of two rows in starts
}

// lastStart is the place in starts where the last list of the part ends.
func (r Rows) lastStart() int { return (r.Rows-1)*r.Pitch + (r.Pixels-1)*r.Step + r.Taps }

// Fetch asks for the weights w of the row kernels that follow, which read them in no order that a CPU foresees.
func Fetch[W float32 | Integer](w []W) {
	size := int(unsafe.Sizeof(w[0]))
	active.fetch(unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(w))), len(w)*size/4))
}

func fetchGeneric([]float32) {}

// SpikeConvRows adds the weight rows of the active inputs to rows of output pixels:
//
//	for y := range r.Rows {
//		for p := range r.Pixels {
//			row := starts[y*r.Pitch+p*r.Step:]
//			for _, i := range index[row[0]:row[r.Taps]] {
//				dst[(y*r.Pixels+p)*r.Width : +r.Width] += w[(i - p*r.Step*r.Block) * r.Width : +r.Width]
//			}
//		}
//	}
//
// starts begins at the column of the first tap of the first pixel. w is [taps][block][width].
//
// The entries of the list must fit the rows and w.
func SpikeConvRows(r Rows, dst, w []float32, index []uint32, starts []int32) {
	active.spikeConvRows(r, dst, w, index, starts)
}

func spikeConvRowsGeneric(r Rows, dst, w []float32, index []uint32, starts []int32) {
	for y := range r.Rows {
		for p := range r.Pixels {
			first := p * r.Step
			base := uint32(first * r.Block)
			row := starts[y*r.Pitch+first:]
			list := index[row[0]:row[r.Taps]]
			acc := dst[(y*r.Pixels+p)*r.Width:][:r.Width]
			for lane := 0; lane < r.Width; lane += Lanes {
				sum := *(*[Lanes]float32)(acc[lane:])
				for _, i := range list {
					row := (*[Lanes]float32)(w[int(i-base)*r.Width+lane:])
					for c := range sum {
						sum[c] += row[c]
					}
				}
				*(*[Lanes]float32)(acc[lane:]) = sum
			}
		}
	}
}

// RealConvRows is SpikeConvRows for inputs that are not all 1: each weight row is multiplied by its value.
func RealConvRows(r Rows, dst, w []float32, index []uint32, value []float32, starts []int32) {
	active.realConvRows(r, dst, w, index, value, starts)
}

func realConvRowsGeneric(r Rows, dst, w []float32, index []uint32, value []float32, starts []int32) {
	for y := range r.Rows {
		for p := range r.Pixels {
			first := p * r.Step
			base := uint32(first * r.Block)
			row := starts[y*r.Pitch+first:]
			list, values := index[row[0]:row[r.Taps]], value[row[0]:row[r.Taps]]
			acc := dst[(y*r.Pixels+p)*r.Width:][:r.Width]
			for lane := 0; lane < r.Width; lane += Lanes {
				sum := *(*[Lanes]float32)(acc[lane:])
				for j, i := range list {
					row := (*[Lanes]float32)(w[int(i-base)*r.Width+lane:])
					v := values[j]
					for c := range sum {
						sum[c] += float32(v * row[c])
					}
				}
				*(*[Lanes]float32)(acc[lane:]) = sum
			}
		}
	}
}
