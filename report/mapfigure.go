package report

import (
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of figures of maps, in points.
const (
	mapSide  = 96
	mapGap   = 10
	mapText  = 28 // under each map
	mapTitle = 22
)

// figure has a row for each run and a column for each group.
func (b beside) figure(name string) Figure {
	rows, columns := len(b.Groups[0]), len(b.Groups)
	return Figure{name, vg.Length(columns*(mapSide+mapGap) + mapGap),
		vg.Length(mapTitle + rows*(mapSide+mapText)), b.draw}
}

func (b beside) draw(c draw.Canvas) {
	title, small := textStyle(10), textStyle(8)
	c.FillText(title, vg.Point{X: c.Min.X + mapGap, Y: c.Max.Y - 14}, b.title())
	same := b.Frames()
	for row, frames := range b.Groups[0] {
		seen := slices.ContainsFunc(same, func(f framed) bool { // in a row above
			return f.Run != frames.Run && slices.ContainsFunc(f.Same, func(p placed) bool {
				return p.Run == frames.Run
			})
		})
		for column, g := range b.Groups {
			for _, m := range g {
				if m.Run != frames.Run {
					continue
				}
				left := c.Min.X + mapGap + vg.Length(column*(mapSide+mapGap))
				top := c.Max.Y - mapTitle - vg.Length(row*(mapSide+mapText))
				if column > 0 || !seen {
					m.drawIn(c, vg.Rectangle{Min: vg.Point{X: left, Y: top - mapSide},
						Max: vg.Point{X: left + mapSide, Y: top}})
				}
				first, second := m.words(b.Class)
				c.FillText(small, vg.Point{X: left, Y: top - mapSide - 9}, first)
				c.FillText(small, vg.Point{X: left, Y: top - mapSide - 19}, second)
			}
		}
	}
}

// drawIn draws the map into the middle of a square, with a frame around it.
func (p placed) drawIn(c draw.Canvas, square vg.Rectangle) {
	side, longer := square.Size().X, max(p.Width, p.Height)
	half := vg.Point{X: side / 2 * vg.Length(p.Width) / vg.Length(longer),
		Y: side / 2 * vg.Length(p.Height) / vg.Length(longer)}
	middle := vg.Point{X: square.Min.X + side/2, Y: square.Min.Y + side/2}
	at := vg.Rectangle{Min: middle.Sub(half), Max: middle.Add(half)}
	c.DrawImage(at, p.image(p.Scale, max(1, 480/longer))) // large enough that scaling does not blur
	c.StrokeLines(draw.LineStyle{Color: faint, Width: vg.Points(0.6)},
		[]vg.Point{at.Min, {X: at.Max.X, Y: at.Min.Y}, at.Max, {X: at.Min.X, Y: at.Max.Y}, at.Min})
}

// words are what stands under the map: of which run and layer, and its largest value or the run's
// answer.
func (p placed) words(class string) (first, second string) {
	first, second = p.Layer(), "to "+p.Run.Often(p.Most())
	switch {
	case p.Answer == class:
		first, second = "frames", "recognised"
	case p.Answer != "":
		first, second = "frames", "taken for "+p.Answer
	}
	if !p.Run.alone {
		first = p.Run.Name + ": " + first
	}
	return first, second
}

func textStyle(size vg.Length) draw.TextStyle {
	return draw.TextStyle{Color: ink, Font: sans(size), Handler: plot.DefaultTextHandler}
}
