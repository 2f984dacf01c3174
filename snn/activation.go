package snn

import "ssnn/internal/kernel"

// activation is the output of one layer and the input of the next: T timesteps of a batch of B
// images. There are three kinds:
//
//	spikes    [T][B][H][W][C/16]uint16, bits
//	reals     [T][B][H][W][stride]float32
//	factored  reals [B][H][W][stride] at T strengths: timestep t of sample b is
//	          scale[t*B+b] * reals[b]. The output of a temporal transformer is therefore one
//	          image for each sample, which the next layer convolves once instead of T times.
//
// It belongs to the layer that made it, until the next forward of that layer.
type activation struct {
	shape
	T, B   int
	stride int // elements from one pixel to the next: C padded, or C itself for the frames

	spikes []uint16
	reals  []float32

	unit float32 // all values are whole multiples of unit, 1 for spikes; 0: no unit is known
	most int     // largest value, in units

	raw bool // the values are the frames, or the frames after a fold

	folding *fold // fold that has yet to write the values, see settle; nil: they are written

	merged *merge // merge that made the reals, and knows how many spikes each sums up; or nil

	scale     []float32 // [T][B] of a factored activation, else nil
	scaleGrad []float64 // [T][B]: gradient of scale, to which every reader's backward adds
}

// settle writes the values that a fold put off. The fold puts them off because some readers work on
// its input instead.
func (a *activation) settle() {
	if a.folding != nil {
		a.folding.make(a.folding.t2)
		a.folding = nil
	}
}

// images is the number of images in memory: T*B, or B when factored.
func (a *activation) images() int {
	if a.scale != nil {
		return a.B
	}
	return a.T * a.B
}

// words is the number of 16-bit words of spikes of a pixel.
func (a *activation) words() int { return a.stride / kernel.Lanes }

// size is the number of elements of an image in memory.
func (a *activation) size() int { return a.pixels() * a.stride }

// spikeImage is image n of an activation of spikes.
func (a *activation) spikeImage(n int) []uint16 {
	size := a.size() / kernel.Lanes
	return a.spikes[n*size : (n+1)*size]
}

// realImage is image n of an activation of reals.
func (a *activation) realImage(n int) []float32 {
	return a.reals[n*a.size() : (n+1)*a.size()]
}

// setSpikes makes the activation one of spikes of shape s, with room for T*B images.
func (a *activation) setSpikes(s shape, T, B int) {
	a.shape, a.T, a.B, a.stride = s, T, B, kernel.Pad(s.c)
	a.unit, a.most = 1, 1
	a.spikes = grow(a.spikes, T*B*a.size()/kernel.Lanes)
}

// setReals makes the activation one of reals of shape s, with room for T*B images.
func (a *activation) setReals(s shape, T, B int) {
	a.shape, a.T, a.B, a.stride = s, T, B, kernel.Pad(s.c)
	a.reals = grow(a.reals, T*B*a.size())
}

// addTo adds image n of the T*B images, times a factor, to dst, [H][W][C padded].
func (a *activation) addTo(dst []float32, n int, factor float32) {
	if a.scale != nil {
		n, factor = n%a.B, factor*a.scale[n]
	}
	switch {
	case a.spikes != nil:
		kernel.AddSpikes(dst, a.spikeImage(n), factor)
	case a.stride%kernel.Lanes == 0:
		kernel.AddScaled(dst, a.realImage(n), factor)
	default:
		x, pitch := a.realImage(n), kernel.Pad(a.c)
		for p := range a.pixels() {
			kernel.AddScaled(dst[p*pitch:][:a.c], x[p*a.stride:][:a.c], factor)
		}
	}
}

// addGradient is the backward of addTo. g, [T][B][H][W][C padded], is the gradient of the images
// that addTo adds. It adds the gradient of image n in memory to dst, and the gradient of the
// image's strengths to scaleGrad.
func (a *activation) addGradient(dst, g []float32, n int, factor float32) {
	size := len(dst)
	if a.scale == nil {
		kernel.AddScaled(dst, g[n*size:(n+1)*size], factor)
		return
	}
	for t := range a.T {
		at := t*a.B + n
		g := g[at*size : (at+1)*size]
		kernel.AddScaled(dst, g, factor*a.scale[at])
		a.scaleGrad[at] += float64(factor) * kernel.Dot(g, a.realImage(n))
	}
}

// channelsFirst copies the activation to [T][B][C][H][W], without padding.
func (a *activation) channelsFirst() []float32 {
	out := make([]float32, a.T*a.B*a.c*a.pixels())
	for n := range a.T * a.B {
		image, scale := n, float32(1)
		if a.scale != nil {
			image, scale = n%a.B, a.scale[n]
		}
		for p := range a.pixels() {
			for c := range a.c {
				i := p*a.stride + c
				var v float32
				if a.spikes != nil {
					v = float32(a.spikeImage(image)[i/kernel.Lanes] >> (i % kernel.Lanes) & 1)
				} else {
					v = scale * a.realImage(image)[i]
				}
				out[(n*a.c+c)*a.pixels()+p] = v
			}
		}
	}
	return out
}

// grow returns a slice of n elements, which is s itself if s is large enough. Its contents are
// undefined.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
