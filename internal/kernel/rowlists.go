package kernel

import "math/bits"

// RowLists lists the active inputs of one image for the forward pass of a convolution: for each block of input channels and
// each row, the inputs that are not zero, ordered by column. An entry is column*block + channel, the channel counted within the
// block and the column from the zero padding left of the image, which is Border columns wide. The entries of column x
// of a row are Index[s[x]:s[x+1]] with s the row's starts, see Row.
type RowLists struct {
	Border int       // columns of padding on each side of the image: half the kernel's width; set by the caller
	Block  int       // input channels of a block; the last may have fewer
	Index  []uint32  // entries
	Value  []float32 // the input of each entry, for reals; spikes are all 1

	height, width int
	starts        []int32 // [blocks][height][width+2*Border+1]
}

// Row returns the starts of the columns of a row, padding included, and the end of the last.
func (l *RowLists) Row(block, y int) []int32 {
	n := l.width + 2*l.Border + 1
	at := (block*l.height + y) * n
	return l.starts[at : at+n]
}

// reset makes room for an image of the given size; channels are real ones, not padded.
func (l *RowLists) reset(height, width, channels int) (blocks int) {
	l.Block = min(channels, BlockIn)
	l.height, l.width = height, width
	blocks = (channels + l.Block - 1) / l.Block
	l.starts = grow(l.starts, blocks*height*(width+2*l.Border+1))
	l.Index = grow(l.Index, height*width*channels)
	return blocks
}

// Spikes lists the spikes s [height][width][C/16] of an image with the given number of channels.
func (l *RowLists) Spikes(s []uint16, height, width, channels int) {
	words := Pad(channels) / Lanes
	n := uint32(0)
	for block := range l.reset(height, width, channels) {
		first := block * l.Block / Lanes
		count := min(words-first, (l.Block+Lanes-1)/Lanes)
		for y := range height {
			starts := l.Row(block, y)
			l.pad(starts, int32(n))
			for x := range width {
				starts[x+l.Border] = int32(n)
				at := (y*width+x)*words + first
				base := uint32((x + l.Border) * l.Block)
				for i, word := range s[at : at+count] {
					for ; word != 0; word &= word - 1 {
						l.Index[n] = base + uint32(i*Lanes+bits.TrailingZeros16(word))
						n++
					}
				}
			}
			l.pad(starts[width+l.Border:], int32(n))
		}
	}
}

// Reals lists the values x [height][width][stride] of an image with the given number of channels; stride is the distance of two
// pixels.
func (l *RowLists) Reals(x []float32, height, width, channels, stride int) {
	blocks := l.reset(height, width, channels)
	l.Value = grow(l.Value, height*width*channels)
	n := 0
	for block := range blocks {
		from := block * l.Block
		to := min(from+l.Block, channels)
		for y := range height {
			starts := l.Row(block, y)
			l.pad(starts, int32(n))
			for col := range width {
				starts[col+l.Border] = int32(n)
				at := (y*width + col) * stride
				base := uint32((col + l.Border) * l.Block)
				for c, v := range x[at+from : at+to] {
					if v != 0 {
						l.Index[n], l.Value[n] = base+uint32(c), v
						n++
					}
				}
			}
			l.pad(starts[width+l.Border:], int32(n))
		}
	}
}

// pad writes the starts of the columns of padding on one side, and the start that follows.
func (l *RowLists) pad(starts []int32, n int32) {
	for x := range l.Border + 1 {
		starts[x] = n
	}
}

// grow returns a slice of n elements, s itself where it is large enough. What it holds is not defined.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
