package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"ssnn/events"
)

// Serve runs the streams of a source at a speed (see [Pace]) until there are no more or ctx is done, when it returns nil. Of a source that listens, an error ends its
// stream and not the others: said is told of it, and of each that begins or ends.
func (s *Stream) Serve(ctx context.Context, src *Source, speed float64, answer func(Decision) error, said func(line string)) error {
	for {
		err := s.serveNext(ctx, src, speed, answer, said)
		var stopped stop
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &stopped):
			return stopped.error
		case !src.Listens:
			return err
		case err != nil:
			said(err.Error())
		}
	}
}

// stop is an error that ends all streams.
type stop struct{ error }

func (s *Stream) serveNext(ctx context.Context, src *Source, speed float64, answer func(Decision) error, said func(line string)) error {
	in, from, err := src.Next(ctx)
	if err != nil {
		return named(src, from, err)
	}
	defer in.Close()
	defer context.AfterFunc(ctx, func() { in.Close() })()
	if src.Listens {
		said(fmt.Sprintf("%s: a stream from %s", src.Name, from))
	}
	open := func() (events.Reader, error) {
		r, err := events.Detect(in, s.model.Events)
		if err != nil {
			return nil, err
		}
		return Pace(r, speed), nil
	}
	err = s.Run(ctx, open, func(d Decision) error {
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

// named says of which stream an error is.
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

// endOf is the error at the end of a stream: none where it may end.
func endOf(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
