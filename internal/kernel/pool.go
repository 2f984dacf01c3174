package kernel

// Window is the geometry of pooling: windows over an image of Height x Width pixels of C channels.
// Incomplete windows are dropped. Windows may overlap and may reach into the zeros around the
// image, which do not count for a maximum. The taps of a window are adjacent.
type Window struct {
	Down, Across     Axis // over rows and over columns
	Height, Width, C int
}

// Out is the height and width of the pooled image.
func (p Window) Out() (height, width int) {
	return p.Down.windows(p.Height), p.Across.windows(p.Width)
}

// windows is the number of windows along an axis of the given number of rows or columns.
func (a Axis) windows(size int) int { return (size+2*a.Before-a.Taps)/a.Step + 1 }

// span is the range of rows, or columns, that window i covers in an image of the given size.
func (a Axis) span(i, size int) (from, to int) {
	from = i*a.Step - a.Before
	return max(from, 0), min(from+a.Taps, size)
}

// apart reports whether the windows lie side by side without gaps or overlaps.
func (a Axis) apart() bool { return a.Step == a.Taps && a.Before == 0 }

// Taps is the number of pixels of a window.
func (p Window) Taps() int { return p.Down.Taps * p.Across.Taps }

// SumSpikes writes the sum of the spikes s in each window, times a factor, to dst [out height][out
// width][C].
func (p Window) SumSpikes(dst []float32, s []uint16, factor float32) {
	height, width := p.Out()
	two := Axis{Taps: 2, Step: 2, Dilation: 1}
	if p.Down == two && p.Across == two && width > 0 && factor == 0.25 {
		row := p.Width * p.C / Lanes
		for y := range height {
			active.avgSpikes2(dst[y*width*p.C:(y+1)*width*p.C], s[2*y*row:], s[(2*y+1)*row:], width,
				p.C/Lanes)
		}
		return
	}
	words := p.C / Lanes
	at := 0
	for y := range height {
		top, bottom := p.Down.span(y, p.Height)
		for x := range width {
			left, right := p.Across.span(x, p.Width)
			for w := range words {
				var count [Lanes]float32
				for iy := top; iy < bottom; iy++ {
					for ix := left; ix < right; ix++ {
						word := s[(iy*p.Width+ix)*words+w]
						for c := range count {
							count[c] += float32(word >> c & 1)
						}
					}
				}
				out := (*[Lanes]float32)(dst[at:])
				for c := range out {
					out[c] = count[c] * factor
				}
				at += Lanes
			}
		}
	}
}

// avgSpikes2Generic writes a row of means of 2x2 windows from two rows of spikes, which have the
// given number of words for each pixel.
func avgSpikes2Generic(dst []float32, top, bottom []uint16, pixels, words int) {
	for x := range pixels {
		for w := range words {
			at := 2*x*words + w
			out := (*[Lanes]float32)(dst[(x*words+w)*Lanes:])
			for c := range out {
				n := top[at]>>c&1 + top[at+words]>>c&1 + bottom[at]>>c&1 + bottom[at+words]>>c&1
				out[c] = float32(n) * 0.25
			}
		}
	}
}

// SumReals writes the sum over each window of x, times a factor, to dst [out height][out width][C].
func (p Window) SumReals(dst, x []float32, factor float32) {
	height, width := p.Out()
	for oy := range height {
		top, bottom := p.Down.span(oy, p.Height)
		for ox := range width {
			left, right := p.Across.span(ox, p.Width)
			out := dst[(oy*width+ox)*p.C:][:p.C]
			clear(out)
			for iy := top; iy < bottom; iy++ {
				for ix := left; ix < right; ix++ {
					AddScaled(out, x[(iy*p.Width+ix)*p.C:][:p.C], 1)
				}
			}
			ScaleTo(out, out, factor)
		}
	}
}

// SumBackward writes the gradient of the input to dst: each pixel of a window receives g [out
// height][out width][C], times the factor.
func (p Window) SumBackward(dst, g []float32, factor float32) {
	height, width := p.Out()
	if !p.Down.apart() || !p.Across.apart() {
		p.addBackward(dst, g, factor)
		return
	}
	kh, kw := p.Down.Taps, p.Across.Taps
	for y := range p.Height {
		row := dst[y*p.Width*p.C : (y+1)*p.Width*p.C]
		if y/kh >= height {
			clear(row)
			continue
		}
		clear(row[width*kw*p.C:])
		for x := range width * kw {
			out := g[(y/kh*width+x/kw)*p.C:][:p.C]
			ScaleTo(row[x*p.C:][:p.C], out, factor)
		}
	}
}

// addBackward is SumBackward for windows that overlap or leave pixels out.
func (p Window) addBackward(dst, g []float32, factor float32) {
	clear(dst)
	height, width := p.Out()
	for oy := range height {
		top, bottom := p.Down.span(oy, p.Height)
		for ox := range width {
			left, right := p.Across.span(ox, p.Width)
			out := g[(oy*width+ox)*p.C:][:p.C]
			for iy := top; iy < bottom; iy++ {
				for ix := left; ix < right; ix++ {
					AddScaled(dst[(iy*p.Width+ix)*p.C:][:p.C], out, factor)
				}
			}
		}
	}
}
