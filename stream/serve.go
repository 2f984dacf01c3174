package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"sync"
	"time"

	"ssnn/events"
)

// ServeAll has each of several Streams serve a source that listens, so that it hears as many
// senders at a time, each with windows and decisions of its own. answer and said are called one at
// a time. An error of answer ends all streams; see [Stream.Serve].
func ServeAll(ctx context.Context, all []*Stream, src *Source, speed float64,
	answer func(Decision) error, said func(line string)) error {

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var mu sync.Mutex
	errs := make(chan error)
	for _, s := range all {
		go func() {
			errs <- s.Serve(ctx, src, speed, func(d Decision) error {
				mu.Lock()
				defer mu.Unlock()
				return answer(d)
			}, func(line string) {
				mu.Lock()
				defer mu.Unlock()
				said(line)
			})
		}()
	}
	var first error
	for range all {
		if err := <-errs; err != nil {
			first = cmp.Or(first, err)
			stop()
		}
	}
	return first
}

// Serve runs the streams of a source at a speed (see [Pace]) until there are no more, or until ctx
// is done: then it returns nil, or the error of an answer at that moment. If the source listens, an
// error ends its stream and not the others. said is called with such an error, and when a stream
// begins or ends.
func (s *Stream) Serve(ctx context.Context, src *Source, speed float64, answer func(Decision) error,
	said func(line string)) error {

	var pause time.Duration
	for {
		err := s.serveNext(ctx, src, speed, answer, said)
		var stopped stop
		_, failed := errors.AsType[unopened](err)
		switch over := ctx.Err(); {
		case errors.As(err, &stopped):
			return stopped.error
		case over != nil && (err == nil || failed || errors.Is(err, over)):
			return nil
		case over != nil: // a window went wrong at that moment
			return err
		case !src.Listens || failed && errors.Is(err, net.ErrClosed): // by the caller
			return err
		case err != nil:
			said(err.Error())
		}
		if !failed {
			pause = 0
			continue
		}
		pause = min(max(2*pause, 5*time.Millisecond), time.Second) // as net/http does
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// unopened is the error of a socket that gives no next stream, such as that too many files are
// open.
type unopened struct{ error }

func (u unopened) Unwrap() error { return u.error }

// stop is an error that ends all streams.
type stop struct{ error }

func (s *Stream) serveNext(ctx context.Context, src *Source, speed float64,
	answer func(Decision) error, said func(line string)) error {

	in, from, err := src.Next(ctx)
	if _, socket := errors.AsType[*net.OpError](err); socket {
		err = unopened{err}
	}
	if err != nil {
		return named(src, from, err)
	}
	defer in.Close()
	defer context.AfterFunc(ctx, func() { in.Close() })()
	if src.Listens {
		said(fmt.Sprintf("%s: a stream from %s", src.Name, from))
	}
	open := func() (events.Reader, error) {
		name := ""
		if src.File {
			name = src.Name
		}
		r, err := events.DetectNamed(in, name, s.model.Reading())
		if err != nil {
			return nil, err
		}
		if from, is := in.(interface{ heard() }); is {
			r = hearing{r, from.heard}
		}
		return Pace(r, speed), nil
	}
	err = s.Run(ctx, open, func(d Decision) error {
		if src.Listens {
			d.From = from
		}
		if err := answer(d); err != nil {
			return stop{err}
		}
		return nil
	})
	if err == nil && src.Listens && ctx.Err() == nil {
		said(fmt.Sprintf("%s: the stream from %s has ended", src.Name, from))
	}
	return named(src, from, err)
}

// named adds to an error the name of its stream.
func named(src *Source, from string, err error) error {
	_, has := errors.AsType[*fs.PathError](err)
	switch {
	case err == nil || src.File && has:
		return err
	case from != "":
		return fmt.Errorf("%s: stream from %s: %w", src.Name, from, err)
	}
	return fmt.Errorf("%s: %w", src.Name, err)
}

// endOf returns the error at the end of a stream, or nil if it may end there.
func endOf(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
