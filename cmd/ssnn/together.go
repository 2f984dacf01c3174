package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"ssnn/internal/collective"
	"ssnn/internal/regular"
	"ssnn/train"
)

// quietError is an error that another process prints.
type quietError struct{ error }

func (e quietError) Unwrap() error { return e.error }

// asMember returns the console of a member of a group: only member 0 shows progress.
func (c console) asMember(g collective.Group) console {
	if g.Rank() > 0 {
		c.out, c.err = io.Discard, io.Discard
	}
	return c
}

// leave ends a member's part in the work of a group. An error that all members have is printed by
// member 0, as by a single process. A member with an error of its own ends the others, which would
// wait for it.
func leave(c console, g collective.Group, err error) error {
	if g.Size() == 1 || err == nil {
		return err
	}
	var diverged *train.DivergedError
	var interrupted interruptedError
	shared := collective.IsAgreed(err) || errors.As(err, &diverged) ||
		errors.As(err, &interrupted)
	switch {
	case shared && g.Rank() > 0:
		return quietError{err}
	case shared:
		return err
	}
	fmt.Fprintf(c.err, "ssnn: process %d: %s\n", g.Rank(), printable(regular.Text(err)))
	g.Abort(1)
	return quietError{err}
}

// stoppable is like saving, for a member of a group: a launcher may send it several signals for one
// Ctrl-C, so no signal ends it at once.
func stoppable(c console, g collective.Group, when string) (context.Context, context.CancelFunc) {
	if g.Size() == 1 {
		return saving(c, when)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	told := context.AfterFunc(ctx, func() { fmt.Fprintf(c.err, "ssnn: stopping %s\n", when) })
	return ctx, func() {
		told()
		stop()
	}
}
