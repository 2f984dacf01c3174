package kernel

import (
	"bytes"
	"math"
	"slices"
	"testing"
)

// guardedBytes are n bytes with others behind them that nobody may change.
func guardedBytes(g *source, n int, most int) []uint8 {
	all := make([]uint8, n+guards)
	for i := range all {
		all[i] = uint8(g.IntN(most + 1))
	}
	return all
}

func TestDots(t *testing.T) {
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		outputs := []int{16, 32, 64}[g.IntN(3)]
		channels, kx, most := 1+g.IntN(20), 1+g.IntN(4), 1+g.IntN(4)
		d := Dots{
			Rows: 1 + g.IntN(4), Width: 1 + g.IntN(30), Planes: 1 + g.IntN(3), Taps: 1 + g.IntN(4),
			Groups: (kx*channels + DotGroup - 1) / DotGroup, Pixel: channels * (1 + g.IntN(2)),
		}
		d.Line = (d.Width-1)*d.Pixel + kx*channels + g.IntN(5)
		d.Row = d.Line * (1 + g.IntN(2))
		d.Plane = d.Line*d.Taps + g.IntN(100)
		x := guardedBytes(g, d.Reads(), most)
		inputs := d.Planes * d.Taps * d.Groups * DotGroup
		w := integers[int8](g, inputs*outputs, min(127, (1<<15-1)/(inputs*most)))
		scale := g.floats(outputs)
		dst := g.floats(d.Rows * d.Width * outputs)
		want := g.copied(dst)
		v.dots(d, dst, x[:d.Reads()], w, scale)
		dotsGeneric(d, want, x, w, scale)
		if !slices.Equal(dst, want) {
			t.Fatalf("%+v to %d outputs: %v, want %v", d, outputs, dst, want)
		}
	})
}

func TestSpikeBytes(t *testing.T) {
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		pixels, words := 1+g.IntN(40), 1+g.IntN(4)
		channels := (words-1)*Lanes + 1 + g.IntN(Lanes)
		s := g.words(pixels, words, channels)[:0]
		for range pixels * words {
			s = append(s, uint16(g.Uint32()))
		}
		for p := range pixels { // channels that there are not have no spikes
			s[p*words+words-1] &= 1<<(channels-(words-1)*Lanes) - 1
		}
		pitch := channels + g.IntN(words*Lanes-channels+1)
		size := pixels * pitch
		dst := guardedBytes(g, size+ByteRoom, 255)
		want := bytes.Clone(dst)
		v.spikeBytes(dst, s, words, pitch)
		spikeBytesGeneric(want, s, words, pitch)
		behind := size + ByteRoom
		if !bytes.Equal(dst[:size], want[:size]) || !bytes.Equal(dst[behind:], want[behind:]) {
			t.Fatalf("%d pixels of %d words, pitch %d: %v, want %v", pixels, words, pitch, dst,
				want)
		}
	})
}

func TestCountBytes(t *testing.T) {
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		pixels, size := 1+g.IntN(10), 1+g.IntN(80)
		channels := size
		if g.IntN(2) == 0 {
			size = Pad(size)
		}
		unit := []float32{1, 0.25, 1. / 3, 0.1}[g.IntN(4)]
		x := g.floats(pixels * size)
		for i := range x {
			if x[i] = 0; i%size < channels {
				x[i] = float32(g.IntN(256)) * unit
			}
		}
		pitch := channels + g.IntN(size-channels+1)
		room := pixels * pitch
		dst := guardedBytes(g, room+ByteRoom, 255)
		want := bytes.Clone(dst)
		v.countBytes(dst, x, 1/unit, pixels, pitch)
		countBytesGeneric(want, x, 1/unit, pixels, pitch)
		behind := room + ByteRoom
		if !bytes.Equal(dst[:room], want[:room]) || !bytes.Equal(dst[behind:], want[behind:]) {
			t.Fatalf("%d pixels of %d, pitch %d: %v, want %v", pixels, size, pitch, dst, want)
		}
	})
}

func TestWholeBytes(t *testing.T) {
	fast(t, 600, func(t *testing.T, v variant, g *source) {
		rows, n := 1+g.IntN(4), 1+g.IntN(60)
		line := n + g.IntN(9)
		x := g.floats(rows * n)
		most := g.IntN(256)
		for i := range x {
			x[i] = float32(g.IntN(most + 1))
		}
		if g.IntN(2) == 0 {
			odd := []float64{0.5, -1, 256, 1e9, -0.25, 254.9999, 1e-30, math.NaN(), math.Inf(1)}
			x[g.IntN(len(x))] = float32(odd[g.IntN(len(odd))])
		}
		dst := guardedBytes(g, rows*line, 255)
		want := bytes.Clone(dst)
		got := v.wholeBytes(dst[:rows*line], x, rows, line)
		if largest := wholeBytesGeneric(want, x, rows, line); got != largest {
			t.Fatalf("%v: the largest is %d, want %d", x, got, largest)
		}
		if got >= 0 && !bytes.Equal(dst, want) {
			t.Fatalf("%v: %v, want %v", x, dst, want)
		}
	})
}
