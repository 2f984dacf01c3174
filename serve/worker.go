package serve

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/infer"
	"ssnn/snn"
)

// worker has what one request at a time needs.
type worker struct {
	config     Config
	model      *infer.Model
	runner     *infer.Runner
	integrator *frames.Integrator
	values     []float32 // of frames, [T][H][W][C]
}

// mostKept is for how many events a worker keeps memory.
const mostKept = 1 << 20

// newWorker makes a worker for a model whose frames are valid.
func newWorker(m *infer.Model, c Config) *worker {
	wk := &worker{config: c, model: m, runner: m.Runner(1, c.Threads), values: make([]float32, m.Frames.Len())}
	wk.forget()
	return wk
}

// recording answers what the network says of a recording, or of a part of it.
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
	stored, err := wk.integrator.Read(r)
	n := wk.integrator.Count()
	if n > mostKept || err != nil {
		wk.forget()
	}
	if err != nil {
		return Answer{}, unreadable(http.StatusUnprocessableEntity, err)
	}
	wk.model.Frames.ScaleTo(wk.values, stored)
	a, err := wk.classify(file.ctx, begin)
	a.Events, a.Skipped = n, o.Skipped.Load()
	return a, err
}

// forget gives the memory of a long recording back.
func (wk *worker) forget() {
	g, err := frames.NewIntegrator(wk.model.Frames)
	if err != nil {
		panic(err) // New has looked
	}
	wk.integrator = g
}

// classify runs the network on the values, which were read since begin.
func (wk *worker) classify(ctx context.Context, begin time.Time) (Answer, error) {
	if err := context.Cause(ctx); err != nil {
		return Answer{}, err
	}
	read := time.Now()
	p, err := wk.runner.PredictFrames("", wk.values)
	if err != nil {
		return Answer{}, refusal{http.StatusUnprocessableEntity, err}
	}
	done := time.Now()
	return Answer{Prediction: p, Label: snn.Argmax(p.Logits), Reading: ms(read.Sub(begin)), Computing: ms(done.Sub(read))}, nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
