package report

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// ticks are labels at multiples of 1, 2 or 5 times a power of ten, four to eight of them.
type ticks struct{ whole bool } // whole: none between whole numbers

// Ticks is called by plot.
func (t ticks) Ticks(low, high float64) []plot.Tick {
	if !(high > low) {
		return []plot.Tick{{Value: low, Label: strconv.FormatFloat(low, 'g', 4, 64)}}
	}
	quarter := (high - low) / 4 * (1 + 1e-9)
	power := math.Pow(10, math.Floor(math.Log10(quarter)))
	step := power
	for _, m := range []float64{2, 5} {
		if quarter >= m*power {
			step = m * power
		}
	}
	if t.whole {
		step = max(1, step)
	}
	digits := max(0, -int(math.Floor(math.Log10(step))))
	var all []plot.Tick
	for i := math.Ceil(low/step - 1e-9); i*step <= high+1e-9*step; i++ {
		all = append(all, plot.Tick{Value: i * step,
			Label: strconv.FormatFloat(i*step+0, 'f', digits, 64)})
	}
	return all
}

// wholeDecades makes an axis of decimal logarithms one that begins and ends with a power of ten,
// each of which is labelled.
func wholeDecades(a *plot.Axis) {
	if a.Max < a.Min { // no values
		a.Min, a.Max = 0, 0
	}
	a.Min, a.Max = math.Floor(a.Min), math.Ceil(a.Max)
	if a.Min == a.Max {
		a.Max++
	}
	a.Tick.Marker = decades{}
}

// decades are labels of decimal logarithms.
type decades struct{}

// Ticks is called by plot.
func (decades) Ticks(low, high float64) (all []plot.Tick) {
	step := max(1, math.Ceil((high-low)/8))
	for e := math.Ceil(low); e <= high; e += step {
		all = append(all, plot.Tick{Value: e, Label: strconv.FormatFloat(math.Pow(10, e), 'g', 3,
			64)})
	}
	return all
}
