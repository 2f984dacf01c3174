package frames

import (
	"sort"

	"ssnn/events"
)

// needsTimes reports whether the split depends on the times of the events.
func (s Split) needsTimes() bool { return s == Duration || s == FixedDuration }

// frame returns the range of the events of frame t, of n events at these times. times is empty if
// the split does not need them.
func (c Config) frame(t, n int, times []events.Micros) (from, to int) {
	switch c.Split {
	case FixedCount:
		from = t * int(c.Each-c.Overlap)
		return min(from, n), min(from+int(c.Each), n)
	case FixedDuration:
		from := uint64(t) * uint64(c.Each-c.Overlap)
		return since(times, from), since(times, from+uint64(c.Each))
	case Duration:
		if each := uint64(times[n-1]-times[0]) / uint64(c.T); each > 0 {
			from, to = since(times, uint64(t)*each), since(times, uint64(t+1)*each)
		}
	default:
		from, to = t*(n/c.T), (t+1)*(n/c.T)
	}
	if t == c.T-1 {
		to = n
	}
	return from, to
}

// since returns the number of the earliest event that is at least d us after the first. d is
// unsigned because times of an int64 can be further apart than its largest number.
func since(times []events.Micros, d uint64) int {
	return sort.Search(len(times), func(i int) bool { return uint64(times[i]-times[0]) >= d })
}
