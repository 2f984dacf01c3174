package recipes

import (
	"sync"

	"ssnn/dataset"
)

// Skips are events that were left out of recordings, see events.Options.SkipInvalid. Each recording
// counts once, however often it is read. A nil *Skips counts nothing.
type Skips struct {
	mu      sync.Mutex
	samples map[dataset.Sample]int64
	more    int64
}

// of counts the events that were left out of the samples of a set.
func (s *Skips) of(set *dataset.Set, skipped []int64) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, n := range skipped {
		if s.samples == nil {
			s.samples = map[dataset.Sample]int64{}
		}
		if n > 0 {
			s.samples[set.Samples[i]] = n
		}
	}
}

// Add counts events that were left out of other recordings.
func (s *Skips) Add(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.more += n
}

// Sum returns the number of events that were left out in all.
func (s *Skips) Sum() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.more
	for _, of := range s.samples {
		n += of
	}
	return n
}
