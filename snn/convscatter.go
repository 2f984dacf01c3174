package snn

import "ssnn/internal/kernel"

// scatters says whether each active input of x is added to the outputs that see it, instead of each output gathering its active inputs: frames of
// events have one or two channels, and of ten of their inputs nine are zero, so that most windows of an output are of one input or none.
func (c *conv) scatters(x *activation) bool {
	return x.spikes == nil && x.scale == nil && x.stride == c.in.c && c.in.c <= 2 && c.k == 3 && c.stride == 1
}

// scatterPart makes the outputs of a part, of so many elements an image.
func (c *conv) scatterPart(t *part, size int) {
	clear(t.y)
	s := kernel.Scatter{Height: c.in.h, Width: c.in.w, Channels: c.in.c, Top: t.top, Bottom: t.bottom, Out: t.o.width}
	w := c.weight.Value[c.weightRow(t.o, 0, 0, 0):][:9*c.in.c*t.o.width]
	for i := range c.pass.steps * t.count {
		s.Add(t.y[i*size:(i+1)*size], w, c.x.realImage(c.input(t, i)))
	}
}
