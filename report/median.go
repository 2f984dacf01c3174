package report

import "slices"

// Median sorts values and returns the middle one, or the mean of the middle two. Without values it
// is 0.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}
