package report

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// heat is a plot of shaded cells, the first row at the top.
type heat struct {
	x, y          string // labels of the axes
	columns, rows []string
	cells         [][]shaded // [row][column]; a row may be shorter
}

// shaded is a cell: a share from 0, white, to 1, and what is written on it.
type shaded struct {
	share float64
	text  string
}

// mostWritten is up to how many columns have room for what is written on them, on the page too.
const mostWritten = 24

// figure draws the cells, at least as wide as what is written on them, and small where there are
// many.
func (h heat) figure(name string) Figure {
	cell, letters := vg.Length(24), vg.Length(8)
	if len(h.columns) > mostWritten {
		cell, letters = 6, 5
	}
	p := emptyPlot(h.x, h.y)
	m := plotter.NewHeatMap(h, blues{})
	m.Min, m.Max = 0, 1
	p.Add(m)
	if len(h.columns) <= mostWritten {
		p.Add(h.written(letters))
	}
	rows := slices.Clone(h.rows)
	slices.Reverse(rows)
	p.NominalX(h.columns...)
	p.NominalY(rows...)
	p.X.Padding, p.Y.Padding = vg.Points(4), vg.Points(4)
	const rim = 1e-3 // HeatMap leaves out cells that rounding puts beyond the axes
	p.X.Min, p.X.Max = -0.5-rim, float64(len(h.columns))-0.5+rim
	p.Y.Min, p.Y.Max = -0.5-rim, float64(len(h.rows))-0.5+rim
	p.X.Tick.Label.Font, p.Y.Tick.Label.Font = sans(letters), sans(letters)
	longest := func(names []string) (most vg.Length) {
		for _, n := range names {
			most = max(most, p.X.Tick.Label.Width(n))
		}
		return most
	}
	below := vg.Length(12)
	if longest(h.columns) > cell {
		below = longest(h.columns)
		p.X.Tick.Label.Rotation, p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = math.Pi/2,
			text.XRight, text.YCenter
	}
	const labels = 40 // of the axes, and what is around the plot
	return plotted(name, longest(h.rows)+labels+cell*vg.Length(len(h.columns)),
		below+labels+cell*vg.Length(len(h.rows)), p)
}

// written is what is written on the cells, in white where they are dark.
func (h heat) written(letters vg.Length) *plotter.Labels {
	l := &plotter.Labels{}
	for i, row := range h.cells {
		for j, c := range row {
			style := textStyle(letters)
			style.XAlign, style.YAlign = text.XCenter, text.YCenter
			if dark(c.share) {
				style.Color = color.White
			}
			l.XYs = append(l.XYs, plotter.XY{X: float64(j), Y: float64(len(h.cells) - 1 - i)})
			l.Labels, l.TextStyle = append(l.Labels, c.text), append(l.TextStyle, style)
		}
	}
	return l
}

// Dims, X, Y and Z are called by plotter.HeatMap, which has the first row at the bottom. Z is NaN
// where nothing is drawn.
func (h heat) Dims() (columns, rows int) { return len(h.columns), len(h.rows) }

// X is the middle of a column.
func (heat) X(column int) float64 { return float64(column) }

// Y is the middle of a row.
func (heat) Y(row int) float64 { return float64(row) }

// Z is the share of a cell.
func (h heat) Z(column, row int) float64 {
	cells := h.cells[len(h.cells)-1-row]
	if column >= len(cells) || cells[column].share == 0 {
		return math.NaN()
	}
	return cells[column].share
}

// blues are the colours of a ramp.
type blues struct{}

// Colors is called by plotter.HeatMap.
func (blues) Colors() []color.Color {
	all := make([]color.Color, 256)
	for i := range all {
		all[i] = ramp(float64(i) / 255)
	}
	return all
}
