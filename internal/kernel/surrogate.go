package kernel

import "math"

// Surrogate is the shape of the slope that stands in for the derivative of the spike.
type Surrogate int

// The slopes at x = u - Threshold, with width or steepness a.
const (
	Rectangle Surrogate = iota // 1/a where |x| < a/2, else 0
	Triangle                   // max(0, a-|x|) / a^2
	Arctan                     // (a/2) / (1 + (pi/2*a*x)^2)
	Sigmoid                    // a*y*(1-y), y = 1/(1+exp(-a*x))
)

const arctanScale = float32(math.Pi / 2)

// Slope is the surrogate's value at x.
func (s Surrogate) Slope(x, a float32) float32 {
	switch s {
	case Triangle:
		return max(0, a-abs(x)) / float32(a*a)
	case Sigmoid:
		y := 1 / (1 + math.Exp(-float64(a)*float64(x)))
		return float32(float64(a) * y * (1 - y))
	case Arctan:
		z := float32(float32(arctanScale*a) * x)
		return a / 2 / (1 + float32(z*z))
	default:
		if abs(x) < a/2 {
			return 1 / a
		}
		return 0
	}
}

func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }
