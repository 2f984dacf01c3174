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
	power := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	step := power
	for _, m := range []float64{2, 5} {
		if (high-low)/4 >= m*power {
			step = m * power
		}
	}
	if t.whole {
		step = max(1, step)
	}
	digits := max(0, -int(math.Floor(math.Log10(step))))
	var all []plot.Tick
	for i := math.Ceil(low/step - 1e-9); i*step <= high+1e-9*step; i++ {
		all = append(all, plot.Tick{Value: i * step, Label: strconv.FormatFloat(i*step+0, 'f', digits, 64)})
	}
	return all
}
