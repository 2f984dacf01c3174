package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"

	"ssnn/infer"
	"ssnn/safetensors"
)

// mostAtOnce is the number of samples of a batch that run at once. More would need more memory and
// no less time.
const mostAtOnce = 16

// model is a network that is open, with memory to run it.
type model struct {
	*infer.Model
	threads int
	one     *infer.Recogniser // for one sample
	many    *infer.Runner     // for mostAtOnce, once they are asked for
	values  []float32
}

func (m *model) close() {
	m.one.Close()
	if m.many != nil {
		m.many.Close()
	}
}

// openModel opens a network and replies with the facts on it.
func (w *Worker) openModel(c *call) (reply, error) {
	var a struct {
		do
		Path       string `json:"path"`
		Bits       int    `json:"bits,omitempty"`
		Exits      string `json:"exits,omitempty"`
		Threads    int    `json:"threads,omitempty"`
		Unverified bool   `json:"unverified,omitempty"`
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	if a.Threads < 0 || a.Threads > 1024 {
		return nil, usage{fmt.Errorf("threads %d, want 1 to 1024, or 0 for all processors",
			a.Threads)}
	}
	if a.Threads == 0 {
		a.Threads = runtime.GOMAXPROCS(0)
	}
	o := infer.Options{Bits: a.Bits, Unverified: a.Unverified}
	var err error
	if a.Exits != "" {
		if o.Exits, err = infer.ReadExits(a.Exits); err != nil {
			return nil, err
		}
	}
	m, err := infer.Open(a.Path, o)
	if errors.Is(err, safetensors.ErrDigest) {
		return nil, fmt.Errorf("%w; unverified=True opens it all the same", err)
	}
	if err != nil {
		return nil, err
	}
	w.notes = append(w.notes, m.Notes...)
	one, err := m.Recogniser(a.Threads)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Path, err)
	}
	made := &model{Model: m, threads: a.Threads, one: one}
	handle := w.handle()
	w.models[handle] = made
	cfg := m.Config()
	config, err := json.Marshal(cfg) // which the reference network of PyTorch is made of
	return reply{
		"handle": handle, "classes": m.Classes, "timesteps": cfg.T, "exits": m.HasExits(),
		"shape":  []int{cfg.T[0], cfg.InChannels, cfg.Height, cfg.Width},
		"config": json.RawMessage(config), "sensor": []int{m.Frames.Sensor.Width,
			m.Frames.Sensor.Height},
	}, err
}

// given has the arguments of calls whose array has frames.
type given struct {
	Handle int   `json:"handle"`
	Shape  []int `json:"shape"`
	DType  dtype `json:"dtype"`
}

// batch returns the model of the handle, and the array as frames for its network.
func (w *Worker) batch(g given, array []byte) (*model, batch, error) {
	m, ok := w.models[g.Handle]
	if !ok {
		return nil, batch{}, usage{fmt.Errorf("no model %d is open", g.Handle)}
	}
	b, err := batchOf(g.Shape, g.DType, array)
	if err != nil {
		return nil, b, err
	}
	if cfg := m.Config(); b.C != cfg.InChannels || b.H != cfg.Height || b.W != cfg.Width {
		return nil, b, usage{fmt.Errorf("frames of %d channels, height %d and width %d, want %d, "+
			"%d and %d", b.C, b.H, b.W, cfg.InChannels, cfg.Height, cfg.Width)}
	}
	return m, b, nil
}

// whole returns an error for frames of another number of timesteps than the network's.
func (m *model) whole(b batch) error {
	if T := m.Config().T[0]; b.T != T {
		return usage{fmt.Errorf("%d frames for each sample, want %d, the timesteps of the "+
			"network's first stage", b.T, T)}
	}
	return nil
}

