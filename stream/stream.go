package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/infer"
)

// Stream recognises streams, one at a time, with the memory of a model's runners.
type Stream struct {
	Counters
	config   Config
	model    *infer.Model
	frames   frames.Config
	reported int64 // part of Dropped that decisions have reported

	// whole recognises windows that have ended. It is nil where windows may answer before that;
	// then each open window has a runner, which is fed frame by frame.
	whole *infer.Recogniser
	early *early
}

// early has the means of windows that may answer before they end.
type early struct {
	integrator *frames.Integrator // makes one frame
	values     []float32          // values of that frame
	idle       []*infer.Runner    // runners that no open window has
	runners    []*infer.Runner    // all
}

// Counters count over all streams, and may be read at any time.
type Counters struct {
	// Events counts the events that were read.
	Events atomic.Int64
	// Dropped counts the events that a full queue dropped.
	Dropped atomic.Int64
	// Decided counts the events in windows that have ended.
	Decided atomic.Int64
	// Undecided counts the events that are neither, because their stream was not valid from there
	// on, or because nobody took the answer.
	Undecided atomic.Int64
	// Decisions counts the windows that were answered.
	Decisions atomic.Int64
	// Blank counts the windows that had events, but none in the crop. They are not answered.
	Blank atomic.Int64
}

// New makes a Stream for a model that ssnn train wrote. A configuration that does not fit the model
// is an error.
func New(m *infer.Model, c Config, threads int) (*Stream, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	c.Queue = cmp.Or(c.Queue, DefaultQueue)
	s := &Stream{config: c, model: m, frames: c.framesOf(m.Input)}
	if err := s.frames.Validate(); err != nil {
		return nil, err
	}
	f := s.frames
	var err error
	if m.HasExits() && f.Split == frames.FixedDuration && f.Overlap == 0 &&
		f.Values == frames.Counts && f.Crop == (frames.Area{}) {

		s.early, err = newEarly(m, c, f, threads)
	} else {
		windows := *m
		windows.Frames = f
		s.whole, err = windows.Recogniser(threads)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// newEarly makes as many runners as windows can be open at once, so that their memory is there
// before the first event comes.
func newEarly(m *infer.Model, c Config, f frames.Config, threads int) (*early, error) {
	n := int((c.Window + c.Hop - 1) / c.Hop)
	if n > mostRunners {
		return nil, fmt.Errorf("a hop of %d us where windows may answer early, want at least %d "+
			"us, so that at most %d are open at once",
			c.Hop, (c.Window+mostRunners-1)/mostRunners, mostRunners)
	}
	f.T, f.Split, f.Each = 1, frames.Duration, 0
	g, err := frames.NewIntegrator(f)
	if err != nil {
		return nil, err
	}
	e := &early{integrator: g, values: make([]float32, f.Len())}
	for range n {
		e.runners = append(e.runners, m.Runner(1, threads))
	}
	e.idle = slices.Clone(e.runners)
	return e, nil
}

// Close ends the runners' threads.
func (s *Stream) Close() {
	if s.whole != nil {
		s.whole.Close()
		return
	}
	for _, r := range s.early.runners {
		r.Close()
	}
}

// take returns a runner that no window has. There are always enough.
func (e *early) take() *infer.Runner {
	last := len(e.idle) - 1
	r := e.idle[last]
	e.idle = e.idle[:last]
	return r
}

// frame makes a frame of events. Without events in the crop it is all zeroes.
func (e *early) frame(all []events.Event, scale func(dst []float32, stored []uint16)) error {
	stored, err := e.integrator.Events(all)
	if errors.Is(err, frames.ErrNoEvents) {
		clear(e.values)
		return nil
	}
	if err == nil {
		scale(e.values, stored)
	}
	return err
}

// Run opens a stream and hands each decision on, until the stream ends, has an event that is not
// valid, or ctx is done. Events read before that are decided in all three cases, and events read
// after it are counted as undecided. The error is that of the stream, of frames that cannot be
// made, or of answer; it is nil when ctx is done. The caller closes whatever open waits for and the
// reader reads: Run does not wait for them when ctx is done.
func (s *Stream) Run(ctx context.Context, open func() (events.Reader, error),
	answer func(Decision) error) error {

	begin := time.Now()
	q := newQueue(s.config.Queue, s.config.Wait, &s.Events, &s.Dropped)
	defer q.close()
	defer context.AfterFunc(ctx, q.close)()
	failed := make(chan error, 1)
	go func() {
		failed <- q.read(open, begin)
		q.close()
	}()
	w := &windows{Stream: s, answer: answer,
		clock: func() time.Duration { return time.Since(begin) }}
	defer w.release()
	const batch = 4096
	all, arrivals := make([]events.Event, batch), make([]time.Duration, batch)
	var fault error
	for fault == nil {
		n := q.take(all, arrivals)
		if n == 0 {
			break
		}
		fault = w.add(all[:n], arrivals[:n])
	}
	if !w.unheard {
		err := w.end()
		fault = cmp.Or(fault, err)
	}
	q.close() // no more events are counted
	s.Undecided.Add(s.Events.Load() - s.Dropped.Load() - s.Decided.Load() - s.Undecided.Load())
	switch {
	case fault != nil:
		return fault
	case ctx.Err() != nil:
		return nil
	}
	return <-failed
}

// read puts the events of a stream into the queue. The error is nil at the end.
func (q *queue) read(open func() (events.Reader, error), begin time.Time) error {
	r, err := open()
	if err != nil {
		return err
	}
	buf := make([]events.Event, 1024)
	for {
		n, err := r.Read(buf)
		if !q.put(buf[:n], time.Since(begin)) {
			return nil
		}
		if err != nil {
			return endOf(err)
		}
	}
}

// windowError adds to an error the end of its window.
func windowError(end events.Micros, err error) error {
	return fmt.Errorf("window that ends at %d us: %w", end, err)
}
