package report

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Series is a line of a plot.
type Series struct {
	Name   string    // name in the legend
	X, Y   []float64 // coordinates of each point
	Spread []float64 // half the length of a bar at each point; nil draws no bars
	Marks  bool      // points are marked
	Points bool      // points are marked, and no line joins them
	Look   *Look     // nil stands for the look of its place among the others
}

// Look tells a series from others: by its hue, and by its dashes and the shape of its marks.
type Look struct {
	Hue  int // number of a colour, or inked for none
	Dash int // number of the dashes, and of the shape of the marks
}

// inked is the hue of entries that stand for no run.
const inked = -1

func (l Look) color() color.Color {
	if l.Hue == inked {
		return ink
	}
	return palette[l.Hue%len(palette)]
}

func (l Look) line() draw.LineStyle {
	return draw.LineStyle{Color: l.color(), Width: vg.Points(1.6),
		Dashes: dashes[l.Dash%len(dashes)]}
}

func (l Look) glyph() draw.GlyphStyle {
	return draw.GlyphStyle{Color: l.color(), Radius: 3, Shape: glyphs[l.Dash%len(glyphs)]}
}

// Axes are those of a plot of lines.
type Axes struct {
	X, Y      string  // labels with units
	Low, High float64 // range of Y, also if logarithmic; equal takes that of the values
	// Log says that Y is logarithmic; values that are not above 0 are left out, and so are spreads.
	Log   bool
	LogX  bool // X, all of which are above 0, is logarithmic
	Whole bool // X are whole numbers
	// LowX and HighX are the least range of X. If they are equal, it follows from the values.
	LowX, HighX float64
	Rule        float64 // X of a vertical line; 0 draws none
	// Keys are further entries of the legend, beside the series that have a name. Only their names
	// and looks count.
	Keys []Series
}

// Lines draws series.
func Lines(name string, a Axes, series []Series) (Figure, error) {
	p := newPlot(a.X, a.Y)
	for i, s := range series {
		if a.Log {
			s = s.logarithm()
		}
		if a.LogX {
			s.X = slices.Clone(s.X)
			for j, x := range s.X {
				s.X[j] = math.Log10(x)
			}
		}
		if err := addSeries(p, i, s); err != nil {
			return Figure{}, err
		}
	}
	for _, k := range a.Keys {
		p.Legend.Add(k.Name, &plotter.Line{LineStyle: k.Look.line()})
	}
	p.X.Tick.Marker = ticks{whole: a.Whole}
	if a.LowX != a.HighX {
		p.X.Min, p.X.Max = min(p.X.Min, a.LowX), max(p.X.Max, a.HighX)
	}
	if a.LogX {
		wholeDecades(&p.X)
	}
	switch {
	case a.Log:
		if a.Low != a.High {
			p.Y.Min, p.Y.Max = math.Log10(a.Low), math.Log10(a.High)
		}
		wholeDecades(&p.Y)
	case a.Low != a.High:
		p.Y.Min, p.Y.Max = a.Low, a.High
	}
	if a.Rule != 0 {
		rule, err := plotter.NewLine(plotter.XYs{{X: a.Rule, Y: p.Y.Min}, {X: a.Rule, Y: p.Y.Max}})
		if err != nil {
			return Figure{}, err
		}
		rule.LineStyle = draw.LineStyle{Color: ink, Width: vg.Points(0.8)}
		p.Add(rule)
	}
	return plotted(name, width, 230, p), nil
}

// logarithm returns the series of the decimal logarithms. The plot's own logarithmic scale leaves
// room for labels where there are none.
func (s Series) logarithm() Series {
	x, y := s.X, s.Y
	s.X, s.Y, s.Spread = nil, nil, nil
	for i, v := range y {
		if v > 0 {
			s.X, s.Y = append(s.X, x[i]), append(s.Y, math.Log10(v))
		}
	}
	return s
}

func addSeries(p *plot.Plot, i int, s Series) error {
	if len(s.X) == 0 {
		return nil
	}
	look := Look{i, i}
	if s.Look != nil {
		look = *s.Look
	}
	xy := points(s.X, s.Y)
	var shown []plot.Thumbnailer
	if !s.Points {
		l, err := plotter.NewLine(xy)
		if err != nil {
			return err
		}
		l.LineStyle = look.line()
		p.Add(l)
		shown = append(shown, l)
	}
	if s.Marks || s.Points || len(xy) == 1 {
		m, err := plotter.NewScatter(xy)
		if err != nil {
			return err
		}
		m.GlyphStyle = look.glyph()
		p.Add(m)
		shown = append(shown, m)
	}
	if s.Spread != nil {
		errors := make(plotter.YErrors, len(s.Y))
		for j, e := range s.Spread {
			errors[j].Low, errors[j].High = e, e
		}
		b, err := plotter.NewYErrorBars(struct {
			plotter.XYs
			plotter.YErrors
		}{xy, errors})
		if err != nil {
			return err
		}
		b.LineStyle = draw.LineStyle{Color: look.color(), Width: vg.Points(0.8)}
		p.Add(b)
	}
	if s.Name != "" {
		p.Legend.Add(s.Name, shown...)
	}
	return nil
}

func points(x, y []float64) plotter.XYs {
	all := make(plotter.XYs, len(x))
	for i := range x {
		all[i].X, all[i].Y = x[i], y[i]
	}
	return all
}
