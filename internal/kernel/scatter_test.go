package kernel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// scattering is a random Scatter of some rows.
func (g *source) scattering(least int) (s Scatter, rows, channels int) {
	channels = 1 + g.IntN(ScatterIn)
	if g.IntN(2) == 0 {
		channels = 1 + g.IntN(2)
	}
	s = Scatter{Width: 1 + g.IntN(40), Channels: channels, Out: []int{8, 16, 32, 64}[g.IntN(4)]}
	s.Out, s.Pitch = max(s.Out, least), s.Width+1+g.IntN(3)
	return s, 1 + g.IntN(6), channels
}

// realRows are rows of random reals of which a random share is 0, pitch to a pixel.
func (g *source) realRows(s Scatter, rows, channels, pitch int) []float32 {
	x := g.floats(rows * s.Width * pitch)
	density := []float64{0, 0.1, 0.5, 1}[g.IntN(4)]
	for i := range x {
		if i%pitch >= channels || g.Float64() >= density {
			x[i] = 0
		}
	}
	return x
}

// spikeRows are rows of random spikes, pitch words to a pixel.
func (g *source) spikeRows(s Scatter, rows, channels, pitch int) []uint16 {
	x := make([]uint16, rows*s.Width*pitch)
	density := []float64{0, 0.1, 0.5, 1}[g.IntN(4)]
	for p := range rows * s.Width {
		for c := range channels {
			if g.Float64() < density {
				x[p*pitch+c/Lanes] |= 1 << (c % Lanes)
			}
		}
	}
	return x
}

// sums is the number of sums around some rows, and where those of the rows begin.
func (s Scatter) sums(rows int) (n, at int) {
	return ((rows+2)*s.Pitch + 2) * s.Out, (s.Pitch + 1) * s.Out
}

func TestActiveSpikes(t *testing.T) {
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		s, rows, channels := g.scattering(0)
		words := (channels + Lanes - 1) / Lanes
		pitch := words + g.IntN(2)
		x := g.spikeRows(s, rows, channels, pitch)
		got, want := make([]uint32, (rows*s.Width*words+1)*Lanes),
			make([]uint32, (rows*s.Width*words+1)*Lanes)
		n := v.activeSpikes(got, x, s, rows, words, pitch)
		m := activeSpikesGeneric(want, x, s, rows, words, pitch)
		if !slices.Equal(got[:n], want[:m]) {
			t.Fatalf("%+v: got %v, want %v", s, got[:n], want[:m])
		}
	})
}

func TestActiveReals(t *testing.T) {
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		s, rows, channels := g.scattering(0)
		pitch := channels
		if channels > 2 || g.IntN(2) == 0 {
			pitch = Pad(channels) + Lanes*g.IntN(2)
		}
		x := g.realRows(s, rows, channels, pitch)
		room := rows*s.Width*Pad(channels) + Lanes
		got, want := make([]uint32, room), make([]uint32, room)
		values, wantValues := g.floats(room), g.floats(room)
		n := v.activeReals(got, values, x, s, rows, channels, pitch)
		m := activeRealsGeneric(want, wantValues, x, s, rows, channels, pitch)
		if !slices.Equal(got[:n], want[:m]) {
			t.Fatalf("%+v, pitch %d: got %v, want %v", s, pitch, got[:n], want[:m])
		}
		same(t, fmt.Sprintf("%+v", s), values[:n], wantValues[:m])
	})
}

func TestScatter(t *testing.T) {
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		s, rows, channels := g.scattering(0)
		var l Active
		s.AddReals(&l, g.realRows(s, rows, channels, Pad(channels)), rows, channels, Pad(channels))
		n, at := s.sums(rows)
		w, sums := g.floats(9*s.Channels*s.Out), g.floats(n)
		want := g.copied(sums)
		if g.IntN(2) == 0 {
			v.scatterReals(s, sums, at, w, l.Entries, l.Values)
			scatterRealsGeneric(s, want, at, w, l.Entries, l.Values)
		} else {
			v.scatterSpikes(s, sums, at, w, l.Entries)
			scatterSpikesGeneric(s, want, at, w, l.Entries)
		}
		same(t, fmt.Sprintf("%+v", s), sums, want)
	})
}

func TestScatter16(t *testing.T) {
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		s, rows, channels := g.scattering(16)
		words := (channels + Lanes - 1) / Lanes
		var l Active
		s.AddSpikes(&l, g.spikeRows(s, rows, channels, words), rows, words, words)
		l.Counts = integers[int16](g, len(l.Entries), 9)
		n, at := s.sums(rows)
		w8, w16 := integers[int8](g, 9*s.Channels*s.Out, 127),
			integers[int16](g, 9*s.Channels*s.Out, 3000)
		sums := integers[int16](g, n+guards, 1<<15-1)
		want := slices.Clone(sums)
		switch g.IntN(4) {
		case 0:
			v.scatterSpikes8(s, sums[:n], at, w8, l.Entries)
			scatterSpikes16Generic(s, want, at, w8, l.Entries)
		case 1:
			v.scatterSpikes16(s, sums[:n], at, w16, l.Entries)
			scatterSpikes16Generic(s, want, at, w16, l.Entries)
		case 2:
			v.scatterCounts8(s, sums[:n], at, w8, l.Entries, l.Counts)
			scatterCounts16Generic(s, want, at, w8, l.Entries, l.Counts)
		case 3:
			v.scatterCounts16(s, sums[:n], at, w16, l.Entries, l.Counts)
			scatterCounts16Generic(s, want, at, w16, l.Entries, l.Counts)
		}
		if !slices.Equal(sums, want) {
			t.Fatalf("%+v: sums differ", s)
		}
	})
}

// TestScatterAddsAsWindowsDo compares the plain kernel with that of windows, bit for bit.
func TestScatterAddsAsWindowsDo(t *testing.T) {
	g := &source{rand.New(rand.NewPCG(1, 2)), nil}
	for range 200 {
		s, rows, channels := g.scattering(16)
		channels = min(channels, BlockIn)
		s.Channels = channels
		pitch := Pad(channels)
		x := g.realRows(s, rows, channels, pitch)
		lists := &RowLists{Border: 1, Reals: true}
		lists.Reset(1, rows, s.Width, channels)
		lists.AddReals(0, 0, x, pitch)
		var windows Windows
		windows.Sort(lists, 0, Bands{Down: Around(3, 1), Across: Around(3, 1), Height: rows,
			Width: s.Width, Rows: rows, Apart: 1}, &Scratch{})
		w, want := g.floats(9*channels*s.Out), make([]float32, rows*s.Width*s.Out)
		for ky := range 3 {
			RealConv(Pass{Lists: lists, Windows: &windows, Ky: ky, Width: s.Out}, want,
				w[ky*3*channels*s.Out:])
		}
		var l Active
		s.AddReals(&l, x, rows, channels, pitch)
		n, at := s.sums(rows)
		sums := make([]float32, n)
		scatterRealsGeneric(s, sums, at, w, l.Entries, l.Values)
		for y := range rows {
			same(t, fmt.Sprintf("%+v, row %d", s, y), sums[at+y*s.Pitch*s.Out:][:s.Width*s.Out],
				want[y*s.Width*s.Out:][:s.Width*s.Out])
		}
	}
}
