package kernel

// A convolution of 3x3 taps, stride 1 and padding 1, over spikes of at most 16 channels, with
// integer weights, can look its sums up in tables. The spikes of a pixel are one word, and each
// four bits of the word select one of the 16 sums of the four weight rows. An output then takes 12
// additions for each row of the kernel, whatever the number of spikes among its 48 inputs, and
// nothing is listed, sorted or predicted. (Sums of floats would be rounded differently than sums by
// lists.)

// TableRows is the number of rows in the tables of one row of the kernel: [3 columns][4 groups of
// channels][16 sums].
const TableRows = 3 * 4 * 16

// TablePad is the number of zero words between the rows of spikes for TableConv. The word of a
// pixel is the second word of its window.
const TablePad = 3

// Tabulate writes the sums of each group of four rows of w, [3][channels][width], to tables
// [TableRows][width]. Sum i is the sum of the rows whose bits are set in i. channels is at most 16.
func Tabulate[W Integer](tables []int16, w []W, channels, width int) {
	clear(tables[:TableRows*width])
	for column := range 3 {
		for c := range channels {
			sums := tables[(column*4+c/4)*16*width:][:16*width]
			row := w[(column*channels+c)*width:][:width]
			bit := 1 << (c % 4)
			for i := bit; i < 2*bit; i++ {
				sum, without := sums[i*width:][:width], sums[(i-bit)*width:][:width]
				for o, weight := range row {
					sum[o] = saturated(int32(without[o]) + int32(weight))
				}
			}
		}
	}
}

// TableConv adds to dst [rows][W][width] the sums of one row of the kernel over the spikes s,
// [rows][W+TablePad], or writes the sums if fresh is true. The window of a pixel is the three words
// of s from the index of the pixel on. tables are written by Tabulate, and sums saturate. TableConv
// reads one word of s behind the last window.
func TableConv(dst, tables []int16, s []uint16, rows, W, width int, fresh bool) {
	active.tableConv(dst, tables, s, rows, W, width, fresh)
}

func tableConvGeneric(dst, tables []int16, s []uint16, rows, W, width int, fresh bool) {
	for p := range rows * W {
		acc := dst[p*width:][:width]
		if fresh {
			clear(acc)
		}
		for column, word := range s[p/W*(W+TablePad)+p%W:][:3] {
			for group := range 4 {
				i := (column*4+group)*16 + int(word>>(4*group)&15)
				for o, v := range tables[i*width:][:width] {
					acc[o] = saturated(int32(acc[o]) + int32(v))
				}
			}
		}
	}
}
