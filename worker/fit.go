package worker

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/frames"
	"ssnn/infer"
	"ssnn/recipes"
	"ssnn/snn"
	"ssnn/train"
)

// arrays are samples that the caller has as an array.
type arrays struct {
	batch
	labels []int
}

// Len is the number of samples.
func (s arrays) Len() int { return len(s.labels) }

// Label is the class of a sample.
func (s arrays) Label(i int, _ *dataset.Draw) dataset.Label {
	return dataset.Label{Class: s.labels[i%len(s.labels)]}
}

// Fill writes the frames of samples, [T][len(batch)][H][W][C].
func (s arrays) Fill(dst []float32, which []int, _ *dataset.Draw) error {
	frame := s.H * s.W * s.C
	one := make([]float32, s.T*frame)
	for b, i := range which {
		i %= len(s.labels)
		s.channelsLast(one, i, i+1)
		for t := range s.T {
			copy(dst[(t*len(which)+b)*frame:], one[t*frame:(t+1)*frame])
		}
	}
	return nil
}

// fit trains a network on the call's array of frames, [B][T][C][H][W], of which the first samples
// train and the others test. It replies after every epoch, and writes the model at the end.
func (w *Worker) fit(c *call) (reply, error) {
	var a struct {
		do
		Recipe  string   `json:"recipe,omitempty"`
		Set     []string `json:"set,omitempty"`
		Init    string   `json:"init,omitempty"`
		Out     string   `json:"out"`
		Shape   []int    `json:"shape"`
		DType   dtype    `json:"dtype"`
		Labels  []int    `json:"labels"`
		Train   int      `json:"train"` // samples
		Classes []string `json:"classes,omitempty"`
		Threads int      `json:"threads,omitempty"`
	}
	if err := c.arguments(&a); err != nil {
		return nil, err
	}
	b, err := batchOf(a.Shape, a.DType, append([]byte(nil), c.array...))
	if err != nil {
		return nil, err
	}
	classes, err := classesOf(a.Labels, b.B, a.Classes)
	if err != nil {
		return nil, err
	}
	if a.Train < 1 || a.Train > b.B {
		return nil, usage{fmt.Errorf("%d of %d samples train, want 1 or more, and at most all",
			a.Train, b.B)}
	}
	m := w.machine(a.Threads)
	r, err := loaded(a.Recipe, a.Init, m)
	if err != nil {
		return nil, err
	}
	for _, s := range a.Set {
		if err := r.Set(s); err != nil {
			return nil, usage{err}
		}
	}
	if a.Init != "" {
		r.Train.Init = a.Init
	}
	net, resolved, notes, err := networkFor(r, b, classes, m)
	if err != nil {
		return nil, err
	}
	model := recipes.Model{Net: net, Recipe: resolved.Recipe, Classes: classes}
	defer model.Close()
	all := arrays{b, a.Labels}
	training, test := all.part(0, a.Train), all.part(a.Train, b.B)
	t, err := train.New(resolved.Train, net, training, nonEmpty(test), uint64(r.Seed))
	if err != nil {
		return nil, usage{err}
	}
	told := w.tell()
	told.all <- reply{"more": true, "notes": notes, "samples": a.Train,
		"epochs": resolved.Train.Epochs}
	ctx, cancel := w.stoppable()
	defer cancel()
	for !t.Done() && err == nil {
		var epoch train.Metrics
		if epoch, err = t.RunEpoch(ctx, nil); err == nil {
			told.epoch(epoch)
		}
	}
	if sent := told.end(); sent != nil {
		return nil, sent
	}
	w.over = true
	stopped := errors.Is(err, context.Canceled)
	if err != nil && !stopped {
		return nil, err
	}
	if err := model.Save(a.Out); err != nil {
		return nil, err
	}
	done := reply{"model": a.Out, "stopped": stopped}
	if test.Len() > 0 && !stopped {
		e, err := t.Test(context.Background())
		if err != nil {
			return nil, err
		}
		done["test_accuracy"], done["test_loss"], done["test_samples"] = e.Accuracy, e.Loss,
			e.Samples
	}
	return done, nil
}

// networkFor makes a network of a recipe for frames of a batch's shape.
func networkFor(r recipes.Recipe, b batch, classes []string, m recipes.Machine) (
	*snn.Network, recipes.Resolved, []string, error) {

	size := events.Size{Width: b.W, Height: b.H}
	r.Frames.Sensor, r.Frames.Size, r.Frames.Crop = size, size, frames.Area{}
	switch b.C {
	case 1:
		r.Frames.Polarity = frames.Merged
	case 2:
		r.Frames.Polarity = frames.Both
	default:
		return nil, recipes.Resolved{}, nil,
			usage{fmt.Errorf("frames of %d channels, want 2, off and on, or 1", b.C)}
	}
	if r.Augment != (dataset.Augment{}) {
		return nil, recipes.Resolved{}, nil, usage{errors.New("augment cannot change arrays of " +
			"frames: want changed arrays, or recordings")}
	}
	if r.Split.HeldOut > 0 || r.Train.Teacher != "" {
		return nil, recipes.Resolved{}, nil, usage{errors.New("split.held_out and train.teacher " +
			"need recordings, got arrays of frames")}
	}
	resolved, err := r.Resolve(len(classes))
	if err != nil {
		return nil, resolved, nil, usage{err}
	}
	if T := resolved.Network.T[0]; b.T != T {
		return nil, resolved, nil, usage{fmt.Errorf(
			"%d frames for each sample, want %d, the timesteps of the network's first stage "+
				"(network.timesteps)", b.T, T)}
	}
	if err := infer.CheckFrames(resolved.Network, floats(b), 1); err != nil {
		return nil, resolved, nil, usage{err}
	}
	return m.Network(resolved, classes)
}

// floats returns the values of a batch that must be checked to be finite. For integers, which
// always are, it returns zeroes.
func floats(b batch) []float32 {
	if b.dtype == float32s {
		return as[float32](b.array)
	}
	return make([]float32, b.C*b.H*b.W)
}

// classesOf returns the names of the classes for labels, of which each sample must have one.
func classesOf(labels []int, samples int, names []string) ([]string, error) {
	if len(labels) != samples {
		return nil, usage{fmt.Errorf("%d labels for %d samples, want one for each", len(labels),
			samples)}
	}
	most := 0
	for i, l := range labels {
		if l < 0 || names != nil && l >= len(names) || l >= 1<<16 {
			return nil, usage{fmt.Errorf("label %d of sample %d, want a class from 0 to %d", l, i,
				max(len(names), 1<<16)-1)}
		}
		most = max(most, l)
	}
	for len(names) <= most {
		names = append(names, strconv.Itoa(len(names)))
	}
	return names, nil
}

// part returns some of the samples.
func (s arrays) part(from, to int) arrays {
	size := s.T * s.C * s.H * s.W * s.dtype.bytes()
	s.B, s.array, s.labels = to-from, s.array[from*size:to*size], s.labels[from:to]
	return s
}

// nonEmpty returns the samples, or nil if there are none.
func nonEmpty(s arrays) train.Samples {
	if s.Len() == 0 {
		return nil
	}
	return s
}
