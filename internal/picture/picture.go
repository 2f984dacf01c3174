// Package picture paints the events of a sensor, in one way for the whole project: red where a
// pixel became brighter, blue where it became darker, and the stronger the more events there were.
package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"

	"ssnn/events"
)

// The shade of a pixel is Nothing if it has no events, up to 255 if it became brighter, and down to
// 1 if it became darker.
const (
	Nothing = 128
	most    = 127 // number of shades of a colour
)

// Palette has a colour for each shade. Colour 0, which is no shade, is white.
var Palette = makePalette()

func makePalette() color.Palette {
	const grey = 0xf0
	all := make(color.Palette, 256)
	for i := range all {
		to := [3]int{0x1f, 0x5f, 0xbf} // blue
		if i > Nothing {
			to = [3]int{0xc8, 0x32, 0x1e} // red
		}
		strength := 0.
		if i != Nothing {
			strength = .15 + .85*math.Abs(float64(i-Nothing))/most
		}
		mix := func(to int) uint8 { return uint8(math.Round(grey + strength*float64(to-grey))) }
		all[i] = color.NRGBA{mix(to[0]), mix(to[1]), mix(to[2]), 0xff}
	}
	all[0] = color.White
	return all
}

// shade returns the shade of a pixel with n events; n is negative if most of them made it darker.
// full is the number of events that is painted in full strength. A pixel with any event differs
// from Nothing.
func shade(n int16, full float64) uint8 {
	return uint8(Nothing + math.Copysign(math.Ceil(min(most, most*math.Abs(float64(n))/full)),
		float64(n)))
}

// Image returns the picture of shades, [height][width], with a square of scale x scale pixels for
// each shade.
func Image(shades []byte, size events.Size, scale int) *image.Paletted {
	img := image.NewPaletted(image.Rect(0, 0, scale*size.Width, scale*size.Height), Palette)
	for y := range scale * size.Height {
		row := img.Pix[y*img.Stride:]
		for x := range scale * size.Width {
			row[x] = shades[y/scale*size.Width+x/scale]
		}
	}
	return img
}

// mostSide is the largest side of a picture in pixels, so that one event far away does not take
// gigabytes.
const mostSide = 2048

// PNG returns a picture of all events of a recording, reduced if the sensor is larger than 2048
// pixels.
func PNG(r events.Reader, sensor events.Size) ([]byte, error) {
	s, err := Paint(r, Options{Sensor: sensor, Pictures: 1, Side: mostSide})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = png.Encode(&b, Image(s.Shades(0), s.Size, 1))
	return b.Bytes(), err
}
