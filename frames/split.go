package frames

import (
	"sort"

	"ssnn/events"
)

// needsTimes says whether the split depends on more than the number of events.
func (s Split) needsTimes() bool { return s == Duration || s == FixedDuration }

// frame is the range of the events of frame t, of n events at these times, which are there only if
// they are needed.
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

// since is the number of the first event at least d us after the first. It is unsigned, as the
// times from end to end of an int64 are further apart than its largest number.
func since(times []events.Micros, d uint64) int {
	return sort.Search(len(times), func(i int) bool { return uint64(times[i]-times[0]) >= d })
}
