package report

import (
	"math"

	"ssnn/train"
)

// BalancedInterval returns the 95 % confidence interval of an accuracy that is balanced by class:
// the mean over the m classes that occur of the share of their recordings that is recognised. Each
// class is a stratum. To each are added 2/m recordings that are recognised and 2/m that are not,
// and the interval is the mean plus or minus 1.96 standard errors (Price and Bonett, Computational
// Statistics and Data Analysis 45, 2004, page 449; with one class it is Agresti and Coull's). The
// additions make it right for few recordings, and where all or none are recognised. Without
// recordings it is 0 to 1.
func BalancedInterval(e train.Evaluation) (low, high float64) {
	m := 0.
	for _, row := range e.Confusion {
		if total(row) > 0 {
			m++
		}
	}
	if m == 0 {
		return 0, 1
	}
	var mean, variance float64
	for class, row := range e.Confusion {
		if total(row) == 0 {
			continue
		}
		n := float64(total(row)) + 4/m
		p := (float64(row[class]) + 2/m) / n
		mean, variance = mean+p/m, variance+p*(1-p)/n/(m*m)
	}
	half := normal975 * math.Sqrt(variance)
	return max(0, mean-half), min(1, mean+half)
}
