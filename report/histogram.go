package report

// Histogram counts membranes before the reset, in units of the threshold, in bins of a tenth from
// -3 to 3.
type Histogram struct {
	Counts [60]int // number of membranes in each bin, the lowest first
	All    int     // number of all membranes, those beyond the bins included
}

// Center returns the middle of bin i.
func (Histogram) Center(i int) float64 { return -3 + (float64(i)+0.5)/10 }

// Beyond returns the share of the membranes that are in no bin.
func (h Histogram) Beyond() float64 {
	n := h.All
	for _, k := range h.Counts {
		n -= k
	}
	return float64(n) / float64(max(1, h.All))
}

// add counts membranes of neurons, or of one of their levels, whose threshold is given.
func (h *Histogram) add(u []float32, threshold float64) {
	scale := float32(10 / threshold)
	for _, v := range u {
		if x := v*scale + 30; x >= 0 && x < float32(len(h.Counts)) {
			h.Counts[int(x)]++
		}
	}
	h.All += len(u)
}
