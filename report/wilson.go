package report

import "math"

// normal975 is the value below which 97.5 % of the normal distribution lie.
const normal975 = 1.959964

// Wilson returns the 95 % confidence interval of a share of which hits of n were seen (Wilson, JASA
// 22, 1927). Unlike the mean plus or minus twice the deviation, it is right for few recordings, and
// where all or none are recognised. Without recordings it is 0 to 1.
func Wilson(hits, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	const z = normal975
	p, N := float64(hits)/float64(n), float64(n)
	middle := (p + z*z/(2*N)) / (1 + z*z/N)
	half := z / (1 + z*z/N) * math.Sqrt(p*(1-p)/N+z*z/(4*N*N))
	return max(0, middle-half), min(1, middle+half)
}
