package kernel

import "math/bits"

// ChannelLists lists, for each of a few input channels, the pixels at which a group of images is
// active. The weight gradient of a convolution is the sum of the output gradients at these pixels.
// An entry is the number of the pixel in the padded output gradients.
type ChannelLists struct {
	positions []uint32
	values    []float32
	count     []int32
	room      int // entries that a channel has room for
}

// Reset empties the lists and makes room for n positions of each of the given number of channels.
func (l *ChannelLists) Reset(channels, n int) {
	l.room = n
	l.count = grow(l.count, channels)
	clear(l.count)
	l.positions = grow(l.positions, channels*n)
	l.values = grow(l.values, channels*n)
}

// Channel returns the positions at which a channel is active, and its values there if they came
// from Reals.
func (l *ChannelLists) Channel(c int) (positions []uint32, values []float32) {
	from, n := c*l.room, int(l.count[c])
	return l.positions[from : from+n], l.values[from : from+n]
}

// Entries is the number of entries of all channels.
func (l *ChannelLists) Entries() (n int) {
	for _, c := range l.count {
		n += int(c)
	}
	return n
}

// Grid numbers the pixels of an image in the padded output gradients: pixel (y, x) is Base + y*Row
// + x.
type Grid struct{ Base, Row int }

// Spikes adds the spikes s [height][width][words] of the channels from to to-1, which must lie in
// one word.
func (l *ChannelLists) Spikes(s []uint16, height, width, words, from, to int, g Grid) {
	first := from &^ (Lanes - 1)
	mask := uint16(1<<(to-first) - 1<<(from-first))
	for y := range height {
		at := y*width*words + from/Lanes
		position := uint32(g.Base + y*g.Row)
		for range width {
			for word := s[at] & mask; word != 0; word &= word - 1 {
				c := first + bits.TrailingZeros16(word)
				l.positions[c*l.room+int(l.count[c])] = position
				l.count[c]++
			}
			at += words
			position++
		}
	}
}

// Reals adds the values that are not zero of x [height][width][stride], channels from to to-1.
func (l *ChannelLists) Reals(x []float32, height, width, stride, from, to int, g Grid) {
	for y := range height {
		at := y * width * stride
		position := uint32(g.Base + y*g.Row)
		for range width {
			for c, v := range x[at+from : at+to] {
				if v != 0 {
					c += from
					n := c*l.room + int(l.count[c])
					l.positions[n], l.values[n] = position, v
					l.count[c]++
				}
			}
			at += stride
			position++
		}
	}
}

// SumRows adds the rows at some positions to acc: for each position p it is
// acc += rows[p*len(acc):]. acc has 16, 32 or 64 elements.
func SumRows(acc, rows []float32, positions []uint32) { active.sumRows(acc, rows, positions) }

func sumRowsGeneric(acc, rows []float32, positions []uint32) {
	for lane := 0; lane < len(acc); lane += Lanes {
		sum := *(*[Lanes]float32)(acc[lane:])
		for _, p := range positions {
			row := (*[Lanes]float32)(rows[int(p)*len(acc)+lane:])
			for c := range sum {
				sum[c] += row[c]
			}
		}
		*(*[Lanes]float32)(acc[lane:]) = sum
	}
}

// SumScaledRows adds the rows at some positions to acc, each times its value: for the i-th position
// p it is acc += values[i] * rows[p*len(acc):]. acc has 16, 32 or 64 elements.
func SumScaledRows(acc, rows []float32, positions []uint32, values []float32) {
	active.sumScaledRows(acc, rows, positions, values)
}

func sumScaledRowsGeneric(acc, rows []float32, positions []uint32, values []float32) {
	for lane := 0; lane < len(acc); lane += Lanes {
		sum := *(*[Lanes]float32)(acc[lane:])
		for i, p := range positions {
			row := (*[Lanes]float32)(rows[int(p)*len(acc)+lane:])
			v := values[i]
			for c := range sum {
				sum[c] += float32(v * row[c])
			}
		}
		*(*[Lanes]float32)(acc[lane:]) = sum
	}
}
