package kernel

import "math/bits"

// Scatter is a convolution of 3x3 taps, stride 1 and padding 1 that adds the weights of each active
// input to the nine outputs that see it. The active inputs of some rows are listed one after the
// other. The list is not sorted, and no loop has a length that a CPU would have to predict. Each
// sum is added up in the order of kernel rows, columns and channels, which is the order of the
// window kernels, so the results have the same bits.
//
// An input at the border also adds to sums beside the image, which belong to no output, so that no
// loop tests for the border. There must be a row of such sums above the first and below the last
// listed row, at least one between rows, and one before all.
type Scatter struct {
	Width    int // pixels of a row of the image
	Pitch    int // pixels from a row of sums to the next, more than Width
	Channels int // input channels of a block of weights, at most [ScatterIn]
	Out      int // output channels: of float32s 8, 16, 32 or 64, of integers 16, 32 or 64
}

// ScatterIn is the largest number of input channels that are listed together.
const ScatterIn = 64

// Active lists the active inputs of some rows of an image, ordered by row, column and channel.
type Active struct {
	Entries []uint32  // (row*Pitch + column)*ScatterIn + channel
	Values  []float32 // the value of each entry, for reals; spikes are all 1
	Counts  []int16   // the values in whole multiples of a unit, as Count writes them
}

// AddSpikes lists the active inputs of rows of spikes. A pixel has the given number of words, and
// begins pitch words after the pixel before it; spikes begins with the first word of the first
// pixel.
func (s Scatter) AddSpikes(l *Active, spikes []uint16, rows, words, pitch int) {
	l.Entries = grow(l.Entries, (rows*s.Width*words+1)*Lanes)
	l.Entries = l.Entries[:active.activeSpikes(l.Entries, spikes, s, rows, words, pitch)]
}

// AddReals lists the nonzero inputs of rows of reals. A pixel has the given number of channels, and
// begins pitch values after the pixel before it. If the pitch is larger than the number of
// channels, zeros follow the channels up to a whole vector.
func (s Scatter) AddReals(l *Active, x []float32, rows, channels, pitch int) {
	room := rows*s.Width*Pad(channels) + Lanes
	l.Entries, l.Values = grow(l.Entries, room), grow(l.Values, room)
	n := active.activeReals(l.Entries, l.Values, x, s, rows, channels, pitch)
	l.Entries, l.Values = l.Entries[:n], l.Values[:n]
}

// Count writes the listed values to Counts as whole multiples of unit.
func (l *Active) Count(unit float32) {
	l.Counts = grow(l.Counts, cap(l.Values))[:len(l.Values)]
	for i, v := range l.Values {
		l.Counts[i] = int16(v/unit + 0.5)
	}
}

// Spikes adds the weights w [3][3][Channels][Out] of the listed inputs to the sums of the nine
// pixels around each of them. at is the index of the sums of the first pixel of the first listed
// row.
func (s Scatter) Spikes(sums []float32, at int, w []float32, l *Active) {
	active.scatterSpikes(s, sums, at, w, l.Entries)
}

// Reals adds the weights of the listed inputs, times their values, to the sums as Spikes does.
func (s Scatter) Reals(sums []float32, at int, w []float32, l *Active) {
	active.scatterReals(s, sums, at, w, l.Entries, l.Values)
}

// ScatterSpikes16 is Scatter.Spikes with sums of 16 bits, which saturate.
func ScatterSpikes16[W Integer](s Scatter, sums []int16, at int, w []W, l *Active) {
	switch w := any(w).(type) {
	case []int8:
		active.scatterSpikes8(s, sums, at, w, l.Entries)
	case []int16:
		active.scatterSpikes16(s, sums, at, w, l.Entries)
	}
}

// ScatterCounts16 is ScatterSpikes16 with the weights times the counts of the inputs. A product
// must fit into 16 bits.
func ScatterCounts16[W Integer](s Scatter, sums []int16, at int, w []W, l *Active) {
	switch w := any(w).(type) {
	case []int8:
		active.scatterCounts8(s, sums, at, w, l.Entries, l.Counts)
	case []int16:
		active.scatterCounts16(s, sums, at, w, l.Entries, l.Counts)
	}
}

// activeSpikesGeneric returns the number of entries. It may write up to Lanes entries behind them.
func activeSpikesGeneric(entries []uint32, spikes []uint16, s Scatter, rows, words,
	pitch int) (n int) {

	for p := range rows * s.Width {
		first := uint32(p/s.Width*s.Pitch+p%s.Width) * ScatterIn
		for i, word := range spikes[p*pitch:][:words] {
			for ; word != 0; word &= word - 1 {
				entries[n] = first + uint32(i*Lanes+bits.TrailingZeros16(word))
				n++
			}
		}
	}
	return n
}

// activeRealsGeneric returns the number of entries. It may write up to Lanes entries and values
// behind them.
func activeRealsGeneric(entries []uint32, values, x []float32, s Scatter, rows, channels,
	pitch int) (n int) {

	for p := range rows * s.Width {
		first := uint32(p/s.Width*s.Pitch+p%s.Width) * ScatterIn
		for c, v := range x[p*pitch:][:channels] {
			if v != 0 {
				entries[n], values[n] = first+uint32(c), v
				n++
			}
		}
	}
	return n
}

// each calls f for each output that sees an entry: with the number of the entry, and the indexes of
// the sums and of the weights.
func (s Scatter) each(entries []uint32, at int, f func(i, sum, weight int)) {
	for i, e := range entries {
		p, c := at+int(e/ScatterIn)*s.Out, int(e%ScatterIn)
		for ky := range 3 {
			for kx := range 3 {
				f(i, p+((1-ky)*s.Pitch+1-kx)*s.Out, ((ky*3+kx)*s.Channels+c)*s.Out)
			}
		}
	}
}

func scatterSpikesGeneric(s Scatter, sums []float32, at int, w []float32, entries []uint32) {
	s.each(entries, at, func(_, sum, weight int) {
		sums := sums[sum:][:s.Out]
		for o, v := range w[weight:][:s.Out] {
			sums[o] += v
		}
	})
}

func scatterRealsGeneric(s Scatter, sums []float32, at int, w []float32, entries []uint32,
	values []float32) {

	s.each(entries, at, func(i, sum, weight int) {
		sums := sums[sum:][:s.Out]
		for o, v := range w[weight:][:s.Out] {
			sums[o] += float32(values[i] * v)
		}
	})
}

func scatterSpikes16Generic[W Integer](s Scatter, sums []int16, at int, w []W, entries []uint32) {
	s.each(entries, at, func(_, sum, weight int) {
		sums := sums[sum:][:s.Out]
		for o, v := range w[weight:][:s.Out] {
			sums[o] = saturated(int32(sums[o]) + int32(v))
		}
	})
}

func scatterCounts16Generic[W Integer](s Scatter, sums []int16, at int, w []W, entries []uint32,
	counts []int16) {

	s.each(entries, at, func(i, sum, weight int) {
		sums := sums[sum:][:s.Out]
		for o, v := range w[weight:][:s.Out] {
			sums[o] = saturated(int32(sums[o]) + int32(counts[i]*int16(v)))
		}
	})
}
