package report

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// palette are the colours of Okabe and Ito, without yellow, which is faint on white.
var palette = []color.NRGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	{0x00, 0x9e, 0x73, 0xff}, // bluish green
	{0xcc, 0x79, 0xa7, 0xff}, // reddish purple
	{0xe6, 0x9f, 0x00, 0xff}, // orange
	{0x56, 0xb4, 0xe9, 0xff}, // sky blue
	{0x22, 0x22, 0x22, 0xff}, // black
}

var (
	ink   = color.NRGBA{0x22, 0x26, 0x2b, 0xff}
	faint = color.NRGBA{0xdf, 0xe3, 0xe8, 0xff}
)

// dashes tell lines of neighbouring colours apart without their colour.
var dashes = [][]vg.Length{nil, {6, 2}, {2, 2}, {8, 2, 2, 2}, {4, 4}, {1, 3}, {10, 3}}

// glyphs tell points apart without their colour.
var glyphs = []draw.GlyphDrawer{
	draw.CircleGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.PlusGlyph{},
	draw.CrossGlyph{}, draw.RingGlyph{}, draw.BoxGlyph{},
}

func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// newPlot makes an empty plot with labelled axes and a grid.
func newPlot(x, y string) *plot.Plot {
	p := emptyPlot(x, y)
	g := plotter.NewGrid()
	g.Horizontal, g.Vertical = draw.LineStyle{Color: faint,
		Width: vg.Points(0.6)}, draw.LineStyle{Color: faint, Width: vg.Points(0.6)}
	p.Add(g)
	return p
}

// emptyPlot makes an empty plot without a grid.
func emptyPlot(x, y string) *plot.Plot {
	p := plot.New()
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle = draw.LineStyle{Color: ink, Width: vg.Points(0.6)}
		a.Label.TextStyle.Font, a.Label.TextStyle.Color = sans(9.5), ink
		a.Label.Padding = vg.Points(4)
		a.Tick.Label.Font, a.Tick.Label.Color = sans(9), ink
		a.Tick.LineStyle = draw.LineStyle{Color: ink, Width: vg.Points(0.6)}
		a.Tick.Length = vg.Points(4)
		a.Tick.Marker = ticks{}
		a.Padding = vg.Points(3)
	}
	p.X.Label.Text, p.Y.Label.Text = x, y
	p.Legend.TextStyle.Font, p.Legend.TextStyle.Color = sans(9), ink
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.ThumbnailWidth = vg.Points(20)
	p.Legend.Padding = vg.Points(2)
	return p
}
