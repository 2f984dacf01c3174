package main

import (
	"errors"
	"fmt"
	"testing"

	"ssnn/experiment"
	"ssnn/internal/folder"
)

// Runs that are at work elsewhere are told apart from those that failed.
func TestMissing(t *testing.T) {
	base := func(err error) *experiment.Run {
		return &experiment.Run{Base: "motion", Variant: experiment.Variant{Name: "plain"}, Err: err}
	}
	done, fails := base(nil), base(errors.New("no"))
	works := base(fmt.Errorf("another %w", folder.ErrAtWork))
	for _, c := range []struct {
		runs []*experiment.Run
		want string
	}{
		{[]*experiment.Run{done}, "<nil>"},
		{[]*experiment.Run{done, works},
			"1 of 2 runs at work elsewhere: the same command goes on " +
				"when that is over"},
		{[]*experiment.Run{fails}, "1 of 1 run failed; the first, motion, plain, seed 0: no"},
		{[]*experiment.Run{works, fails, done},
			"1 of 3 runs failed; 1 of 3 runs at work elsewhere: " +
				"the same command goes on when that is over; the first, motion, plain, seed 0: no"},
	} {
		if got := fmt.Sprint(missing(c.runs)); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
