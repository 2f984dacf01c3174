package dataset

import (
	"math"
	"math/rand/v2"
)

// Label says which class a sample shows, or which two classes are mixed in it.
type Label struct {
	Class int     // number of the class, from 0
	Other int     // number of the class that was mixed in
	Share float64 // share of Other, 0 to 1/2; Class has the share 1-Share
}

// Label returns the class of sample i, or, where draw is given and mixup is on, its mixture. Sample
// i+k*Len() is sample i shown after k times before.
func (f *Frames) Label(i int, draw *Draw) Label {
	l := Label{Class: f.labels[i%f.Len()]}
	if other, share := f.Augment.mix(draw, i, len(f.labels)); share > 0 {
		l.Other, l.Share = f.labels[other], share
	}
	return l
}

// mix draws which of n samples is mixed into sample i, and with which share, from 0 to 1/2; a share
// of 0 says that none is.
//
// In mixup (Zhang et al., ICLR 2018) two samples are mixed with the shares Lambda and 1-Lambda,
// Lambda being drawn from Beta(Mixup, Mixup). That distribution is symmetric about 1/2, so the
// smaller of the two shares can always be that of the second sample.
func (a Augment) mix(d *Draw, i, n int) (other int, share float64) {
	if d == nil || a.Mixup == 0 {
		return 0, 0
	}
	var g rand.PCG
	d.seed(&g, streamMixup, i)
	r := rand.New(&g)
	other = r.IntN(n)
	// Beta(a, a) is X/(X+Y) for X and Y from Gamma(a).
	return other, 1 / (1 + math.Exp(math.Abs(logGamma(r, a.Mixup)-logGamma(r, a.Mixup))))
}

// mix mixes into each sample of a batch the sample that is drawn for it, which is augmented as if
// it were shown by itself.
func (f *Frames) mix(dst []float32, batch []int, stored func(i int) []uint16, draw *Draw) {
	size := f.Config.Len() / f.Config.T
	second := make([]float32, f.Config.Len())
	for b, i := range batch {
		other, share := f.Augment.mix(draw, i, f.Len())
		if share == 0 {
			continue
		}
		clear(second)
		f.show(second, 0, 1, other, stored(other), draw)
		keep, share32 := float32(1-share), float32(share)
		for t := range f.Config.T {
			frame := dst[(t*len(batch)+b)*size:][:size]
			for j, v := range second[t*size : (t+1)*size] {
				frame[j] = float32(keep*frame[j]) + float32(share32*v)
			}
		}
	}
}

// logGamma draws the logarithm of a number from Gamma(a), by Marsaglia and Tsang, "A simple method
// for generating gamma variables" (ACM TOMS 2000): from Gamma(a+1), with their step from there to
// a. It is the logarithm because the number itself may be too small for a float64.
func logGamma(r *rand.Rand, a float64) float64 {
	d := a + 1 - 1./3
	c := 1 / (3 * math.Sqrt(d))
	for {
		x := r.NormFloat64()
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = v * v * v
		if u := 1 - r.Float64(); math.Log(u) < float64(x*x/2)+float64(d*(1-v+math.Log(v))) {
			return math.Log(d*v) + math.Log(1-r.Float64())/a
		}
	}
}
