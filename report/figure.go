package report

import (
	"bytes"
	"fmt"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"ssnn/internal/atomicfile"
)

// Figure is a picture that is ready to be written.
type Figure struct {
	Name          string    // name of its files, without an ending
	Width, Height vg.Length // size on paper
	draw          func(draw.Canvas)
}

const (
	width = 400 // of figures, in points
	dpi   = 180 // of PNG files
)

// plotted returns the figure of a plot.
func plotted(name string, width, height vg.Length, p *plot.Plot) Figure {
	return Figure{name, width, height, func(c draw.Canvas) { drawPlot(c, p) }}
}

// Column puts figures into one, the first on top.
func Column(name string, figures ...Figure) Figure {
	all := Figure{Name: name}
	for _, f := range figures {
		all.Width, all.Height = max(all.Width, f.Width), all.Height+f.Height
	}
	all.draw = func(c draw.Canvas) {
		top := c.Max.Y
		for _, f := range figures {
			own := c
			own.Max.Y, own.Min.Y = top, top-f.Height
			f.draw(own)
			top = own.Min.Y
		}
	}
	return all
}

// SVG returns the figure as an SVG image.
func (f Figure) SVG() ([]byte, error) {
	c := vgsvg.New(f.Width, f.Height)
	f.draw(draw.New(c))
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, err
	}
	// Not every system has the font that the plots are laid out with, nor its metric twin Arial.
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"),
		[]byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), nil
}

// PNG returns the figure as a PNG image.
func (f Figure) PNG() ([]byte, error) {
	c := vgimg.NewWith(vgimg.UseWH(f.Width, f.Height), vgimg.UseDPI(dpi))
	f.draw(draw.New(c))
	var b bytes.Buffer
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(&b)
	return b.Bytes(), err
}

// drawPlot draws a plot with its legend, if it has one, to the right of it.
func drawPlot(c draw.Canvas, p *plot.Plot) {
	c = draw.Crop(c, vg.Points(2), -vg.Points(8), vg.Points(2), -vg.Points(6))
	l := p.Legend
	if wide := l.Rectangle(c).Size().X; wide > 0 {
		l.XOffs = c.Size().X - wide
		l.Draw(c)
		c = draw.Crop(c, 0, -wide-vg.Points(14), 0, 0)
	}
	drawn := *p
	drawn.Legend = plot.NewLegend()
	drawn.Draw(c)
}

// Save writes the figure to a folder, as SVG and PNG.
func (f Figure) Save(dir string) error {
	for ending, make := range map[string]func() ([]byte, error){".svg": f.SVG, ".png": f.PNG} {
		data, err := make()
		if err != nil {
			return fmt.Errorf("plot %s%s: %w", f.Name, ending, err)
		}
		err = atomicfile.WriteBytes(filepath.Join(dir, f.Name+ending), data)
		if err != nil {
			return err
		}
	}
	return nil
}
