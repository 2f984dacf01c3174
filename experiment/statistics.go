package experiment

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Spread is the mean and the spread of a value over the runs of some seeds.
type Spread struct {
	N         int     // number of values
	Mean      float64 // NaN for no values
	Deviation float64 // standard deviation of the sample; NaN for fewer than two values
	Low, High float64 // 95 % interval of the mean, by Student's t; NaN for fewer than two values
}

func spreadOf(x []float64) Spread {
	s := Spread{N: len(x), Mean: math.NaN(), Deviation: math.NaN(), Low: math.NaN(),
		High: math.NaN()}
	switch len(x) {
	case 0:
	case 1:
		s.Mean = x[0]
	default:
		s.Mean, s.Deviation = stat.MeanStdDev(x, nil)
		t := distuv.StudentsT{Sigma: 1, Nu: float64(len(x) - 1)}.Quantile(0.975)
		half := t * stat.StdErr(s.Deviation, float64(len(x)))
		s.Low, s.High = s.Mean-half, s.Mean+half
	}
	return s
}
