package kernel

import (
	"cmp"
	"math/bits"
)

// RowLists lists the active inputs of the images of a sample for the forward pass of a convolution.
// For each image, block of input channels and row, it lists the inputs that are not zero, ordered
// by column. An entry is column*block + channel in 8 bits, modulo 256. The channel is counted
// within the block, and the column from the left edge of the zero padding, which is Border columns
// wide. A row of the kernel covers fewer than 256 inputs at a time, so 8 bits tell them apart. The
// entries of column x of a row are Index[s[x]:s[x+1]], where s are the starts of the row.
type RowLists struct {
	// The caller sets these fields before Reset.
	Border int     // columns of padding on each side of the image
	Most   int     // largest number of input channels of a block; 0: BlockIn
	Reals  bool    // the inputs are not all 0 or 1
	Unit   float32 // the inputs are counted in whole multiples of Unit; 0: they are not

	Block int       // input channels of a block; the last may have fewer
	Index []uint8   // the entries of each block of an image, and room for a vector
	Value []float32 // the input of each entry if Reals is set; spikes are all 1
	Count []int16   // the input of each entry in units, if Unit is set

	images, height, width, channels int
	blocks                          int
	starts                          []uint32 // [images][blocks][height][width+2*Border+1]
}

// Reset makes room for images of the given size in pixels. channels is the number of channels
// without padding. Each block of each image must then be listed by AddSpikes or AddReals, in any
// order.
func (l *RowLists) Reset(images, height, width, channels int) {
	l.Block = min(channels, cmp.Or(l.Most, BlockIn))
	l.blocks = (channels + l.Block - 1) / l.Block
	l.images, l.height, l.width, l.channels = images, height, width, channels
	l.starts = grow(l.starts, images*l.blocks*height*l.pitch())
	l.Index = grow(l.Index, images*l.blocks*l.room())
	if l.Reals {
		l.Value = grow(l.Value, len(l.Index))
	}
	if l.Unit != 0 {
		l.Count = grow(l.Count, len(l.Index))
	}
}

// pitch is the number of starts of a row: one for each column, with the padding, and the end of the
// last column.
func (l *RowLists) pitch() int { return l.width + 2*l.Border + 1 }

// room is the number of entries that a block of an image has memory for.
func (l *RowLists) room() int { return l.height*l.width*Pad(l.Block) + Lanes }

// begin is the index of the first entry of a block of an image.
func (l *RowLists) begin(image, block int) int { return (image*l.blocks + block) * l.room() }

// row returns the starts of a row.
func (l *RowLists) row(image, block, y int) []uint32 {
	return l.starts[((image*l.blocks+block)*l.height+y)*l.pitch():][:l.pitch()]
}

// Entries is the number of entries of an image.
func (l *RowLists) Entries(image int) (n int) {
	for block := range l.blocks {
		if l.height > 0 {
			last := l.row(image, block, l.height-1)
			n += int(last[len(last)-1]) - l.begin(image, block)
		}
	}
	return n
}

// Clear empties the lists of an image.
func (l *RowLists) Clear(image int) {
	size := l.blocks * l.height * l.pitch()
	clear(l.starts[image*size:][:size])
}

// AddSpikes lists a block of the spikes s [height][width][C/16] of an image.
func (l *RowLists) AddSpikes(image, block int, s []uint16) {
	words := Pad(l.channels) / Lanes
	first := block * l.Block / Lanes
	count := min(words-first, (l.Block+Lanes-1)/Lanes)
	n := l.begin(image, block)
	for y := range l.height {
		starts := l.row(image, block, y)
		l.pad(starts, n)
		n = active.listSpikes(l.Index, n, starts[l.Border:], s[y*l.width*words+first:], l.width,
			words, count, l.Border*l.Block&255, l.Block)
		l.pad(starts[l.width+l.Border:], n)
	}
}

// listSpikesGeneric lists a row of pixels from entry n on. Each pixel has count words, and pixels
// are pitch words apart. The entries of the first pixel are numbered from base, those of each next
// pixel from block more. It returns the index behind the last entry, and may write up to Lanes
// entries behind it.
func listSpikesGeneric(index []uint8, n int, starts []uint32, s []uint16, width, pitch, count, base,
	block int) int {

	for x := range width {
		starts[x] = uint32(n)
		for i, word := range s[x*pitch : x*pitch+count] {
			for ; word != 0; word &= word - 1 {
				index[n] = uint8(base + x*block + i*Lanes + bits.TrailingZeros16(word))
				n++
			}
		}
	}
	return n
}

// AddReals lists a block of the values x [height][width][stride] of an image. stride is the number
// of elements from a pixel to the next.
func (l *RowLists) AddReals(image, block int, x []float32, stride int) {
	list := listRealsGeneric
	if stride%Lanes == 0 {
		list = active.listReals
	}
	from, n := block*l.Block, l.begin(image, block)
	count := min(l.Block, l.channels-from)
	for y := range l.height {
		starts := l.row(image, block, y)
		l.pad(starts, n)
		n = list(l.Index, l.Value, n, starts[l.Border:], x[y*l.width*stride+from:], l.width, stride,
			count, l.Border*l.Block&255, l.Block)
		l.pad(starts[l.width+l.Border:], n)
	}
	if l.Unit != 0 {
		for i := l.begin(image, block); i < n; i++ {
			l.Count[i] = int16(l.Value[i]/l.Unit + 0.5)
		}
	}
}

// listRealsGeneric is listSpikesGeneric for pixels of count values. If pitch is a whole number of
// vectors, the values behind them, up to a whole vector, must be zeros.
func listRealsGeneric(index []uint8, value []float32, n int, starts []uint32, x []float32, width,
	pitch, count, base, block int) int {

	for p := range width {
		starts[p] = uint32(n)
		for c, v := range x[p*pitch : p*pitch+count] {
			if v != 0 {
				index[n], value[n] = uint8(base+p*block+c), v
				n++
			}
		}
	}
	return n
}

// pad writes the starts of the columns of padding on one side, and the start that follows.
func (l *RowLists) pad(starts []uint32, n int) {
	for x := range l.Border + 1 {
		starts[x] = uint32(n)
	}
}

// grow returns a slice of n elements, which is s itself if s is large enough. Its contents are
// undefined.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
