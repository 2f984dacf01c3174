package infer

import (
	"fmt"

	"ssnn/events"
	"ssnn/frames"
)

// Recogniser recognises recordings and events, one after the other: it is a [Runner] for one
// sample, makes the frames that this wants, and has the memory for both. It serves one goroutine at
// a time.
//
// The frames that its methods return, [T][H][W][C], are its own: the next call that makes frames
// overwrites them.
type Recogniser struct {
	*Runner
	integrator *frames.Integrator
	frames     []float32
	events     int // that the frames were made of
}

// keptEvents is for how many events of a recording that was read a recogniser keeps memory; what a
// longer one took is given back.
const keptEvents = 1 << 20

// Recogniser makes a recogniser on the given number of threads, at least 1. Close frees its
// threads. The error is that of a model that does not say how frames are made, as where it is not
// from a file that ssnn wrote.
func (m *Model) Recogniser(threads int) (*Recogniser, error) {
	g, err := frames.NewIntegrator(m.Frames)
	if err != nil {
		return nil, err
	}
	return &Recogniser{
		Runner: m.Runner(1, threads), integrator: g, frames: make([]float32, m.Frames.Len()),
	}, nil
}

// Frames returns the memory of the last frames, [T][H][W][C]. Frames from elsewhere may be written
// there.
func (r *Recogniser) Frames() []float32 { return r.frames }

// Events is the number of events that the last frames were made of, including those outside the
// part of the sensor that is looked at.
func (r *Recogniser) Events() int { return r.events }

// Integrate makes the frames of all events of a recording. Its errors are those of
// [frames.Integrator.Events].
func (r *Recogniser) Integrate(all []events.Event) ([]float32, error) {
	return r.scaled(r.integrator.Events(all))
}

// Read makes the frames of a recording, which it reads to the end. Its errors are those of
// [frames.Integrator.Read].
func (r *Recogniser) Read(recording events.Reader) ([]float32, error) {
	values, err := r.scaled(r.integrator.Read(recording))
	if r.events <= keptEvents && err == nil {
		return values, nil
	}
	g, again := frames.NewIntegrator(r.model.Frames)
	if again != nil {
		panic(again) // the one before was made in the same way
	}
	r.integrator = g
	return values, err
}

// ReadFile is Model.ReadFrames.
func (r *Recogniser) ReadFile(path string) ([]float32, error) {
	return r.model.readFile(path, r.Read)
}

// scaled are frames as networks are fed with them.
func (r *Recogniser) scaled(stored []uint16, err error) ([]float32, error) {
	if err != nil {
		return nil, err
	}
	r.events = r.integrator.Count()
	r.model.Frames.ScaleTo(r.frames, stored)
	return r.frames, nil
}

// Predict recognises a recording. Its errors name the path.
func (r *Recogniser) Predict(path string) (Prediction, error) {
	values, err := r.ReadFile(path)
	if err != nil {
		return Prediction{}, err
	}
	d, err := r.Classify(values)
	if err != nil {
		return Prediction{}, fmt.Errorf("%s: %w", path, err)
	}
	return r.Prediction(path, d), nil
}
