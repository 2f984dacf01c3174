package events

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
)

// SortMemory is how many bytes of memory Sorted takes for an event.
const SortMemory = 16

// Sorted reads a whole recording, opened with Options.AnyOrder, and returns a reader of its events
// in the order of their times. Events of equal times stay in the order in which they are stored.
// Sorted holds all events in memory, SortMemory bytes each and half as much again while it reads;
// more than most events are a *LimitError. Where the recording is damaged, the reader yields the
// events before the damage and then the error.
func Sorted(r Reader, most int) (Reader, error) {
	all, err := ReadAll(Limited(r, most))
	if _, over := errors.AsType[*LimitError](err); over {
		return nil, fmt.Errorf("%w, want at most that to sort them", err)
	}
	slices.SortStableFunc(all, func(a, b Event) int { return cmp.Compare(a.T, b.T) })
	if err == nil {
		err = io.EOF
	}
	return &sorted{r, all, err}, nil
}

// sorted reads events from memory, and then returns err.
type sorted struct {
	Reader
	left []Event
	err  error
}

func (s *sorted) Read(buf []Event) (n int, err error) {
	if len(s.left) == 0 {
		return 0, s.err
	}
	n = copy(buf, s.left)
	s.left = s.left[n:]
	return n, nil
}
