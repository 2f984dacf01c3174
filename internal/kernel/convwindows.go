package kernel

import "unsafe"

// Fetch prefetches the weights w for the window kernels that follow, which read them in an order
// that a CPU cannot predict.
func Fetch[W float32 | Integer](w []W) { active.fetch(Bytes(w)) }

func fetchGeneric([]byte) {}

// Bytes returns the memory of the weights w.
func Bytes[W float32 | Integer](w []W) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w))),
		len(w)*int(unsafe.Sizeof(*new(W))))
}

// Pass is one call of a window kernel. It covers the windows of one block of input channels, row Ky
// of the kernel, one segment of it and one band, and adds into a block of Width output channels:
// 16, 32 or 64.
type Pass struct {
	Lists    *RowLists
	Windows  *Windows
	Band, Ky int
	Segment  int
	Width    int
	Ahead    []byte // weights that the next call needs; they are prefetched meanwhile
}

// each calls f for each window of the pass, with its pixel in dst, the range from to to of its
// entries, and take, which is subtracted from each entry.
func (p Pass) each(f func(pixel int, take uint8, from, to uint32)) {
	part := p.Windows.part(p)
	for _, c := range p.Windows.classes[part.first:][:part.count] {
		for _, w := range p.Windows.all[c.first:][:c.count] {
			f(int(w.pixel>>8)+part.offset, uint8(w.pixel), w.start, w.start+c.entries)
		}
	}
}

// outputs is the number of sums that the pass may write, and weights is the number of weights that
// it may read.
func (p Pass) outputs() int { return p.Windows.pixels[p.Band] * p.Width }
func (p Pass) weights() int {
	return p.Windows.bands.Across.Segment(p.Segment, p.Windows.block).Taps * p.Windows.block *
		p.Width
}

// part returns the windows of w that the pass covers.
func (w *Windows) part(p Pass) part {
	segments := len(w.parts) / (len(w.pixels) * w.bands.Down.Taps)
	return w.parts[(p.Band*segments+p.Segment)*w.bands.Down.Taps+p.Ky]
}

// SpikeConv adds to each pixel of dst the rows of weights that belong to its active inputs. For
// each of them it is
//
//	dst[pixel*width : +width] += w[row*width : +width]
//
// dst is [images][rows][W][width], with images apart as the Bands say, and w is
// [taps][block][width]. The sums are made in the order of the entries.
func SpikeConv(p Pass, dst, w []float32) { active.spikeConv(p, dst, w) }

func spikeConvGeneric(p Pass, dst, w []float32) {
	p.each(func(pixel int, take uint8, from, to uint32) {
		acc := dst[pixel*p.Width:][:p.Width]
		for lane := 0; lane < p.Width; lane += Lanes {
			sum := *(*[Lanes]float32)(acc[lane:])
			for _, i := range p.Lists.Index[from:to] {
				row := (*[Lanes]float32)(w[int(i-take)*p.Width+lane:])
				for c := range sum {
					sum[c] += row[c]
				}
			}
			*(*[Lanes]float32)(acc[lane:]) = sum
		}
	})
}

// RealConv is SpikeConv for inputs that are not all 1: each weight row is multiplied by its input.
func RealConv(p Pass, dst, w []float32) { active.realConv(p, dst, w) }

func realConvGeneric(p Pass, dst, w []float32) {
	p.each(func(pixel int, take uint8, from, to uint32) {
		acc := dst[pixel*p.Width:][:p.Width]
		values := p.Lists.Value[from:to]
		for lane := 0; lane < p.Width; lane += Lanes {
			sum := *(*[Lanes]float32)(acc[lane:])
			for j, i := range p.Lists.Index[from:to] {
				row, v := (*[Lanes]float32)(w[int(i-take)*p.Width+lane:]), values[j]
				for c := range sum {
					sum[c] += float32(v * row[c])
				}
			}
			*(*[Lanes]float32)(acc[lane:]) = sum
		}
	})
}
