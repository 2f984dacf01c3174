package main

import (
	"image"
	"image/color"
	"math"

	"ssnn/events"
)

// painter paints what a sensor saw: red where it became brighter, blue where it became darker,
// stronger with more events, or with later ones.
type painter struct {
	sensor events.Size
	scale  int           // pixels a side of each of the sensor's
	tau    events.Micros // of a time surface; 0: numbers of events

	on, off []int           // events of the frame under way, by pixel
	last    []events.Micros // time of a pixel's last event
	seen    []int8          // its polarity: 1, -1, or 0 for none yet
}

func newPainter(sensor events.Size, scale int) *painter {
	n := sensor.Width * sensor.Height
	return &painter{sensor: sensor, scale: scale, on: make([]int, n), off: make([]int, n),
		last: make([]events.Micros, n), seen: make([]int8, n)}
}

// add takes an event, which is inside of the sensor.
func (p *painter) add(e events.Event) {
	at := int(e.Y)*p.sensor.Width + int(e.X)
	p.last[at] = e.T
	if e.On {
		p.on[at]++
		p.seen[at] = 1
	} else {
		p.off[at]++
		p.seen[at] = -1
	}
}

// shades is the number of shades of a colour; the palette is background, white, reds, blues.
const shades = 100

var palette = makePalette()

func makePalette() color.Palette {
	all := color.Palette{color.Gray{0xf0}, color.White}
	for _, to := range []color.RGBA{{0xc8, 0x32, 0x1e, 0xff}, {0x1f, 0x5f, 0xbf, 0xff}} {
		for i := range shades {
			mix := func(to uint8) uint8 { return uint8(0xf0 + (int(to)-0xf0)*(i+15)/(shades+14)) }
			all = append(all, color.RGBA{mix(to.R), mix(to.G), mix(to.B), 0xff})
		}
	}
	return all
}

// paint makes the picture of the frame under way, as of a time, and begins the next.
func (p *painter) paint(now events.Micros) *image.Paletted {
	picture := image.NewPaletted(image.Rect(0, 0, p.sensor.Width*p.scale, p.sensor.Height*p.scale),
		palette)
	full := p.full()
	for at := range p.on {
		strength, on := float64(p.on[at]+p.off[at])/full, p.on[at] > p.off[at]
		if p.tau != 0 {
			strength, on = 0, p.seen[at] > 0
			if p.seen[at] != 0 {
				strength = math.Exp(-float64(now-p.last[at]) / float64(p.tau))
			}
		}
		shade := int(math.Ceil(shades * min(1, strength)))
		if shade == 0 {
			continue
		}
		index := uint8(1 + shade)
		if !on {
			index += shades
		}
		p.fill(picture, at, index)
	}
	clear(p.on)
	clear(p.off)
	return picture
}

// fill paints a pixel of the sensor.
func (p *painter) fill(picture *image.Paletted, at int, index uint8) {
	x, y := at%p.sensor.Width*p.scale, at/p.sensor.Width*p.scale
	for line := y; line < y+p.scale; line++ {
		row := picture.Pix[line*picture.Stride+x:][:p.scale]
		for i := range row {
			row[i] = index
		}
	}
}

// full is the number of events that is painted in full strength: three times the mean of the pixels
// that have any.
func (p *painter) full() float64 {
	sum, pixels := 0, 0
	for at := range p.on {
		if n := p.on[at] + p.off[at]; n > 0 {
			sum += n
			pixels++
		}
	}
	return max(1, 3*float64(sum)/float64(max(1, pixels)))
}
