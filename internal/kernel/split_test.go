package kernel

import (
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	fast(t, 200, func(t *testing.T, v variant, g *source) {
		n := g.IntN(100)
		pairs := g.pixelWords(2 * n)
		if g.IntN(2) == 0 {
			for i := range pairs {
				pairs[i] &= 255
			}
			if n > 0 && g.IntN(2) == 0 {
				pairs[g.IntN(2*n)] = 256
			}
		}
		floats := [4][]float32{g.floats(n + guards), g.floats(n + guards)}
		words := [4][]uint16{g.pixelWords(n), g.pixelWords(n)}
		var bytes [4][]byte
		for i := range 2 {
			floats[2+i], words[2+i] = slices.Clone(floats[i]), slices.Clone(words[i])
			for _, w := range words[i] {
				bytes[i] = append(bytes[i], byte(w))
			}
			bytes[2+i] = slices.Clone(bytes[i])
		}
		v.splitFloats(floats[0][:n], floats[1][:n], pairs)
		splitFloatsGeneric(floats[2][:n], floats[3][:n], pairs)
		v.splitWords(words[0][:n], words[1][:n], pairs)
		splitWordsGeneric(words[2][:n], words[3][:n], pairs)
		fit := v.splitBytes(bytes[0][:n], bytes[1][:n], pairs)
		fits := splitBytesGeneric(bytes[2][:n], bytes[3][:n], pairs)
		for i := range 2 {
			if !slices.Equal(floats[i], floats[2+i]) || !slices.Equal(words[i], words[2+i]) {
				t.Fatalf("%d pairs %v: got %v %v, want %v %v", n, pairs, floats[i], words[i],
					floats[2+i], words[2+i])
			}
			if fit != fits || fits && !slices.Equal(bytes[i], bytes[2+i]) {
				t.Fatalf("%d pairs %v: got %v %v, want %v %v", n, pairs, bytes[i], fit, bytes[2+i],
					fits)
			}
		}
	})
}

// TestSplitLong compares long planes, which begin at a vector, as large arrays do, or beside one.
func TestSplitLong(t *testing.T) {
	fast(t, 4, func(t *testing.T, v variant, g *source) {
		from, n := g.IntN(2), 1<<16+g.IntN(40)
		pairs := g.pixelWords(2 * n)
		var got, want [2][]float32
		for i := range 2 {
			got[i], want[i] = make([]float32, n+guards), make([]float32, n+guards)
		}
		v.splitFloats(got[0][from:][:n], got[1][from:][:n], pairs)
		splitFloatsGeneric(want[0][from:][:n], want[1][from:][:n], pairs)
		for i := range 2 {
			if !slices.Equal(got[i], want[i]) {
				t.Fatalf("plane %d of %d pairs from %d on is another", i, n, from)
			}
		}
	})
}
