package rosbag

import (
	"io"
	"slices"
	"sort"
)

// chunk is a part of a bag that is read and unpacked at once.
type chunk struct {
	at, size   int64          // in the file
	start, end int64          // times of its first and last message, ns
	topics     map[int]uint32 // messages of each topic; nil where nothing says it
	counted    bool           // among what was unpacked
}

// chunks goes through the messages of a topic, chunk by chunk. Where chunks overlap in time, it
// holds those together that do, so that the messages come in the order of their times.
type chunks struct {
	all    []chunk // by their start
	load   func(c *chunk, topic int) ([]Message, error)
	damage error // behind the last message

	topic   int
	from    int64
	next    int       // chunk
	waiting []Message // by their times
}

func (s *chunks) choose(topic int, from int64) {
	s.topic, s.from, s.next, s.waiting = topic, from, 0, nil
}

// sort brings the chunks into the order of their times.
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

// Next is the next message.
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
		if err != nil { // what came before it is good
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
