package report

import (
	"fmt"
	"image"
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"ssnn/events"
	"ssnn/internal/picture"
)

// Sheet has pictures of a recording side by side, with the time of each, the meaning of their
// colours, and a scale of pixels.
type Sheet struct {
	Title    string        // above the pictures
	Pictures []image.Image // of one size
	Times    []string      // of the pictures, in words
	Scale    int           // pixels of a picture a side of each of the sensor's
	Full     string        // what is painted in full colour, in words
}

// Add adds a picture.
func (s *Sheet) Add(p image.Image, time string) {
	s.Pictures, s.Times = append(s.Pictures, p), append(s.Times, time)
}

// Sizes of a sheet, in points; multiples of dot, so that a pixel of a picture is one of the PNG.
const (
	dot          = 72. / dpi
	sheetColumns = 4
	sheetGap     = 10 * dot
	sheetMargin  = 20 * dot
	sheetTitle   = 48 * dot
	sheetTime    = 32 * dot // under each picture
	sheetLegend  = 50 * dot
	longestBar   = 250 * dot // of the scale
)

// side returns the size of a picture, in points.
func (s *Sheet) side() vg.Point {
	size := s.Pictures[0].Bounds().Size()
	return vg.Point{X: vg.Length(size.X) * dot, Y: vg.Length(size.Y) * dot}
}

// Figure lays the sheet out: four pictures in a line, and the legend at the bottom.
func (s *Sheet) Figure(name string) Figure {
	side, columns := s.side(), min(sheetColumns, len(s.Pictures))
	lines := (len(s.Pictures) + sheetColumns - 1) / sheetColumns
	wide := vg.Length(columns)*(max(side.X, s.widestTime())+sheetGap) - sheetGap
	wide = max(wide, textStyle(10).Width(s.Title), s.legend(nil, vg.Point{}))
	return Figure{name, wide + 2*sheetMargin, sheetTitle + sheetLegend + sheetMargin +
		vg.Length(lines)*(side.Y+sheetTime), s.draw}
}

func (s *Sheet) widestTime() (widest vg.Length) {
	for _, t := range s.Times {
		widest = max(widest, textStyle(8).Width(t))
	}
	return vg.Length(int(widest/dot)+1) * dot
}

func (s *Sheet) draw(c draw.Canvas) {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	left, top := c.Min.X+sheetMargin, c.Max.Y
	c.FillText(textStyle(10), vg.Point{X: left, Y: top - sheetTitle + 14*dot}, s.Title)
	side := s.side()
	for i, p := range s.Pictures {
		column, line := i%sheetColumns, i/sheetColumns
		at := vg.Point{X: left + vg.Length(column)*(max(side.X, s.widestTime())+sheetGap),
			Y: top - sheetTitle - vg.Length(line)*(side.Y+sheetTime) - side.Y}
		c.DrawImage(vg.Rectangle{Min: at, Max: at.Add(side)}, p)
		c.FillText(textStyle(8), vg.Point{X: at.X, Y: at.Y - 22*dot}, s.Times[i])
	}
	s.legend(&c, vg.Point{X: left, Y: c.Min.Y + sheetMargin})
}

// legend draws, from a point on, the meaning of the colours and the scale, and returns its width.
// Without a canvas it only measures.
func (s *Sheet) legend(c *draw.Canvas, at vg.Point) vg.Length {
	style, begin := textStyle(8), at.X
	write := func(text string) {
		if c != nil {
			c.FillText(style, vg.Point{X: at.X, Y: at.Y + 6*dot}, text)
		}
		at.X += style.Width(text) + 8*dot
	}
	write("darker")
	if c != nil {
		c.DrawImage(vg.Rectangle{Min: at,
			Max: at.Add(vg.Point{X: 150 * dot, Y: 24 * dot})}, allShades())
	}
	at.X += (150 + 8) * dot
	write("brighter")
	at.X += 20 * dot
	write(s.Full)
	at.X += 20 * dot
	n, long := s.bar()
	if c != nil {
		middle := at.Y + 12*dot
		c.StrokeLine2(draw.LineStyle{Color: ink, Width: vg.Points(1.6)}, at.X, middle,
			at.X+long, middle)
	}
	at.X += long + 8*dot
	unit := "pixels"
	if n == 1 {
		unit = "pixel"
	}
	write(fmt.Sprint(n, " ", unit))
	return at.X - begin
}

// allShades draws a picture of all shades, the darkest on the left.
func allShades() image.Image {
	const height = 24
	var shades []byte
	for range height {
		for shade := 1; shade <= 255; shade++ {
			shades = append(shades, byte(shade))
		}
	}
	return picture.Image(shades, events.Size{Width: 255, Height: height}, 1)
}

// bar returns the number of pixels of the sensor that the bar of the scale stands for, 1, 2 or 5
// times a power of ten, and its length.
func (s *Sheet) bar() (n int, long vg.Length) {
	size := s.Pictures[0].Bounds().Size()
	sensor := max(size.X, size.Y) / s.Scale
	pixel := vg.Length(s.Scale) * dot
	n = 1
	for power := 1; power <= sensor; power *= 10 {
		for _, m := range []int{1, 2, 5} {
			if k := m * power; k <= sensor && pixel*vg.Length(k) <= longestBar {
				n = k
			}
		}
	}
	return n, pixel * vg.Length(n)
}

// Time writes a time in us in words.
func Time(us float64) string {
	size, unit := 1., "us"
	switch {
	case us == 0:
		return "0"
	case us >= 1e6:
		size, unit = 1e6, "s"
	case us >= 1e3:
		size, unit = 1e3, "ms"
	}
	return fmt.Sprintf("%.3g %s", us/size, unit)
}
