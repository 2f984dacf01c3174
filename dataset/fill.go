package dataset

// Fill writes the frames of the samples of batch to dst, [T][len(batch)][H][W][channels]float32.
// draw says which augmentation to draw; nil stands for none. Sample i+k*Len() is sample i shown
// after k times before. The error is that of a recording that is read for this batch, as jitter
// and OnDemand do.
func (f *Frames) Fill(dst []float32, batch []int, draw *Draw) error {
	stored := func(i int) []uint16 { return f.counts[i%f.Len()] }
	var read map[int][]uint16 // frames of this batch's samples, where they are read for it alone
	var err error
	switch {
	case draw != nil && f.Augment.jitters():
		read, err = f.jittered(batch, *draw)
	case f.counts == nil:
		read, err = f.read(batch, draw)
	}
	if err != nil {
		return err
	}
	if read != nil {
		stored = func(i int) []uint16 { return read[i] }
	}
	clear(dst)
	for b, i := range batch {
		f.show(dst, b, len(batch), i, stored(i), draw)
	}
	if draw != nil && f.Augment.Mixup > 0 {
		f.mix(dst, batch, stored, draw)
	}
	return nil
}

// show writes the stored frames of sample i, augmented as draw says, to place b of a batch of n
// samples. The place must be all zeroes.
func (f *Frames) show(dst []float32, b, n, i int, stored []uint16, draw *Draw) {
	size, pixels, T := f.Config.Len()/f.Config.T, f.Config.Pixels(), f.Config.T
	c := f.Augment.draw(draw, i, T, pixels.Width, pixels.Height)
	for t := range T {
		if t >= c.from && t < c.to {
			continue
		}
		from := t
		if c.reverse {
			from = T - 1 - t
		}
		frame := dst[(t*n+b)*size:][:size]
		f.place(frame, stored[from*size:(from+1)*size], &c)
		for _, r := range c.empty {
			f.clear(frame, r)
		}
		if c.drop > 0 {
			f.thin(frame, &c)
		}
	}
}

// place writes a stored frame to dst, which must be all zeroes: moved, turned, mirrored, and with
// its polarities exchanged.
func (f *Frames) place(dst []float32, frame []uint16, c *change) {
	width, height, channels := f.Config.Pixels().Width, f.Config.Pixels().Height,
		f.Config.Channels()
	scale := f.Config.Scale()
	if !c.turn && !c.flip && !(c.swap && channels == 2) {
		f.copyShifted(dst, frame, c.dx, c.dy)
		return
	}
	swap := 0
	if c.swap && channels == 2 {
		swap = 1
	}
	for y := range height {
		for x := range width {
			u, v := x-c.dx, y-c.dy
			if c.turn {
				u, v = c.turned(u, v, width, height)
			}
			if c.flip {
				u = width - 1 - u
			}
			if u < 0 || u >= width || v < 0 || v >= height {
				continue
			}
			for channel := range channels {
				if n := frame[(v*width+u)*channels+channel^swap]; n != 0 {
					dst[(y*width+x)*channels+channel] = float32(n) * scale
				}
			}
		}
	}
}

// turned returns the pixel that comes to (x, y) by turning about the centre.
func (c *change) turned(x, y, width, height int) (u, v int) {
	// Distances are doubled, so that they are whole where the centre lies between two pixels.
	h, k := float64(2*x-width+1), float64(2*y-height+1)
	return nearest(float64(c.cos*h)+float64(c.sin*k), width),
		nearest(float64(c.cos*k)-float64(c.sin*h), height)
}

// nearest returns the pixel, in a row of n, whose distance from the centre is half of twice.
func nearest(twice float64, n int) int {
	at := (twice + float64(n)) / 2 // the pixel's middle is half a pixel further
	if at < 0 {
		return -1
	}
	return int(at)
}

// copyShifted copies a frame, moved by dx pixels to the right and dy down, to dst, which must be
// all zeroes.
func (f *Frames) copyShifted(dst []float32, frame []uint16, dx, dy int) {
	width, height, channels := f.Config.Pixels().Width, f.Config.Pixels().Height,
		f.Config.Channels()
	scale := f.Config.Scale()
	for y := max(0, -dy); y < min(height, height-dy); y++ {
		from := (y*width + max(0, -dx)) * channels
		to := (y*width + min(width, width-dx)) * channels
		if to <= from {
			return
		}
		out := dst[from+(dy*width+dx)*channels:]
		for j, n := range frame[from:to] {
			if n != 0 {
				out[j] = float32(n) * scale
			}
		}
	}
}

// clear empties a part of a frame.
func (f *Frames) clear(frame []float32, r rectangle) {
	width, channels := f.Config.Pixels().Width, f.Config.Channels()
	for y := r.top; y < r.bottom; y++ {
		if r.right > r.left {
			clear(frame[(y*width+r.left)*channels : (y*width+r.right)*channels])
		}
	}
}

// thin leaves out each event with the drawn probability.
func (f *Frames) thin(frame []float32, c *change) {
	for i, v := range frame {
		if v == 0 {
			continue
		}
		if f.Config.Scale() != 1 {
			if c.random.Uint64()>>11 < c.drop {
				frame[i] = 0
			}
			continue
		}
		for range int(v) {
			if c.random.Uint64()>>11 < c.drop {
				frame[i]--
			}
		}
	}
}
