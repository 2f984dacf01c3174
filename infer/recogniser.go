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
	events     int // number of events that the frames were made of
}

// keptEvents is the number of events for which a recogniser keeps memory between recordings. The
// memory for more is given back.
const keptEvents = 1 << 20

// Recogniser makes a recogniser on the given number of threads, at least 1. Close frees its
// threads. A model that does not say how frames are made, such as one that is not from a file that
// ssnn wrote, is an error.
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

// Events returns the number of events that the last frames were made of, including those outside
// the crop.
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
		panic(again) // an integrator of the same configuration was made before
	}
	r.integrator = g
	return values, err
}

// ReadFile is Model.ReadFrames.
func (r *Recogniser) ReadFile(path string) ([]float32, error) {
	return r.model.readFile(path, r.Read)
}

// scaled returns the stored frames as values that a network is fed with.
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
