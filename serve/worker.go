package serve

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"ssnn/events"
	"ssnn/infer"
)

// worker has the memory that one request at a time needs.
type worker struct {
	*infer.Recogniser
	config Config
	model  *infer.Model
}

// recording gives the answer of the network to a recording, or to a part of it.
func (wk *worker) recording(file upload, format events.Format, part events.Window) (Answer, error) {
	begin := time.Now()
	o := wk.model.Reading()
	o.Skipped = new(atomic.Int64)
	o.Unpacked = wk.config.Body
	if format != "" {
		o.Format = format
	}
	r, err := events.Detect(file, o)
	if err != nil {
		return Answer{}, unreadable(http.StatusUnsupportedMediaType, err)
	}
	if r, err = part.Of(events.Limited(r, wk.config.Events)); err != nil {
		return Answer{}, refusal{http.StatusBadRequest, err}
	}
	if _, err := wk.Read(r); err != nil {
		return Answer{}, unreadable(http.StatusUnprocessableEntity, err)
	}
	a, err := wk.answer(file.ctx, begin)
	a.Events, a.Skipped = wk.Events(), o.Skipped.Load()
	return a, err
}

// answer runs the network on the frames, whose reading started at begin.
func (wk *worker) answer(ctx context.Context, begin time.Time) (Answer, error) {
	if err := context.Cause(ctx); err != nil {
		return Answer{}, err
	}
	read := time.Now()
	d, err := wk.Classify(wk.Frames())
	if err != nil {
		return Answer{}, refusal{http.StatusUnprocessableEntity, err}
	}
	p := wk.Prediction("", d)
	done := time.Now()
	return Answer{
		Prediction: p, Label: d.Class,
		Reading: ms(read.Sub(begin)), Computing: ms(done.Sub(read)),
	}, nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
