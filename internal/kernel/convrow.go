package kernel

// A Row says which part of a convolution one call of a row kernel makes: one row of output pixels, one block of
// output channels, one block of input channels, one row of the kernel.
type Row struct {
	Pixels int // output pixels
	Pitch  int // distance of two output pixels in dst
	Width  int // output channels of the block: 16, 32 or 64
	Taps   int // width of the kernel: 3 or 1
	Step   int // stride of the convolution
	Block  int // input channels of the lists' blocks
}

// SpikeConvRow adds the weight rows of the active inputs to a row of output pixels:
//
//	for p := range r.Pixels {
//		for _, i := range index[starts[p*r.Step]:starts[p*r.Step+r.Taps]] {
//			dst[p*r.Pitch : +r.Width] += w[(i - p*r.Step*r.Block) * r.Width : +r.Width]
//		}
//	}
//
// starts begins at the column of the first tap of the first pixel. w is [taps][block][width].
//
// The entries of the list must fit the row and w.
func SpikeConvRow(r Row, dst, w []float32, index []uint32, starts []int32) {
	active.spikeConvRow(r, dst, w, index, starts)
}

func spikeConvRowGeneric(r Row, dst, w []float32, index []uint32, starts []int32) {
	for p := range r.Pixels {
		first := p * r.Step
		base := uint32(first * r.Block)
		list := index[starts[first]:starts[first+r.Taps]]
		acc := dst[p*r.Pitch : p*r.Pitch+r.Width]
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

// RealConvRow is SpikeConvRow for inputs that are not all 1: each weight row is multiplied by its value.
func RealConvRow(r Row, dst, w []float32, index []uint32, value []float32, starts []int32) {
	active.realConvRow(r, dst, w, index, value, starts)
}

func realConvRowGeneric(r Row, dst, w []float32, index []uint32, value []float32, starts []int32) {
	for p := range r.Pixels {
		first := p * r.Step
		base := uint32(first * r.Block)
		from, to := starts[first], starts[first+r.Taps]
		list, values := index[from:to], value[from:to]
		acc := dst[p*r.Pitch : p*r.Pitch+r.Width]
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
