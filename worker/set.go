package worker

import (
	"fmt"
	"runtime"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/frames"
	"ssnn/recipes"
)

// set is a split of a set of recordings that is open for a data loader.
type set struct {
	frames  *dataset.Frames
	classes []string
	values  []float32
}

// openSet opens a split of a set, and replies with the facts on it. Its arguments say as in a
// recipe how it lies in its folder, how its recordings are read, which frames are made of them, and
// how these are augmented.
func (w *Worker) openSet(c *call) (reply, error) {
	var a struct {
		do
		Data    string   `json:"data"`
		Split   string   `json:"split"`
		Set     []string `json:"set,omitempty"` // as of ssnn train --set
		T       int      `json:"T"`
		Cache   string   `json:"cache,omitempty"`
		Memory  bool     `json:"memory,omitempty"` // frames are made once and kept in memory
		Threads int      `json:"threads,omitempty"`
		Classes []string `json:"classes,omitempty"`
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	if a.Threads < 1 {
		a.Threads = runtime.GOMAXPROCS(0)
	}
	r := recipes.Default()
	for _, s := range a.Set {
		if err := r.Set(s); err != nil {
			return nil, usage{err}
		}
	}
	files, err := w.Machine.Open(a.Data)
	if err != nil {
		return nil, err
	}
	list, err := r.OpenSet(files, a.Split, a.Classes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Data, err)
	}
	if r.Frames.Sensor == (events.Size{}) {
		r.Frames.Sensor = list.Sensor
	}
	if r.Frames.Sensor == (events.Size{}) {
		r.Frames.Sensor = r.Frames.Size
	}
	r.Frames.T = a.T
	if err := r.Frames.Validate(); err != nil {
		return nil, usage{err}
	}
	if err := r.Augment.Validate(); err != nil {
		return nil, usage{err}
	}
	made := &set{classes: list.Classes}
	machine := w.Machine
	machine.Threads, machine.Cache = a.Threads, a.Cache
	if a.Cache != "" || a.Memory {
		made.frames, err = machine.Integrate(list, r.Frames)
	} else {
		made.frames, err = list.OnDemand(r.Frames, a.Threads)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Data, err)
	}
	made.frames.Augment = r.Augment
	handle := w.handle()
	w.sets[handle] = made
	labels, recordings := make([]int, len(list.Samples)), make([]string, len(list.Samples))
	for i, s := range list.Samples {
		labels[i], recordings[i] = s.Label, s.Name()
	}
	w.notes = append(w.notes, list.Notes...)
	return reply{
		"handle": handle, "classes": list.Classes, "labels": labels, "recordings": recordings,
		"layout": list.Layout, "split": list.Split, "shape": frameShape(r.Frames),
		"sensor": []int{r.Frames.Sensor.Width, r.Frames.Sensor.Height},
	}, nil
}

// samples replies with frames [B][T][C][H][W] and labels of some samples. With an epoch they are
// augmented by the draws of that epoch.
func (w *Worker) samples(c *call) (reply, error) {
	var a struct {
		do
		Handle  int    `json:"handle"`
		Samples []int  `json:"samples"`
		Seed    uint64 `json:"seed,omitempty"`
		Epoch   *int   `json:"epoch,omitempty"`
		DType   dtype  `json:"dtype"`
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	s, ok := w.sets[a.Handle]
	if !ok {
		return nil, usage{fmt.Errorf("no set %d is open", a.Handle)}
	}
	for _, i := range a.Samples {
		if i < 0 || i >= s.frames.Len() {
			return nil, usage{fmt.Errorf("sample %d, want 0 to %d", i, s.frames.Len()-1)}
		}
	}
	var draw *dataset.Draw
	if a.Epoch != nil {
		draw = &dataset.Draw{Seed: a.Seed, Epoch: *a.Epoch}
	}
	if err := w.fill(s, a.Samples, draw, a.DType); err != nil {
		return nil, err
	}
	labels := make([]dataset.Label, len(a.Samples))
	for k, i := range a.Samples {
		labels[k] = s.frames.Label(i, draw)
	}
	r := reply{}
	if draw != nil && s.frames.Augment.Mixup > 0 {
		other, share := make([]int, len(labels)), make([]float64, len(labels))
		for i, l := range labels {
			other[i], share[i] = l.Other, l.Share
		}
		r["other"], r["share"] = other, share
	}
	return r, nil
}

// fill writes the frames of some samples to the block.
func (w *Worker) fill(s *set, samples []int, draw *dataset.Draw, d dtype) error {
	if draw == nil {
		to := destination{block: &w.block, d: d, samples: len(samples)}
		if err := to.begin(s.frames.Config); err != nil {
			return err
		}
		return s.frames.Each(samples, to.giveOf)
	}
	n := len(samples) * s.frames.Config.Len()
	if cap(s.values) < n {
		s.values = make([]float32, n)
	}
	if err := s.frames.Fill(s.values[:n], samples, draw); err != nil {
		return err
	}
	return w.writeSamples(s.frames.Config, s.values[:n], len(samples), d)
}

// writeSamples writes values [T][B][H][W][C] as [B][T][C][H][W] of a type.
func (w *Worker) writeSamples(cfg frames.Config, values []float32, B int, d dtype) error {
	C, plane := cfg.Channels(), cfg.Pixels().Width*cfg.Pixels().Height
	if d != float32s && cfg.Scale() != 1 {
		return usage{fmt.Errorf("dtype %s with values that are no counts, want float32", d)}
	}
	for b := range B {
		for t := range cfg.T {
			frame := values[(t*B+b)*plane*C:][:plane*C]
			for c := range C {
				buf, err := w.block.room(plane * d.bytes())
				if err != nil {
					return err
				}
				if most := plant(buf, frame, C, c, d); d == uint8s && most > 255 {
					return usage{fmt.Errorf("more than 255 events at one pixel of a frame, want " +
						"the dtype uint16 or float32, or clip=255")}
				}
			}
		}
	}
	return nil
}

// plant writes one channel of a frame [H][W][C] as elements of a type, and returns the largest.
func plant(buf []byte, frame []float32, C, c int, d dtype) (most float32) {
	switch d {
	case float32s:
		out := as[float32](buf)
		for i := range out {
			out[i] = frame[i*C+c]
		}
	case uint8s:
		for i := range buf {
			v := frame[i*C+c]
			most = max(most, v)
			buf[i] = uint8(v)
		}
	case uint16s:
		out := as[uint16](buf)
		for i := range out {
			out[i] = uint16(frame[i*C+c])
		}
	}
	return most
}
