package serve

import (
	"context"
	"errors"
	"net/http"
	"time"

	"ssnn/events"
)

var errLate = errors.New("no answer in time")

// inTurn takes the body of a request in, waits for a worker and has it answer.
func (s *Server) inTurn(w http.ResponseWriter, r *http.Request,
	answer func(ctx context.Context, wk *worker, body *content) (Answer, error)) (any, error) {

	// The deadline holds until the body has come; then net/http lifts it.
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.config.Receive))
	if len(s.turns) == cap(s.turns) {
		return nil, s.full() // refused before its body has come
	}
	body, err := s.receive(r)
	defer func() { s.bodies.give(body.blocks) }()
	if err != nil {
		return nil, err
	}
	r.Body = http.NoBody // the whole body has come
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	default:
		return nil, s.full()
	}
	ctx, cancel := context.WithTimeoutCause(r.Context(), s.config.Answer, errLate)
	defer cancel()
	begin := time.Now()
	select {
	case wk := <-s.workers:
		defer func() { s.workers <- wk }()
		s.metrics.waited.Observe(time.Since(begin).Seconds())
		a, err := answer(ctx, wk, &body)
		if ctx.Err() != nil && err != nil {
			return nil, s.late(ctx)
		}
		if err != nil {
			return nil, err
		}
		s.metrics.answered(a)
		return a, nil
	case <-ctx.Done():
		return nil, s.late(ctx)
	}
}

// full refuses a request when too many wait.
func (s *Server) full() error {
	return refuse(http.StatusServiceUnavailable, "%d requests are waiting already; try again",
		s.config.Waiting)
}

// late returns the refusal of a request whose time is over, or whose sender has gone.
func (s *Server) late(ctx context.Context) error {
	if context.Cause(ctx) == errLate {
		return refuse(http.StatusGatewayTimeout, "%w: %v after the request", errLate,
			s.config.Answer)
	}
	return refuse(gone, "the sender has gone")
}

// unreadable returns the refusal of a recording that cannot be read.
func unreadable(status int, err error) error {
	_, many := errors.AsType[*events.LimitError](err)
	_, large := errors.AsType[*events.UnpackedError](err)
	if many || large {
		status = http.StatusRequestEntityTooLarge
	} else if _, damaged := errors.AsType[*events.FormatError](err); damaged {
		status = http.StatusUnprocessableEntity
	}
	return refusal{status, err}
}
