package serve

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"ssnn/events"
	"ssnn/infer"
)

// Answer is the answer of the network to a recording, or to frames.
type Answer struct {
	infer.Prediction
	Label int `json:"label"` // number of the class, from 0
	// Events counts the events of the recording, or of the part that was asked for; 0 for frames.
	Events int `json:"events,omitempty"`
	// Skipped counts invalid events that were left out, if the model or the service says so.
	Skipped   int64   `json:"skipped,omitempty"`
	Reading   float64 `json:"reading_ms"`   // time from bytes to frames
	Computing float64 `json:"computing_ms"` // time from frames to the answer
}

// recording answers POST /v1/recording.
func (s *Server) recording(w http.ResponseWriter, r *http.Request) (any, error) {
	part, format, err := recordingOf(r.URL)
	if err != nil {
		return nil, err
	}
	return s.inTurn(w, r, func(ctx context.Context, wk *worker, body *content) (Answer, error) {
		return wk.recording(body.reader(ctx), format, part)
	})
}

// frames answers POST /v1/frames.
func (s *Server) frames(w http.ResponseWriter, r *http.Request) (any, error) {
	if _, err := parametersOf(r.URL); err != nil {
		return nil, err
	}
	return s.inTurn(w, r, func(ctx context.Context, wk *worker, body *content) (Answer, error) {
		return wk.frames(body.reader(ctx))
	})
}

// frames gives the answer of the network to frames [T][C][H][W].
func (wk *worker) frames(file upload) (Answer, error) {
	begin := time.Now()
	shape := shapeOf(wk.model)
	T, C, size := int(shape[0]), int(shape[1]), int(shape[2]*shape[3])
	all, err := events.ReadArray(file, shape...)
	if err != nil {
		return Answer{}, unreadable(http.StatusUnprocessableEntity, err)
	}
	values := wk.Frames()
	for t := range T {
		for c := range C {
			for i, v := range all[(t*C+c)*size:][:size] {
				values[(t*size+i)*C+c] = v
			}
		}
	}
	return wk.answer(file.ctx, begin)
}

// shapeOf returns the shape of frames as they come, [T][C][H][W].
func shapeOf(m *infer.Model) []int64 {
	c := m.Config()
	return []int64{int64(c.T[0]), int64(c.InChannels), int64(c.Height), int64(c.Width)}
}

// recordingOf reads the window from the parameters from and until, and the format from the
// parameter format.
func recordingOf(u *url.URL) (part events.Window, format events.Format, err error) {
	q, err := parametersOf(u, "from", "until", "format")
	if err != nil {
		return part, "", err
	}
	if err := format.UnmarshalText([]byte(q["format"])); err != nil {
		return part, "", refuse(http.StatusBadRequest, "parameter format: %w", err)
	}
	for name, to := range map[string]**events.Micros{"from": &part.From, "until": &part.Until} {
		if text, ok := q[name]; ok {
			us, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return part, "", refuse(http.StatusBadRequest,
					"parameter %s=%.30q, want a time in us", name, text)
			}
			at := events.Micros(us)
			*to = &at
		}
	}
	if part.From != nil && part.Until != nil && *part.Until < *part.From {
		return part, "", refuse(http.StatusBadRequest, "a window from %d until %d us, want one "+
			"that does not end before it begins", *part.From, *part.Until)
	}
	return part, format, nil
}

// parametersOf reads the parameters of a query, which may have these names, each at most once.
func parametersOf(u *url.URL, names ...string) (map[string]string, error) {
	all, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "parameters: %w", err)
	}
	one := map[string]string{}
	for name, values := range all {
		if !slices.Contains(names, name) || len(values) > 1 {
			return nil, refuse(http.StatusBadRequest, "parameter %.30q %d times, want %s", name,
				len(values), atMost(names))
		}
		one[name] = values[0]
	}
	return one, nil
}

func atMost(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return fmt.Sprintf("at most one each of %q", names)
}
