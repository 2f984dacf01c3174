package report

import (
	"math"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Estimate is a line of a plot of estimates: values, their middle, and how sure that is.
type Estimate struct {
	Name      string    // label of the line
	Values    []float64 // each is drawn as a small ring; may be empty
	Middle    float64   // NaN leaves the line empty
	Low, High float64   // ends of the bar; NaN leaves it out
	Other     float64   // a published value, drawn as a diamond; NaN leaves it out
	Hue       int       // number of the colour
}

// Estimates draws a line for each estimate, the first at the top. The x axis stays between low and
// high, and holds all values and middles and at most twice their range around them, so that a long
// bar may be cut.
func Estimates(name, x string, low, high float64, all []Estimate) (Figure, error) {
	return estimates(name, x, low, high, all, 17, nil)
}

// estimates draws lines so high, with entries of a legend.
func estimates(name, x string, low, high float64, all []Estimate, row vg.Length, keys []Series) (
	Figure, error) {

	p := newPlot(x, "")
	var rings, others plotter.XYs
	middles := make([]plotter.XYs, len(palette)) // by hue
	low, high = limits(low, high, all)
	var names []string
	for i, e := range all {
		y := float64(len(all) - 1 - i)
		for _, v := range e.Values {
			rings = append(rings, plotter.XY{X: v, Y: y})
		}
		hue := e.Hue % len(palette)
		if !math.IsNaN(e.Middle) {
			middles[hue] = append(middles[hue], plotter.XY{X: e.Middle, Y: y})
		}
		if !math.IsNaN(e.Other) {
			others = append(others, plotter.XY{X: e.Other, Y: y})
		}
		if !math.IsNaN(e.Low) {
			bar, err := plotter.NewLine(plotter.XYs{{X: max(low, e.Low), Y: y},
				{X: min(high, e.High), Y: y}})
			if err != nil {
				return Figure{}, err
			}
			bar.LineStyle = Look{Hue: e.Hue}.line()
			p.Add(bar)
		}
		names = append([]string{e.Name}, names...)
	}
	type kind struct {
		at    plotter.XYs
		style draw.GlyphStyle
	}
	var kinds []kind
	for hue, at := range middles {
		kinds = append(kinds, kind{at, draw.GlyphStyle{Color: palette[hue],
			Radius: min(3.5, 0.35*row), Shape: draw.CircleGlyph{}}})
	}
	for _, kind := range append(kinds, []kind{
		{rings, draw.GlyphStyle{Color: ink, Radius: 2.5, Shape: draw.RingGlyph{}}},
		{others, draw.GlyphStyle{Color: palette[1], Radius: 4, Shape: diamond{}}},
	}...) {
		if len(kind.at) == 0 {
			continue
		}
		s, err := plotter.NewScatter(kind.at)
		if err != nil {
			return Figure{}, err
		}
		s.GlyphStyle = kind.style
		p.Add(s)
	}
	p.NominalY(names...)
	p.Y.Tick.Label.Font = sans(9)
	p.Y.Min, p.Y.Max = -0.6, float64(len(all))-0.4
	p.X.Min, p.X.Max = low, high
	for _, k := range keys {
		p.Legend.Add(k.Name, &plotter.Line{LineStyle: k.Look.line()})
	}
	return plotted(name, width, 50+row*vg.Length(len(all)), p), nil
}

// limits are the ends of the axis.
func limits(low, high float64, all []Estimate) (from, to float64) {
	least, most := math.Inf(1), math.Inf(-1)
	first, last := least, most // of the bars too
	hold := func(low, high *float64, x float64) {
		if !math.IsNaN(x) {
			*low, *high = min(*low, x), max(*high, x)
		}
	}
	for _, e := range all {
		for _, x := range append([]float64{e.Middle, e.Other}, e.Values...) {
			hold(&least, &most, x)
		}
		hold(&first, &last, e.Low)
		hold(&first, &last, e.High)
	}
	span := max(most-least, (high-low)/50)
	return max(low, least-2*span, min(first, least-span/20)),
		min(high, most+2*span, max(last, most+span/20))
}

// diamond is a glyph that stands on its tip.
type diamond struct{}

// DrawGlyph draws it.
func (diamond) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	var p vg.Path
	p.Move(vg.Point{X: at.X - s.Radius, Y: at.Y})
	p.Line(vg.Point{X: at.X, Y: at.Y + s.Radius})
	p.Line(vg.Point{X: at.X + s.Radius, Y: at.Y})
	p.Line(vg.Point{X: at.X, Y: at.Y - s.Radius})
	p.Close()
	c.SetColor(s.Color)
	c.Fill(p)
}
