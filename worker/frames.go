package worker

import (
	"fmt"
	"io"
	"runtime"

	"ssnn/events"
	"ssnn/frames"
	"ssnn/internal/workers"
)

// shape are the arguments that say which frames are made, as those of a recipe.
type shape struct {
	T        int             `json:"T"`
	Size     events.Size     `json:"size,omitzero"`
	Split    frames.Split    `json:"split,omitzero"`
	Each     int             `json:"each,omitempty"`
	Overlap  int             `json:"overlap,omitempty"`
	Values   frames.Values   `json:"values,omitzero"`
	Clip     int             `json:"clip,omitempty"`
	Tau      int             `json:"tau,omitempty"`
	Polarity frames.Polarity `json:"polarity,omitzero"`
	Crop     frames.Area     `json:"crop,omitzero"`
}

// config is that of frames of a recording with a sensor of that size; where nobody knows it, it is
// that of the frames.
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
		cfg, stored, o, err := w.oneOf(a.recording, a.shape, c.array, &w.integrator)
		if err != nil {
			return nil, err
		}
		w.note(o)
		if err := writeFrames(&w.block, cfg, stored, a.DType); err != nil {
			return nil, a.named(err)
		}
		return reply{"shape": frameShape(cfg)}, nil
	}
	return w.framesOf(a.Paths, a.recording, a.shape, a.DType, a.Threads)
}

func frameShape(cfg frames.Config) []int {
	return []int{cfg.T, cfg.Channels(), cfg.Pixels().Height, cfg.Pixels().Width}
}

// keptEvents is how many events a recording may have had for which an integrator has memory and is
// kept.
const keptEvents = 1 << 20

// integrator is one that is kept, as making one takes longer than a short recording.
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

// oneOf makes the frames of one recording, [T][H][W][C].
func (w *Worker) oneOf(r recording, s shape, array []byte, g *integrator) (
	cfg frames.Config, stored []uint16, o opened, err error) {

	o, err = r.open(array)
	if err != nil {
		return cfg, nil, o, err
	}
	defer o.close()
	if cfg, err = s.config(r.Sensor, o.Sensor()); err != nil {
		return cfg, nil, o, r.named(err)
	}
	made, err := g.of(cfg)
	if err != nil {
		return cfg, nil, o, err
	}
	if all, ok := o.Reader.(*inMemory); ok {
		stored, err = made.Events(all.all)
	} else {
		stored, err = made.Read(o.Reader)
	}
	if made.Count() > keptEvents {
		*g = integrator{} // with the memory that it took
	}
	if err != nil {
		return cfg, nil, o, r.named(err)
	}
	return cfg, stored, o, nil
}

// framesOf makes the frames of several recordings, some at a time on all threads, so that few of
// them are in memory twice.
func (w *Worker) framesOf(paths []string, r recording, s shape, d dtype, threads int) (
	reply, error) {

	if threads < 1 {
		threads = runtime.GOMAXPROCS(0)
	}
	var first frames.Config
	kept := make([]integrator, threads)
	free := make(chan *integrator, threads)
	for i := range kept {
		free <- &kept[i]
	}
	atOnce := 8 * threads
	for from := 0; from < len(paths); from += atOnce {
		part := paths[from:min(from+atOnce, len(paths))]
		all, cfgs, read := make([][]uint16, len(part)), make([]frames.Config,
			len(part)), make([]opened, len(part))
		err := workers.Each(len(part), threads, func() func(i int) error {
			return func(i int) (err error) {
				g := <-free
				defer func() { free <- g }()
				one := r
				one.Path = part[i]
				cfgs[i], all[i], read[i], err = w.oneOf(one, s, nil, g)
				return err
			}
		})
		if err != nil {
			return nil, err
		}
		for i, stored := range all {
			if first == (frames.Config{}) {
				first = cfgs[i]
			}
			if first.Pixels() != cfgs[i].Pixels() {
				return nil,
					usage{fmt.Errorf("%s: frames of %v pixels, those of %s have %v: want a size "+
						"for all", part[i], cfgs[i].Pixels(), paths[0], first.Pixels())}
			}
			w.note(read[i])
			if err := writeFrames(&w.block, cfgs[i], stored, d); err != nil {
				return nil, fmt.Errorf("%s: %w", part[i], err)
			}
		}
	}
	if len(paths) == 0 {
		return nil, usage{fmt.Errorf("no recordings to make frames of")}
	}
	return reply{"shape": append([]int{len(paths)}, frameShape(first)...)}, nil
}

// writeFrames writes stored frames [T][H][W][C] as [T][C][H][W] of a type.
func writeFrames(to io.Writer, cfg frames.Config, stored []uint16, d dtype) error {
	C, plane := cfg.Channels(), cfg.Pixels().Width*cfg.Pixels().Height
	if d != float32s && cfg.Scale() != 1 {
		return usage{fmt.Errorf("dtype %s with values that are no counts, want float32", d)}
	}
	buf := make([]byte, plane*C*d.bytes())
	for len(stored) > 0 {
		frame := stored[:plane*C]
		stored = stored[plane*C:]
		var most uint16
		switch d {
		case float32s:
			spread(as[float32](buf), frame, C, plane, cfg.Scale())
		case uint16s:
			for c := range C {
				out := as[uint16](buf)[c*plane : (c+1)*plane]
				for i := range out {
					out[i] = frame[i*C+c]
				}
			}
		case uint8s:
			for c := range C {
				out := buf[c*plane : (c+1)*plane]
				for i := range out {
					n := frame[i*C+c]
					most |= n
					out[i] = uint8(n)
				}
			}
		}
		if most > 255 {
			return usage{fmt.Errorf("more than 255 events at one pixel of a frame, want the " +
				"dtype uint16 or float32, or clip=255")}
		}
		if _, err := to.Write(buf); err != nil {
			return err
		}
	}
	return nil
}

// spread writes a frame [H][W][C] as [C][H][W] of float32.
func spread(dst []float32, frame []uint16, C, plane int, scale float32) {
	if C == 2 && scale == 1 { // nearly always
		off, on := dst[:plane], dst[plane:2*plane]
		frame = frame[:2*plane]
		for i := range off {
			off[i], on[i] = float32(frame[2*i]), float32(frame[2*i+1])
		}
		return
	}
	for c := range C {
		out := dst[c*plane : (c+1)*plane]
		for i := range out {
			out[i] = float32(frame[i*C+c]) * scale
		}
	}
}
