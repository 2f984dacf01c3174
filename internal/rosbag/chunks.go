package rosbag

import (
	"io"
	"slices"
	"sort"
)

// chunk is a part of a bag that is read and unpacked as a whole.
type chunk struct {
	at, size   int64          // its bytes in the file
	start, end int64          // times of its first and last message, ns
	topics     map[int]uint32 // number of messages of each topic; nil if the index does not say it
	counted    bool           // its unpacked size is in the sum that Limits.All limits
}

// chunks iterates over the messages of a topic, chunk by chunk. Chunks that overlap in time are
// held in memory together, so that the messages come in the order of their times.
type chunks struct {
	all    []chunk // ordered by their start
	load   func(c *chunk, topic int) ([]Message, error)
	damage error // error to return behind the last message, or nil

	topic   int
	from    int64
	next    int       // index of the chunk to load next
	waiting []Message // messages to return, ordered by their times
}

func (s *chunks) choose(topic int, from int64) {
	s.topic, s.from, s.next, s.waiting = topic, from, 0, nil
}

// sort orders the chunks by their times.
func (s *chunks) sort() {
	slices.SortStableFunc(s.all, func(a, b chunk) int {
		switch {
		case a.start < b.start:
			return -1
		case a.start > b.start:
			return 1
		}
		return 0
	})
}

// Next returns the next message.
func (s *chunks) Next() (m Message, err error) {
	for s.next < len(s.all) && (len(s.waiting) == 0 || s.all[s.next].start <= s.waiting[0].Time) {
		c := &s.all[s.next]
		s.next++
		if c.end < s.from || c.topics != nil && c.topics[s.topic] == 0 {
			continue
		}
		found, err := s.load(c, s.topic)
		for _, m := range found {
			if m.Time >= s.from {
				s.waiting = append(s.waiting, m)
			}
		}
		byTime := func(i, j int) bool { return s.waiting[i].Time < s.waiting[j].Time }
		if !sort.SliceIsSorted(s.waiting, byTime) {
			sort.SliceStable(s.waiting, byTime)
		}
		if err != nil { // the messages before the error are valid
			s.next, s.damage = len(s.all), err
		}
	}
	if len(s.waiting) > 0 {
		m, s.waiting = s.waiting[0], s.waiting[1:]
		return m, nil
	}
	if s.damage != nil {
		return m, s.damage
	}
	return m, io.EOF
}
