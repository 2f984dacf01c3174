package report

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Series is a line of a plot.
type Series struct {
	Name   string // in the legend
	X, Y   []float64
	Spread []float64 // half the length of a bar at each point; nil: no bars
	Marks  bool      // points are marked
}

// Lines draws series against whole numbers. Y begins at low and ends at high, unless these are equal, when both follow from the values.
func Lines(name, x, y string, low, high float64, series []Series) (Figure, error) {
	p := newPlot(x, y)
	for i, s := range series {
		if err := addSeries(p, i, s); err != nil {
			return Figure{}, err
		}
	}
	p.X.Tick.Marker = ticks{whole: true}
	if low != high {
		p.Y.Min, p.Y.Max = low, high
	}
	return Figure{Name: name, Width: 480, Height: 260, plot: p}, nil
}

func addSeries(p *plot.Plot, i int, s Series) error {
	xy := points(s.X, s.Y)
	l, err := plotter.NewLine(xy)
	if err != nil {
		return err
	}
	l.LineStyle = line(i)
	p.Add(l)
	shown := []plot.Thumbnailer{l}
	if s.Marks {
		m, err := plotter.NewScatter(xy)
		if err != nil {
			return err
		}
		m.GlyphStyle = draw.GlyphStyle{Color: palette[i%len(palette)], Radius: 3, Shape: glyphs[i%len(glyphs)]}
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
		b.LineStyle = draw.LineStyle{Color: palette[i%len(palette)], Width: vg.Points(0.8)}
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
