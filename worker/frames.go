package worker

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/internal/workers"
)

// shape are the arguments that say which frames are made, as those of a recipe.
type shape struct {
	T        int             `json:"T"`
	Size     events.Size     `json:"size,omitzero"`
	Split    frames.Split    `json:"split,omitzero"`
	Each     frames.Extent   `json:"each,omitempty"`
	Overlap  frames.Extent   `json:"overlap,omitempty"`
	Values   frames.Values   `json:"values,omitzero"`
	Clip     int             `json:"clip,omitempty"`
	Tau      events.Micros   `json:"tau,omitempty"`
	Polarity frames.Polarity `json:"polarity,omitzero"`
	Crop     frames.Area     `json:"crop,omitzero"`
}

// config returns the configuration of frames of a recording with a sensor of that size. If the
// sensor is not known, it gets the size of the frames.
func (s shape) config(sensor, of events.Size) (frames.Config, error) {
	switch {
	case sensor != (events.Size{}):
	case of != (events.Size{}):
		sensor = of
	case s.Size != (events.Size{}):
		sensor = s.Size
	default:
		return frames.Config{}, usage{fmt.Errorf("the recording does not say how large its " +
			"sensor is: want size or sensor, (width, height) in pixels")}
	}
	return frames.Config{
		T: s.T, Split: s.Split, Each: s.Each, Overlap: s.Overlap, Values: s.Values, Clip: s.Clip,
		Tau: s.Tau, Polarity: s.Polarity, Sensor: sensor, Crop: s.Crop, Size: s.Size,
	}, nil
}

// frames replies with the frames of a recording, [T][C][H][W], or of several, [N][T][C][H][W].
func (w *Worker) frames(c *call) (reply, error) {
	var a struct {
		do
		recording
		shape
		Paths   []string `json:"paths,omitempty"` // instead of one
		DType   dtype    `json:"dtype"`
		Threads int      `json:"threads,omitempty"`
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	if a.Paths == nil {
		to := destination{block: &w.block, d: a.DType, samples: 1}
		o, err := a.frames(a.shape, c.array, w.first(), to.begin, to.give)
		if err != nil {
			return nil, a.named(err)
		}
		w.note(o)
		return reply{"shape": frameShape(to.cfg)}, nil
	}
	return w.framesOf(a.Paths, a.recording, a.shape, a.DType, a.Threads)
}

func frameShape(cfg frames.Config) []int {
	return []int{cfg.T, cfg.Channels(), cfg.Pixels().Height, cfg.Pixels().Width}
}

// keptEvents is the largest number of events of a recording after which an integrator is kept with
// its memory.
const keptEvents = 1 << 20

// integrator is kept for further recordings, as making one takes longer than a short recording.
type integrator struct {
	cfg  frames.Config
	made *frames.Integrator
}

func (g *integrator) of(cfg frames.Config) (*frames.Integrator, error) {
	if g.made == nil || g.cfg != cfg {
		made, err := frames.NewIntegrator(cfg)
		if err != nil {
			return nil, usage{err}
		}
		g.cfg, g.made = cfg, made
	}
	return g.made, nil
}

// first returns the integrator of the first thread.
func (w *Worker) first() *integrator {
	if len(w.integrators) == 0 {
		w.integrators = append(w.integrators, new(integrator))
	}
	return w.integrators[0]
}

// frames makes the frames of one recording. It calls begin with their configuration, and then gives
// them one by one, [H][W][C].
func (r recording) frames(s shape, array []byte, g *integrator, begin func(frames.Config) error,
	give func(t int, frame []uint16) error) (o opened, err error) {

	o, err = r.open(array)
	if err != nil {
		return o, err
	}
	defer o.close()
	cfg, err := s.config(r.Sensor, o.Sensor())
	if err != nil {
		return o, err
	}
	made, err := g.of(cfg)
	if err != nil {
		return o, err
	}
	if err := begin(cfg); err != nil {
		return o, err
	}
	if all, ok := o.Reader.(*inMemory); ok {
		err = made.EachOf(all.all, give)
	} else {
		err = made.Each(o.Reader, give)
	}
	if made.Count() > keptEvents {
		*g = integrator{} // frees the memory that it took
	}
	return o, err
}

// framesOf makes the frames of several recordings, on several threads.
func (w *Worker) framesOf(paths []string, r recording, s shape, d dtype, threads int) (
	reply, error) {

	if len(paths) == 0 {
		return nil, usage{fmt.Errorf("no recordings to make frames of")}
	}
	if threads < 1 {
		threads = runtime.GOMAXPROCS(0)
	}
	to := destination{block: &w.block, d: d, samples: len(paths)}
	read := make([]opened, len(paths))
	one := func(i int, g *integrator) (err error) {
		r := r
		r.Path = paths[i]
		read[i], err = r.frames(s, nil, g, to.begin,
			func(t int, frame []uint16) error { return to.giveOf(i, t, frame) })
		if err != nil {
			return r.named(err)
		}
		return nil
	}
	// The first one says how large all are.
	if err := one(0, w.first()); err != nil {
		return nil, err
	}
	for len(w.integrators) < threads {
		w.integrators = append(w.integrators, new(integrator))
	}
	var begun atomic.Int64
	err := workers.Each(len(paths)-1, threads, func() func(i int) error {
		g := w.integrators[begun.Add(1)-1]
		return func(i int) error { return one(i+1, g) }
	})
	if err != nil {
		return nil, err
	}
	for _, o := range read {
		w.note(o)
	}
	return reply{"shape": append([]int{len(paths)}, frameShape(to.cfg)...)}, nil
}
