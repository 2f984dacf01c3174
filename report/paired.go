package report

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Paired compares two ways to train a network, A and B, by the answers of one network each, or of
// several with the same seeds, to the same recordings.
type Paired struct {
	Recordings int     `json:"recordings"` // number of recordings
	Seeds      int     `json:"seeds"`      // number of networks of each way
	OnlyA      int     `json:"only_a"`     // answers, over all seeds, that A alone has right
	OnlyB      int     `json:"only_b"`     // answers that B alone has right
	Difference float64 `json:"difference"` // accuracy of B minus that of A, as a share
	Low        float64 `json:"low"`        // lower end of its 95 % confidence interval
	High       float64 `json:"high"`       // upper end
	P          float64 `json:"p"`          // probability of so large a difference by chance
}

const (
	resamples     = 10000
	bootstrapSeed = 1
	mostExact     = 1000 // most recordings on which A and B differ for an exact test
)

// Pair compares answers, which are [seed][recording] whether they are right.
//
// The interval is the percentile bootstrap over recordings (Efron, Tibshirani, An Introduction to
// the Bootstrap, 1993, chapter 13): 10,000 sets of as many recordings, drawn with replacement and
// a fixed seed, each recording with the answers of A and B of all seeds.
//
// P tests the hypothesis that, for each recording, A and B could be exchanged. With one seed it is
// McNemar's exact test (McNemar, Psychometrika 12, 1947): the two-sided binomial test of OnlyA and
// OnlyB with equal chances. With several seeds, the answers to one recording are not independent,
// so a recording with the answers of all seeds is exchanged as a whole: the exact sign test of its
// differences (Fisher, The Design of Experiments, 1935, section 21), which for one seed is
// McNemar's. If A and B differ on more than 1,000 recordings, P is the chi-squared approximation of
// the same test: for one seed McNemar's without a correction for continuity, for more that of
// Durkalski, Palesch, Lipsitz and Rust (Statistics in Medicine 22, 2003, page 2417).
//
// Both the interval and P say what other recordings would change, for these networks. They do not
// say what other seeds would change.
func Pair(a, b [][]bool) Paired {
	p := Paired{Seeds: len(a), P: 1}
	if len(a) == 0 || len(a[0]) == 0 {
		return p
	}
	p.Recordings = len(a[0])
	differences := make([]int, p.Recordings) // of the seeds that have a recording right
	for s := range a {
		for i := range a[s] {
			switch {
			case a[s][i] && !b[s][i]:
				p.OnlyA++
				differences[i]--
			case b[s][i] && !a[s][i]:
				p.OnlyB++
				differences[i]++
			}
		}
	}
	answers := float64(p.Recordings * p.Seeds)
	p.Difference = float64(p.OnlyB-p.OnlyA) / answers
	low, high := bootstrap(differences)
	p.Low, p.High = low/float64(p.Seeds), high/float64(p.Seeds)
	p.P = signTest(differences)
	return p
}

// bootstrap returns the 95 % percentile interval of the mean of x.
func bootstrap(x []int) (low, high float64) {
	rng := rand.NewPCG(bootstrapSeed, 0)
	// How often each value is drawn is multinomial: a binomial number for one value after another.
	values := slices.Compact(slices.Sorted(slices.Values(x)))
	counts := make([]float64, len(values))
	for _, v := range x {
		at, _ := slices.BinarySearch(values, v)
		counts[at]++
	}
	means := make([]float64, resamples)
	for i := range means {
		left, open, sum := float64(len(x)), float64(len(x)), 0. // draws, and values to draw from
		for k, v := range values {
			n := left
			if k < len(values)-1 && left > 0 {
				n = distuv.Binomial{N: left, P: counts[k] / open, Src: rng}.Rand()
			}
			sum += n * float64(v)
			left, open = left-n, open-counts[k]
		}
		means[i] = sum / float64(len(x))
	}
	slices.Sort(means)
	return quantile(means, 0.025), quantile(means, 0.975)
}

// quantile returns the quantile of sorted values, linear between them (Hyndman, Fan, The American
// Statistician 50, 1996, definition 7).
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// signTest returns the probability that the sum of x would be as far from 0, or farther, if each
// had its sign by chance.
func signTest(x []int) float64 {
	sum, squares, most := 0, 0., 0
	var sizes []int // that are not 0
	for _, v := range x {
		if v == 0 {
			continue
		}
		size := max(v, -v)
		sum, squares, most = sum+v, squares+float64(v*v), most+size
		sizes = append(sizes, size)
	}
	switch {
	case len(sizes) == 0:
		return 1
	case len(sizes) > mostExact:
		return distuv.ChiSquared{K: 1}.Survival(float64(sum) * float64(sum) / squares)
	}
	// chance[most+s] is that of the sum s.
	chance, next := make([]float64, 2*most+1), make([]float64, 2*most+1)
	chance[most] = 1
	reach := 0
	for _, size := range sizes {
		clear(next)
		for s := -reach; s <= reach; s++ {
			half := chance[most+s] / 2
			next[most+s+size] += half
			next[most+s-size] += half
		}
		reach += size
		chance, next = next, chance
	}
	far, p := max(sum, -sum), 0.
	if far == 0 {
		return 1
	}
	for s := far; s <= most; s++ {
		p += chance[most+s] + chance[most-s]
	}
	return math.Min(1, p)
}

// Holm adjusts the p values of several comparisons: the probability that any adjusted value falls
// below a bound by chance alone is at most that bound (Holm, Scandinavian Journal of Statistics 6,
// 1979).
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	adjusted, most := make([]float64, len(p)), 0.
	for rank, i := range order {
		most = max(most, min(1, p[i]*float64(len(p)-rank)))
		adjusted[i] = most
	}
	return adjusted
}
