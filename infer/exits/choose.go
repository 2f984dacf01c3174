package exits

import (
	"cmp"
	"math"
	"slices"

	"ssnn/infer"
)

// Choose makes exits from answers to samples that were held out of the training. For each point it
// takes the temperature of the logits that makes the held-out labels most likely (Guo et al., ICML
// 2017). For all points together it takes the lowest threshold at which, and above which, the exits
// cost at most loss percentage points of accuracy on the held-out samples, a standard error
// included. As visiting a point takes work too, it starts with all points and leaves out, one at a
// time, the point without which the held-out samples take the least work, until that saves no more.
func (a *Answers) Choose(by infer.Measure, loss float64) *infer.Exits {
	all := &infer.Exits{By: by, Loss: loss, Samples: len(a.Labels), Points: slices.Clone(a.Points),
		Network: a.network}
	for i := range all.Points {
		all.Points[i].Temperature = a.temperature(i)
	}
	best, least := a.lowered(*all)
	for improved := true; improved; {
		improved = false
		points := best.Points
		for i := range len(points) - 1 { // the end always stays
			e := *best
			e.Points = slices.Delete(slices.Clone(points), i, i+1)
			if fewer, cost := a.lowered(e); cost < least {
				best, least, improved = fewer, cost, true
			}
		}
	}
	return best
}

// lowered returns the exits with the threshold that is chosen for their points, and their cost.
func (a *Answers) lowered(e infer.Exits) (*infer.Exits, float64) {
	some := a.only(e.Points)
	some.lower(&e)
	return &e, some.At(&e).Operations + some.reading(&e)
}

// perByte is the number of operations that take as long as reading a byte of weights once. A piece
// of a stage reads all weights of the stage, whatever the number of its timesteps. It was measured
// on a VGG-9 of full width, see docs/decisions/015-inference.md.
const perByte = 5

// reading returns the mean over the samples of the cost of reading the weights, in operations, with
// exits at all points of the answers.
func (a *Answers) reading(e *infer.Exits) (cost float64) {
	pieces := a.pieces()
	for i, share := range a.At(e).Shares {
		for stage, n := range pieces[i] {
			cost += share * perByte * float64(n*a.Weights[stage])
		}
	}
	return cost
}

// pieces returns the number of pieces in which each stage has been run when a point is reached,
// [points][stages].
func (a *Answers) pieces() (all [][]int) {
	done, n := make([]int, len(a.Weights)), make([]int, len(a.Weights))
	for _, pt := range a.Points {
		for stage, steps := range a.net.needs(pt) {
			if steps > done[stage] {
				done[stage] = steps
				n[stage]++
			}
		}
		all = append(all, slices.Clone(n))
	}
	return all
}

// lower chooses the threshold of exits at all points of the answers.
func (a *Answers) lower(e *infer.Exits) {
	t := a.try(e)
	e.Threshold = never
	for _, threshold := range slices.Backward(t.thresholds()) {
		if t.mayCost(threshold) > e.Loss/100+1e-9 {
			break
		}
		e.Threshold = threshold
	}
}

// mayCost returns the loss of accuracy at a threshold, 0 to 1, with a standard error on top: the
// share of the samples that only the end answers rightly, minus the share that only the exits do.
// The standard error is there because, of a few hundred samples, a handful change, and as many
// again may change by chance on others.
func (t trial) mayCost(threshold float64) float64 {
	var lost, gained float64
	for j, after := range t.right[len(t.Points)-1] {
		switch before := t.right[t.exit(j, threshold)][j]; {
		case after && !before:
			lost++
		case before && !after:
			gained++
		}
	}
	return (lost - gained + math.Sqrt(lost+gained)) / float64(max(1, len(t.Labels)))
}

// never is a threshold that no answer reaches.
var never = math.Nextafter(1, 2)

// Thresholds returns the thresholds that make a difference, in ascending order: 0, at which the
// first point answers, and all values that are measured at a point, at most 1000.
func (a *Answers) Thresholds(e *infer.Exits) []float64 { return a.try(e).thresholds() }

func (t trial) thresholds() []float64 {
	all := append(slices.Concat(t.sure...), 0)
	slices.Sort(all)
	all = append(slices.Compact(all), never)
	const most = 1000
	if len(all) <= most {
		return all
	}
	some := make([]float64, most)
	for i := range some {
		some[i] = all[i*(len(all)-1)/(most-1)]
	}
	return some
}

// sure returns how sure the answer of a point is, by a measure.
func sure(by infer.Measure, pt infer.Point, logits []float32) float64 {
	p := make([]float64, len(logits))
	infer.Softmax(p, logits, cmp.Or(pt.Temperature, 1))
	return by.Of(p)
}

// The range of temperatures that are tried.
const coldest, hottest = 0.05, 20.

// temperature finds the temperature of point i by golden section over its logarithm: the likelihood
// of the labels has one maximum over 1/temperature.
func (a *Answers) temperature(i int) float64 {
	if len(a.Labels) == 0 {
		return 1
	}
	p := make([]float64, len(a.Logits[i][0]))
	loss := func(log float64) (sum float64) {
		for j, label := range a.Labels {
			infer.Softmax(p, a.Logits[i][j], math.Exp(log))
			sum -= math.Log(max(p[label], 1e-300))
		}
		return sum
	}
	ratio := (math.Sqrt(5) - 1) / 2
	from, to := math.Log(coldest), math.Log(hottest)
	left, right := to-ratio*(to-from), from+ratio*(to-from)
	lossLeft, lossRight := loss(left), loss(right)
	for to-from > 1e-3 {
		if lossLeft < lossRight {
			to, right, lossRight = right, left, lossLeft
			left = to - ratio*(to-from)
			lossLeft = loss(left)
		} else {
			from, left, lossLeft = left, right, lossRight
			right = from + ratio*(to-from)
			lossRight = loss(right)
		}
	}
	return math.Exp((from + to) / 2)
}
