package report

import (
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// part has the length of one kind in each bar.
type part struct {
	name   string
	values []float64
}

// bars draws a bar for each name, the first at the top. A bar is made of parts one behind the
// other.
func bars(name, x string, names []string, parts []part) (Figure, error) {
	p := newPlot(x, "")
	upwards := func(i int) int { return len(names) - 1 - i }
	var last *plotter.BarChart
	for i, part := range parts {
		values := make(plotter.Values, len(names))
		for j, v := range part.values {
			values[upwards(j)] = v
		}
		b, err := plotter.NewBarChart(values, 11)
		if err != nil {
			return Figure{}, err
		}
		b.Horizontal, b.Color, b.LineStyle.Width = true, palette[i], 0
		if last != nil {
			b.StackOn(last)
		}
		last = b
		p.Add(b)
		p.Legend.Add(part.name, b)
	}
	labels := make([]string, len(names))
	for i, n := range names {
		labels[upwards(i)] = n
	}
	p.NominalY(labels...)
	p.Y.Min, p.Y.Max = -0.6, float64(len(names))-0.4
	p.X.Min = 0
	return plotted(name, width+100, vg.Length(50+17*len(names)), p), nil
}
