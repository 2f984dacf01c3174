package dataset

import (
	"math"
	"math/rand/v2"
)

// HoldOut parts a set in two, class by class: the share that is held out, drawn by seed, and the
// rest, both in the set's order. A class of two or more recordings has at least one in each part.
// A share of 0 holds out none.
func (s *Set) HoldOut(share float64, seed uint64) (rest, held *Set) {
	if share == 0 {
		none := *s
		none.Samples = nil
		return s, &none
	}
	byClass := make([][]int, len(s.Classes))
	for i, sample := range s.Samples {
		byClass[sample.Label] = append(byClass[sample.Label], i)
	}
	out := make([]bool, len(s.Samples))
	for class, all := range byClass {
		n := min(max(1, int(math.Round(share*float64(len(all))))), len(all)-1)
		rng := rand.New(rand.NewPCG(seed, uint64(class)))
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, i := range all[:max(n, 0)] {
			out[i] = true
		}
	}
	r, h := *s, *s
	r.Samples, h.Samples = nil, nil
	for i, sample := range s.Samples {
		if out[i] {
			h.Samples = append(h.Samples, sample)
		} else {
			r.Samples = append(r.Samples, sample)
		}
	}
	return &r, &h
}
