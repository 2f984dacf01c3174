package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// frame is a random image for a Scatter, and where it is cut.
func (g *source) frame() (s Scatter, x []float32) {
	s = Scatter{Height: 1 + g.IntN(6), Width: 1 + g.IntN(20), Channels: 1 + g.IntN(2), Out: []int{16, 32, 64}[g.IntN(3)]}
	s.Top = g.IntN(s.Height)
	s.Bottom = s.Top + 1 + g.IntN(s.Height-s.Top)
	x = g.floats(s.Height * s.Width * s.Channels)
	density := []float64{0, 0.1, 0.5, 1}[g.IntN(4)]
	for i := range x {
		if g.Float64() >= density {
			x[i] = 0
		}
	}
	return s, x
}

func TestScatter(t *testing.T) {
	before := active
	defer func() { active = before }()
	fast(t, 300, func(t *testing.T, v variant, g *source) {
		s, x := g.frame()
		w, dst := g.floats(9*s.Channels*s.Out), g.floats((s.Bottom-s.Top)*s.Width*s.Out)
		want := g.copied(dst)
		active = v
		s.Add(dst, w, x)
		active = generic
		s.Add(want, w, x)
		same(t, fmt.Sprintf("%+v", s), dst, want)
	})
}

// TestScatterAddsAsWindowsDo compares the plain kernel with that of windows, bit for bit.
func TestScatterAddsAsWindowsDo(t *testing.T) {
	before := active
	defer func() { active = before }()
	active = generic
	g := &source{rand.New(rand.NewPCG(1, 2)), nil}
	for range 200 {
		s, x := g.frame()
		s.Top, s.Bottom = 0, s.Height
		l := &RowLists{Border: 1, Reals: true}
		l.Reset(1, s.Height, s.Width, s.Channels)
		l.AddReals(0, 0, x, s.Channels)
		var windows Windows
		windows.Sort(l, 0, Bands{Kernel: 3, Step: 1, Height: s.Height, Width: s.Width, Rows: s.Height, Apart: 1}, &Scratch{})
		w, dst := g.floats(9*s.Channels*s.Out), g.floats(s.Height*s.Width*s.Out)
		want := g.copied(dst)
		s.Add(dst, w, x)
		for ky := range 3 {
			RealConv(Pass{Lists: l, Windows: &windows, Ky: ky, Width: s.Out}, want, w[ky*3*s.Channels*s.Out:])
		}
		same(t, fmt.Sprintf("%+v", s), dst, want)
	}
}
