package kernel

// Window is the geometry of pooling: K x K windows at a stride over an image of Height x Width pixels of C channels; incomplete
// windows are dropped. Means want Stride = K and no padding; the windows of a maximum may overlap, and reach into Padding pixels on each
// side that are no candidates.
type Window struct{ K, Stride, Padding, Height, Width, C int }

// Out is the height and width of the pooled image.
func (p Window) Out() (height, width int) {
	return (p.Height+2*p.Padding-p.K)/p.Stride + 1, (p.Width+2*p.Padding-p.K)/p.Stride + 1
}

// span is the range of rows, or columns, of window i in an image of so many.
func (p Window) span(i, size int) (from, to int) {
	from = i*p.Stride - p.Padding
	return max(from, 0), min(from+p.K, size)
}

// AvgSpikes writes the mean of each window of the spikes s to dst [out height][out width][C].
func (p Window) AvgSpikes(dst []float32, s []uint16) {
	height, width := p.Out()
	if p.K == 2 && width > 0 {
		row := p.Width * p.C / Lanes
		for y := range height {
			active.avgSpikes2(dst[y*width*p.C:(y+1)*width*p.C], s[2*y*row:], s[(2*y+1)*row:], width, p.C/Lanes)
		}
		return
	}
	share := 1 / float32(p.K*p.K)
	words := p.C / Lanes
	at := 0
	for y := range height {
		for x := range width {
			for w := range words {
				var count [Lanes]float32
				for ky := range p.K {
					for kx := range p.K {
						word := s[((y*p.K+ky)*p.Width+x*p.K+kx)*words+w]
						for c := range count {
							count[c] += float32(word >> c & 1)
						}
					}
				}
				out := (*[Lanes]float32)(dst[at:])
				for c := range out {
					out[c] = count[c] * share
				}
				at += Lanes
			}
		}
	}
}

// avgSpikes2Generic writes a row of means of 2x2 windows, from two rows of spikes with the given number of words a pixel.
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

// AvgReals writes the mean of each window of x to dst [out height][out width][C].
func (p Window) AvgReals(dst, x []float32) {
	share := 1 / float32(p.K*p.K)
	height, width := p.Out()
	for oy := range height {
		for ox := range width {
			out := dst[(oy*width+ox)*p.C:][:p.C]
			clear(out)
			for ky := range p.K {
				for kx := range p.K {
					AddScaled(out, x[((oy*p.K+ky)*p.Width+ox*p.K+kx)*p.C:][:p.C], 1)
				}
			}
			ScaleTo(out, out, share)
		}
	}
}

// AvgBackward writes the gradient of the input: each pixel of a window has its share of g [out height][out width][C].
func (p Window) AvgBackward(dst, g []float32) {
	share := 1 / float32(p.K*p.K)
	height, width := p.Out()
	for y := range p.Height {
		row := dst[y*p.Width*p.C : (y+1)*p.Width*p.C]
		if y/p.K >= height {
			clear(row)
			continue
		}
		clear(row[width*p.K*p.C:])
		for x := range width * p.K {
			out := g[(y/p.K*width+x/p.K)*p.C:][:p.C]
			ScaleTo(row[x*p.C:][:p.C], out, share)
		}
	}
}
