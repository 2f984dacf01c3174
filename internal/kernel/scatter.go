package kernel

// Scatter is a convolution of 3x3 taps, stride 1 and padding 1 for real images of few channels of which few are not zero, such as frames of events:
// each active input is added to the nine pixels that see it. Nothing is listed or ordered, and inputs that are zero cost a look.
type Scatter struct {
	Height, Width int // of the image
	Channels      int // of it: 1 or 2
	Top, Bottom   int // rows of the output that are made
	Out           int // output channels: 16, 32 or 64
}

// Add adds to dst [Bottom-Top][Width][Out] what the image x [Height][Width][Channels] makes with the weights w [3][3][Channels][Out]. A pixel's sum is
// made in the order of kernel rows, columns and channels, as by SpikeConv and RealConv.
func (s Scatter) Add(dst, w, x []float32) {
	row, taps := s.Width*s.Channels, 3*s.Channels*s.Out
	for y := max(0, s.Top-1); y < min(s.Height, s.Bottom+1); y++ {
		// Row ky of the kernel takes it to row y+1-ky.
		first, last := max(0, y+2-s.Bottom), min(2, y+1-s.Top)
		active.scatter(s, dst, y+1-first-s.Top, w[first*taps:(last+1)*taps], x[y*row:(y+1)*row], last-first+1)
	}
}

// scatterGeneric adds what a row x of the image makes by so many rows of the kernel, the first of which takes it to row to of dst, and each other
// one up.
func scatterGeneric(s Scatter, dst []float32, to int, w, x []float32, rows int) {
	for i, v := range x {
		if v == 0 {
			continue
		}
		p, c := i/s.Channels, i%s.Channels
		for ky := range rows {
			for kx := range 3 {
				column := p + 1 - kx
				if column < 0 || column >= s.Width {
					continue
				}
				sum := dst[((to-ky)*s.Width+column)*s.Out:][:s.Out]
				for o, weight := range w[((ky*3+kx)*s.Channels+c)*s.Out:][:s.Out] {
					sum[o] += float32(v * weight)
				}
			}
		}
	}
}
