package report

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of figures of traces, in points.
const (
	traceNames = 84 // width of what stands on the left
	spikeRow   = 6  // height of a neuron in a raster
	layerGap   = 4
	traceRow   = 46 // height of a membrane
	traceFoot  = 30
	traceTop   = 6
)

// raster draws the spikes of the neurons: a row each, by layer. Each layer has the whole width for
// its own timesteps, so that what is above each other is of the same time where no transition
// mixes the times.
func (t *Traces) raster(name string, look Look) Figure {
	high := vg.Length(0)
	for _, l := range t.Layers {
		high += layerGap + spikeRow*vg.Length(len(l))
	}
	return Figure{name, width, traceTop + high + traceFoot, func(c draw.Canvas) {
		left, right, y := c.Min.X+traceNames, c.Max.X-8, c.Max.Y-traceTop
		for _, l := range t.Layers {
			y -= layerGap
			top := y
			for _, neuron := range l {
				y -= spikeRow
				wide := (right - left) / vg.Length(len(neuron.Spikes))
				for step, n := range neuron.Spikes {
					x := left + wide*vg.Length(step)
					cell := vg.Rectangle{Min: vg.Point{X: x + 0.5, Y: y + 0.5},
						Max: vg.Point{X: x + wide - 0.5, Y: y + spikeRow - 0.5}}
					c.SetColor(faint)
					if n > 0 {
						c.SetColor(look.color())
					}
					c.Fill(cell.Path())
				}
			}
			c.FillText(textStyle(8), vg.Point{X: c.Min.X, Y: (top+y)/2 - 3},
				fmt.Sprintf("%s, T %d", l[0].Layer, len(l[0].Spikes)))
		}
		c.FillText(textStyle(9), vg.Point{X: left, Y: y - 16}, "timesteps of each layer's stage, "+
			"from the first to the last")
	}}
}

// bounds are the least and the largest membrane of the first neuron of each layer, and at least 0
// and 1.2 thresholds.
func (t *Traces) bounds() (low, high float64) {
	high = 1.2
	for _, l := range t.Layers {
		for _, v := range l[0].Membranes {
			low, high = min(low, v), max(high, v)
		}
	}
	return max(-4, low), min(6, high)
}

// membranes draws the membrane of the first neuron of each layer over the timesteps, between low
// and high thresholds, the threshold as a line and spikes as points on it.
func (t *Traces) membranes(name string, look Look, low, high float64) Figure {
	rows := vg.Length(len(t.Layers))
	return Figure{name, width, traceTop + rows*traceRow + traceFoot, func(c draw.Canvas) {
		left, right := c.Min.X+traceNames, c.Max.X-8
		for i, l := range t.Layers {
			bottom := c.Max.Y - traceTop - vg.Length(i+1)*traceRow
			y := func(v float64) vg.Length {
				share := (math.Max(low, math.Min(high, v)) - low) / (high - low)
				return bottom + 3 + (traceRow-8)*vg.Length(share)
			}
			n, wide := l[0], (right-left)/vg.Length(len(l[0].Spikes))
			x := func(step int) vg.Length { return left + wide*(vg.Length(step)+0.5) }
			thin := func(c color.Color) draw.LineStyle {
				return draw.LineStyle{Color: c, Width: vg.Points(0.6)}
			}
			c.StrokeLine2(thin(faint), left, y(0), right, y(0))
			c.StrokeLine2(thin(ink), left, y(1), right, y(1))
			var line []vg.Point
			for step, v := range n.Membranes {
				line = append(line, vg.Point{X: x(step), Y: y(v)})
			}
			c.StrokeLines(Look{look.Hue, 0}.line(), line)
			for step, k := range n.Spikes {
				mark := draw.GlyphStyle{Color: look.color(), Radius: 2.6, Shape: draw.RingGlyph{}}
				if k > 0 {
					mark.Shape = draw.CircleGlyph{}
				}
				c.DrawGlyph(mark, line[step])
			}
			small := textStyle(8)
			c.FillText(small, vg.Point{X: c.Min.X, Y: bottom + traceRow/2 + 1}, n.Layer)
			c.FillText(small, vg.Point{X: c.Min.X, Y: bottom + traceRow/2 - 9},
				fmt.Sprintf("%d,%d,%d", n.Channel, n.Row, n.Column))
		}
		c.FillText(textStyle(9), vg.Point{X: left, Y: c.Min.Y + 12}, fmt.Sprintf("timesteps; "+
			"%.2g to %.2g thresholds, the line is at 1", low, high))
	}}
}
