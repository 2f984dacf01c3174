package events

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
)

// SortMemory is how many bytes Sorted takes for an event.
const SortMemory = 16

// Sorted reads a recording, which Options.AnyOrder lets be in any order, and returns a reader of
// its events by their times, those of equal times in the order in which they are stored. It holds
// all of them in memory, SortMemory bytes each and half as much again while they are read; more
// than most of them are a *LimitError. Where the recording is damaged, the events before the damage
// come first.
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

// sorted are the events that are still to be read, and what comes behind them.
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
