package kernel

// A convolution of 3x3 taps, stride 1 and padding 1 over spikes of at most 16 channels, with weights of whole numbers, can look its sums up: the spikes of a pixel
// are one word, and each four bits of it choose one of the 16 sums that four weight rows can make. An output so takes 12 additions a row of the
// kernel, however many of its 48 inputs spike, and nothing is listed, ordered or foreseen. (Floats would be rounded otherwise than by lists.)

// TableRows is the number of rows of the tables of a row of the kernel: [3 columns][4 groups of channels][16 sums].
const TableRows = 3 * 4 * 16

// TablePad is the number of words of zeros between the rows of spikes for TableConv: a pixel's word is the second of those that its window begins with.
const TablePad = 3

// Tabulate writes the sums of each group of four rows of w, [3][channels][width], to tables [TableRows][width]: sum i is of the rows whose bits are set in i. channels
// is at most 16.
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

// TableConv adds to dst [rows][W][width], or with fresh writes to it, what one row of the kernel makes of the spikes s, [rows][W+TablePad]: a pixel's
// window are the words from its own place on, three of them. Tables are those of Tabulate, and sums stay at the ends of their range. It reads a word more.
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