// turned returns samples of a batch as the network takes them. They are valid until the next call.
func (m *model) turned(b batch, from, to int) []float32 {
	n := (to - from) * b.T * b.C * b.H * b.W
	if cap(m.values) < n {
		m.values = make([]float32, n)
	}
	b.channelsLast(m.values[:n], from, to)
	return m.values[:n]
}

// run replies with the logits [B][classes] of the network's end.
func (w *Worker) run(c *call) (reply, error) {
	var a struct {
		do
		given
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	m, b, err := w.batch(a.given, c.array)
	if err == nil {
		err = m.whole(b)
	}
	if err != nil {
		return nil, err
	}
	if b.B > 1 && m.many == nil {
		m.many = m.Runner(mostAtOnce, m.threads)
	}
	for from := 0; from < b.B; from += mostAtOnce {
		to, runner := min(from+mostAtOnce, b.B), m.one.Runner
		if b.B > 1 {
			runner = m.many
		}
		logits, err := runner.Run(m.turned(b, from, to))
		if err != nil {
			return nil, usage{err}
		}
		if _, err := w.block.Write(bytesOf(logits)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// predict replies with class, scores and logits of a recording, or of the frames of samples, by the
// exits if the model has any.
func (w *Worker) predict(c *call) (reply, error) {
	var a struct {
		do
		given
		Path string `json:"path,omitempty"`
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	if a.Path != "" {
		m, ok := w.models[a.Handle]
		if !ok {
			return nil, usage{fmt.Errorf("no model %d is open", a.Handle)}
		}
		p, err := m.one.Predict(a.Path)
		if err != nil {
			return nil, err
		}
		return reply{"predictions": []infer.Prediction{p}}, nil
	}
	m, b, err := w.batch(a.given, c.array)
	if err == nil {
		err = m.whole(b)
	}
	if err != nil {
		return nil, err
	}
	all := make([]infer.Prediction, b.B)
	for i := range all {
		d, err := m.one.Classify(m.turned(b, i, i+1))
		if err != nil {
			return nil, usage{err}
		}
		all[i] = m.one.Prediction("", d)
	}
	return reply{"predictions": all}, nil
}

// modelFrames replies with the frames [T][C][H][W] of a recording, as the network was trained with.
func (w *Worker) modelFrames(c *call) (reply, error) {
	var a struct {
		do
		Handle int    `json:"handle"`
		Path   string `json:"path"`
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	m, ok := w.models[a.Handle]
	if !ok {
		return nil, usage{fmt.Errorf("no model %d is open", a.Handle)}
	}
	values, err := m.one.ReadFile(a.Path)
	if err != nil {
		return nil, err
	}
	return nil, w.writeSamples(m.Frames, values, 1, float32s)
}

// begin begins a sample whose frames come one by one.
func (w *Worker) begin(c *call) (reply, error) {
	var a struct {
		do
		Handle int `json:"handle"`
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	m, ok := w.models[a.Handle]
	if !ok {
		return nil, usage{fmt.Errorf("no model %d is open", a.Handle)}
	}
	m.one.Begin()
	return nil, nil
}

// feed takes the next frames of a sample, and replies with the network's answer so far.
func (w *Worker) feed(c *call) (reply, error) {
	var a struct {
		do
		given
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	m, b, err := w.batch(a.given, c.array)
	if err != nil {
		return nil, err
	}
	if b.B != 1 {
		return nil, usage{fmt.Errorf("frames of %d samples, want those of one", b.B)}
	}
	if err := m.one.Feed(m.turned(b, 0, 1)); err != nil {
		return nil, usage{err}
	}
	d := m.one.Decide()
	r := reply{"sure": d.Sure, "left": m.one.Left()}
	if d.Class >= 0 {
		r["class"], r["score"], r["stage"], r["step"] = m.Classes[d.Class], d.Confidence,
			d.Point.Stage+1, d.Point.Step
		r["index"] = d.Class
		if _, err := w.block.Write(bytesOf(d.Logits)); err != nil {
			return nil, err
		}
	}
	return r, nil
}
