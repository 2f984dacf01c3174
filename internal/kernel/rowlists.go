package kernel

import (
	"cmp"
	"math/bits"
)

// RowLists lists the active inputs of one image for the forward pass of a convolution: for each block of input channels and
// each row, the inputs that are not zero, ordered by column. An entry is column*block + channel, the channel counted within the
// block and the column from the zero padding left of the image, which is Border columns wide. The entries of column x
// of a row are Index[s[x]:s[x+1]] with s the row's starts.
type RowLists struct {
	Border int       // columns of padding on each side of the image: half the kernel's width; set by the caller
	Most   int       // input channels of a block at most; 0: BlockIn; set by the caller
	Block  int       // input channels of a block; the last may have fewer
	Index  []uint32  // entries, and room for a vector
	Value  []float32 // the input of each entry, for reals; spikes are all 1
	Count  []int16   // the same in units, after MakeCounts

	height, width int
	starts        []int32 // [blocks][height][width+2*Border+1]
}

// Pitch is the number of starts of a row: one for each column, padding included, and the end of the last.
func (l *RowLists) Pitch() int { return l.width + 2*l.Border + 1 }

// Starts returns the starts of a block from row y on.
func (l *RowLists) Starts(block, y int) []int32 {
	return l.starts[(block*l.height+y)*l.Pitch() : (block+1)*l.height*l.Pitch()]
}

// Entries is the number of entries.
func (l *RowLists) Entries() int {
	if len(l.starts) == 0 {
		return 0
	}
	return int(l.starts[len(l.starts)-1])
}

// reset makes room for an image of the given size; channels are real ones, not padded.
func (l *RowLists) reset(height, width, channels int) (blocks int) {
	l.Block = min(channels, cmp.Or(l.Most, BlockIn))
	l.height, l.width = height, width
	blocks = (channels + l.Block - 1) / l.Block
	l.starts = grow(l.starts, blocks*height*l.Pitch())
	l.Index = grow(l.Index, height*width*Pad(channels)+Lanes)
	return blocks
}

// Spikes lists the spikes s [height][width][C/16] of an image with the given number of channels.
func (l *RowLists) Spikes(s []uint16, height, width, channels int) {
	words := Pad(channels) / Lanes
	n := 0
	for block := range l.reset(height, width, channels) {
		first := block * l.Block / Lanes
		count := min(words-first, (l.Block+Lanes-1)/Lanes)
		for y := range height {
			starts := l.Starts(block, y)
			l.pad(starts, n)
			n = active.listSpikes(l.Index, n, starts[l.Border:], s[y*width*words+first:], width, words, count, l.Border*l.Block, l.Block)
			l.pad(starts[width+l.Border:], n)
		}
	}
}

// listSpikesGeneric lists a row of pixels of count words each that lie pitch words apart, from entry n on, the first pixel's channels being
// numbered from base, the others' block more each. It returns the number of entries. It may write Lanes entries more.
func listSpikesGeneric(index []uint32, n int, starts []int32, s []uint16, width, pitch, count, base, block int) int {
	for x := range width {
		starts[x] = int32(n)
		for i, word := range s[x*pitch : x*pitch+count] {
			for ; word != 0; word &= word - 1 {
				index[n] = uint32(base + x*block + i*Lanes + bits.TrailingZeros16(word))
				n++
			}
		}
	}
	return n
}

// Reals lists the values x [height][width][stride] of an image with the given number of channels; stride is the distance of two
// pixels.
func (l *RowLists) Reals(x []float32, height, width, channels, stride int) {
	blocks := l.reset(height, width, channels)
	l.Value = grow(l.Value, len(l.Index))
	list := listRealsGeneric
	if stride%Lanes == 0 {
		list = active.listReals
	}
	n := 0
	for block := range blocks {
		from := block * l.Block
		count := min(l.Block, channels-from)
		for y := range height {
			starts := l.Starts(block, y)
			l.pad(starts, n)
			n = list(l.Index, l.Value, n, starts[l.Border:], x[y*width*stride+from:], width, stride, count, l.Border*l.Block, l.Block)
			l.pad(starts[width+l.Border:], n)
		}
	}
}

// listRealsGeneric is listSpikesGeneric for pixels of count values. Where pitch is a whole number of vectors, the
// values behind them to a whole vector must be zeros.
func listRealsGeneric(index []uint32, value []float32, n int, starts []int32, x []float32, width, pitch, count, base, block int) int {
	for p := range width {
		starts[p] = int32(n)
		for c, v := range x[p*pitch : p*pitch+count] {
			if v != 0 {
				index[n], value[n] = uint32(base+p*block+c), v
				n++
			}
		}
	}
	return n
}

// MakeCounts says how many units the values of Reals are, which must be whole multiples of it.
func (l *RowLists) MakeCounts(unit float32) {
	l.Count = grow(l.Count, len(l.Index))
	for i, v := range l.Value[:l.Entries()] {
		l.Count[i] = int16(v/unit + 0.5)
	}
}

// pad writes the starts of the columns of padding on one side, and the start that follows.
func (l *RowLists) pad(starts []int32, n int) {
	for x := range l.Border + 1 {
		starts[x] = int32(n)
	}
}

// grow returns a slice of n elements, s itself where it is large enough. What it holds is not defined.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
