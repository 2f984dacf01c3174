package synth

import "math"

// A shape says how far a point is from its edge, in its own coordinates; below 0 inside.
type shape func(x, y float64) float64

// hypotenuse is math.Hypot without its care for numbers that are very large or small, which takes
// longer than all else here.
func hypotenuse(x, y float64) float64 { return math.Sqrt(x*x + y*y) }

func rectangle(x, y, w, h float64) float64 { return max(math.Abs(x)-w, math.Abs(y)-h) }

// shapes that pass by, of a size.
var shapes = []func(r float64) shape{
	func(r float64) shape { return func(x, y float64) float64 { return hypotenuse(x, y) - r } },
	func(r float64) shape { return func(x, y float64) float64 { return rectangle(x, y, r, r) } },
	func(r float64) shape {
		return func(x, y float64) float64 {
			return min(rectangle(x, y, r, r/3),
				rectangle(x, y, r/3, r))
		}
	},
}

// turners are shapes that turn.
var turners = []func(r float64) shape{
	func(r float64) shape { return func(x, y float64) float64 { return rectangle(x, y, r, r/5) } },
	func(r float64) shape {
		return func(x, y float64) float64 {
			return min(rectangle(x, y, r, r/6),
				rectangle(x, y, r/6, r))
		}
	},
	func(r float64) shape {
		// One hand of a clock.
		return func(x, y float64) float64 { return rectangle(x-r/2, y, r/2, r/5) }
	},
}
