package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// words are rows of random spikes as TableConv reads them.
func (g *source) words(rows, W, channels int) []uint16 {
	s := make([]uint16, rows*(W+TablePad)+1)
	density := []float64{0, 0.1, 0.5, 1}[g.IntN(4)]
	for p := range rows * W {
		for c := range channels {
			if g.Float64() < density {
				s[p/W*(W+TablePad)+1+p%W] |= 1 << c
			}
		}
	}
	return s
}

func TestTableConv(t *testing.T) {
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		rows, W, channels, width, fresh := 1+g.IntN(5), 1+g.IntN(20), 1+g.IntN(16),
			[]int{16, 32, 64}[g.IntN(3)], g.IntN(2) == 0
		s, most := g.words(rows, W, channels), 1+g.IntN(5000) // so that some sums stay at an end
		tables, dst := integers[int16](g, TableRows*width, most),
			integers[int16](g, rows*W*width+guards, 1<<15-1)
		want := slices.Clone(dst)
		v.tableConv(dst[:rows*W*width], tables, s, rows, W, width, fresh)
		tableConvGeneric(want, tables, s, rows, W, width, fresh)
		if !slices.Equal(dst, want) {
			t.Fatalf("%dx%d, %d to %d channels: %v, want %v", rows, W, channels, width, dst, want)
		}
	})
}

// TestTableConvIsAConvolution compares the plain kernel, on tables of random weights, with the sum
// that it stands for.
func TestTableConvIsAConvolution(t *testing.T) {
	g := &source{rand.New(rand.NewPCG(1, 2)), nil}
	for range 200 {
		rows, W, channels, width := 1+g.IntN(4), 1+g.IntN(8), 1+g.IntN(16), 16
		s, w := g.words(rows, W, channels), integers[int8](g, 3*channels*width, 127)
		tables := make([]int16, TableRows*width)
		Tabulate(tables, w, channels, width)
		got := integers[int16](g, rows*W*width, 1000)
		want := slices.Clone(got)
		tableConvGeneric(got, tables, s, rows, W, width, false)
		for i := range want {
			y, x, o := i/width/W, i/width%W, i%width
			for column := range 3 {
				for c := range channels {
					if s[y*(W+TablePad)+x+column]>>c&1 != 0 {
						want[i] += int16(w[(column*channels+c)*width+o])
					}
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%dx%d, %d channels: got %v, want %v", rows, W, channels, got, want)
		}
	}
}
