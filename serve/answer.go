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

// Answer is what the network says of a recording, or of frames.
type Answer struct {
	infer.Prediction
	Label int `json:"label"` // the number of the class
	// Of the recording, or of the part that was asked for; none of frames.
	Events int `json:"events,omitempty"`
	// Events that were left out, as they cannot be; only where the model or the service says so.
	Skipped   int64   `json:"skipped,omitempty"`
	Reading   float64 `json:"reading_ms"`   // from bytes to frames
	Computing float64 `json:"computing_ms"` // from frames to the answer
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

// frames answers what the network says of frames [T][C][H][W].
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

// shapeOf is that of frames as they come: [T][C][H][W].
func shapeOf(m *infer.Model) []int64 {
	c := m.Config()
	return []int64{int64(c.T[0]), int64(c.InChannels), int64(c.Height), int64(c.Width)}
}

// recordingOf is the window that the parameters from and until name, and the format that the
// parameter of that name says.
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

// parametersOf are the parameters of a query, each at most once and of these names.
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
