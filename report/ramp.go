package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
)

// ramp returns the colour of a share from 0 to 1: ColorBrewer's Blues (Harrower, Brewer 2003), from
// white to dark, which everybody sees as an order.
func ramp(x float64) color.NRGBA {
	stops := [...]color.NRGBA{
		{0xff, 0xff, 0xff, 0xff}, {0xde, 0xeb, 0xf7, 0xff}, {0xc6, 0xdb, 0xef, 0xff},
		{0x9e, 0xca, 0xe1, 0xff}, {0x6b, 0xae, 0xd6, 0xff},
		{0x42, 0x92, 0xc6, 0xff}, {0x21, 0x71, 0xb5, 0xff}, {0x08, 0x51, 0x9c, 0xff},
		{0x08, 0x30, 0x6b, 0xff},
	}
	at := min(1, max(0, x)) * float64(len(stops)-1)
	i := min(int(at), len(stops)-2)
	mix := func(a, b uint8) uint8 {
		return uint8(float64(a) +
			(at-float64(i))*(float64(b)-float64(a)) + 0.5)
	}
	a, b := stops[i], stops[i+1]
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}

// dark reports whether letters on the colour of a share are white.
func dark(x float64) bool { return x > 0.68 }

// shade returns the style of a cell of a table: a background for the share, and letters that can be
// read on it.
func shade(x float64) template.CSS {
	if x == 0 {
		return "background:transparent" // as the page
	}
	c, text := ramp(x), "#1b1f24"
	if dark(x) {
		text = "#ffffff"
	}
	return template.CSS(fmt.Sprintf("background:#%02x%02x%02x;color:%s", c.R, c.G, c.B, text))
}

// image draws a map as an image with a square of zoom x zoom pixels for each value, which is shaded
// by its share of scale.
func (m Map) image(scale float64, zoom int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, zoom*m.Width, zoom*m.Height))
	for y := range zoom * m.Height {
		for x := range zoom * m.Width {
			v := m.Values[y/zoom*m.Width+x/zoom]
			if scale > 0 {
				v /= scale
			}
			img.SetNRGBA(x, y, ramp(v))
		}
	}
	return img
}

// picture draws a map as a PNG image with one pixel for each value.
func (m Map) picture(scale float64) template.URL {
	var b bytes.Buffer
	if err := png.Encode(&b, m.image(scale, 1)); err != nil {
		panic("report: " + err.Error()) // a small image in memory
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()))
}
