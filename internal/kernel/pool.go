package kernel

// Window is the geometry of pooling: k x k windows at stride k over an image of height x width pixels of C channels;
// incomplete windows are dropped.
type Window struct{ K, Height, Width, C int }

// Out is the height and width of the pooled image.
func (p Window) Out() (height, width int) { return p.Height / p.K, p.Width / p.K }

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

// MaxSpikes writes to dst whether any spike of each window is set.
func (p Window) MaxSpikes(dst, s []uint16) {
	height, width := p.Out()
	words := p.C / Lanes
	at := 0
	for y := range height {
		for x := range width {
			for w := range words {
				var any uint16
				for ky := range p.K {
					for kx := range p.K {
						any |= s[((y*p.K+ky)*p.Width+x*p.K+kx)*words+w]
					}
				}
				dst[at] = any
				at++
			}
		}
	}
}

// AvgReals writes the mean of each window of x to dst [out height][out width][C].
func (p Window) AvgReals(dst, x []float32) {
	share := 1 / float32(p.K*p.K)
	height, width := p.Out()
	for y := range height {
		for i := range width {
			out := dst[(y*width+i)*p.C:][:p.C]
			clear(out)
			for ky := range p.K {
				for kx := range p.K {
					AddScaled(out, x[((y*p.K+ky)*p.Width+i*p.K+kx)*p.C:][:p.C], 1)
				}
			}
			ScaleTo(out, out, share)
		}
	}
}

// MaxReals writes the largest value of each window of x to dst [out height][out width][C].
func (p Window) MaxReals(dst, x []float32) {
	p.each(func(out int, in []int) {
		for c := range p.C {
			dst[out+c] = x[in[p.argmax(x, in, c)]+c]
		}
	})
}

// argmax is the number of the first largest value of a window.
func (p Window) argmax(x []float32, in []int, c int) int {
	best := 0
	for j, i := range in {
		if x[i+c] > x[in[best]+c] {
			best = j
		}
	}
	return best
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

// MaxSpikesBackward hands g to the first spike of each window, or to its first pixel where there is none.
func (p Window) MaxSpikesBackward(dst, g []float32, s []uint16) {
	clear(dst)
	p.each(func(out int, in []int) {
		for c := range p.C {
			first := in[0]
			for _, i := range in {
				if s[(i+c)/Lanes]>>(c%Lanes)&1 != 0 {
					first = i
					break
				}
			}
			dst[first+c] = g[out+c]
		}
	})
}

// MaxRealsBackward hands g to the first largest value of each window.
func (p Window) MaxRealsBackward(dst, g, x []float32) {
	clear(dst)
	p.each(func(out int, in []int) {
		for c := range p.C {
			dst[in[p.argmax(x, in, c)]+c] = g[out+c]
		}
	})
}

// each calls f for every window with the offsets of its output pixel and of its input pixels, row by row.
func (p Window) each(f func(out int, in []int)) {
	height, width := p.Out()
	var room [16]int
	for y := range height {
		for x := range width {
			in := room[:0]
			for ky := range p.K {
				for kx := range p.K {
					in = append(in, ((y*p.K+ky)*p.Width+x*p.K+kx)*p.C)
				}
			}
			f((y*width+x)*p.C, in)
		}
	}
}
