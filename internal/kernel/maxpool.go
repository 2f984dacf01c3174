package kernel

import "math/bits"

// MaxSpikes writes a spike to dst for each window and channel of s that has at least one.
func (p Window) MaxSpikes(dst, s []uint16) {
	height, width := p.Out()
	words := p.C / Lanes
	at := 0
	for y := range height {
		top, bottom := p.Down.span(y, p.Height)
		for x := range width {
			left, right := p.Across.span(x, p.Width)
			for w := range words {
				var any uint16
				for iy := top; iy < bottom; iy++ {
					for ix := left; ix < right; ix++ {
						any |= s[(iy*p.Width+ix)*words+w]
					}
				}
				dst[at] = any
				at++
			}
		}
	}
}

// MaxSpikesBackward passes the gradient g [out height][out width][C] to the first spike of each
// window, or to the first pixel of a window without spikes. It writes to dst the sum of the
// gradients that each pixel of the input receives.
func (p Window) MaxSpikesBackward(dst, g []float32, s []uint16) {
	clear(dst)
	height, width := p.Out()
	words := p.C / Lanes
	for y := range height {
		top, bottom := p.Down.span(y, p.Height)
		for x := range width {
			left, right := p.Across.span(x, p.Width)
			for w := range words {
				at := (y*width+x)*words + w
				from := (*[Lanes]float32)(g[at*Lanes:])
				waiting := uint16(1<<Lanes - 1)
				for iy := top; iy < bottom && waiting != 0; iy++ {
					for ix := left; ix < right; ix++ {
						at := (iy*p.Width+ix)*words + w
						addLanes((*[Lanes]float32)(dst[at*Lanes:]), from, waiting&s[at])
						waiting &^= s[at]
					}
				}
				at = (top*p.Width+left)*words + w
				addLanes((*[Lanes]float32)(dst[at*Lanes:]), from, waiting)
			}
		}
	}
}

// addLanes adds x to dst in the lanes whose bit is set.
func addLanes(dst, x *[Lanes]float32, set uint16) {
	for ; set != 0; set &= set - 1 {
		c := bits.TrailingZeros16(set) % Lanes
		dst[c] += x[c]
	}
}

// MaxReals writes the largest value of each window of x to dst [out height][out width][C].
func (p Window) MaxReals(dst, x []float32) {
	height, width := p.Out()
	for oy := range height {
		top, bottom := p.Down.span(oy, p.Height)
		for ox := range width {
			left, right := p.Across.span(ox, p.Width)
			out := dst[(oy*width+ox)*p.C:][:p.C]
			copy(out, x[(top*p.Width+left)*p.C:])
			for iy := top; iy < bottom; iy++ {
				for ix := left; ix < right; ix++ {
					for c, v := range x[(iy*p.Width+ix)*p.C:][:p.C] {
						out[c] = max(out[c], v)
					}
				}
			}
		}
	}
}

// MaxRealsBackward is MaxSpikesBackward for MaxReals: it passes the gradient to the first largest
// value of each window.
func (p Window) MaxRealsBackward(dst, g, x []float32) {
	clear(dst)
	height, width := p.Out()
	for oy := range height {
		top, bottom := p.Down.span(oy, p.Height)
		for ox := range width {
			left, right := p.Across.span(ox, p.Width)
			for c, v := range g[(oy*width+ox)*p.C:][:p.C] {
				best := (top*p.Width+left)*p.C + c
				for iy := top; iy < bottom; iy++ {
					for ix := left; ix < right; ix++ {
						if at := (iy*p.Width+ix)*p.C + c; x[at] > x[best] {
							best = at
						}
					}
				}
				dst[best] += v
			}
		}
	}
}
