package infer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Prediction is what a model says of a recording.
type Prediction struct {
	File   string    `json:"file,omitempty"`
	Class  string    `json:"class"`
	Score  float64   `json:"score"`          // of that class
	Scores []float64 `json:"scores"`         // softmax of the logits, over the temperature of the exit, by class
	Logits []float32 `json:"logits"`         // mean over the timesteps, by class
	Exit   *Point    `json:"exit,omitempty"` // that answered, of a model with exits
}

// NewPrediction is that of logits for a recording, by the names of the classes.
func NewPrediction(path string, classes []string, logits []float32, temperature float64) Prediction {
	p := Prediction{File: path, Scores: make([]float64, len(logits)), Logits: slices.Clone(logits)}
	best := Softmax(p.Scores, logits, temperature)
	p.Class, p.Score = classes[best], p.Scores[best]
	return p
}

// Predict recognises a recording. Its errors name the path.
func (r *Runner) Predict(path string) (Prediction, error) {
	frames, err := r.model.ReadFrames(path)
	if err != nil {
		return Prediction{}, err
	}
	answer, err := r.PredictFrames(path, frames)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return answer, err
}

// PredictFrames recognises the frames [T][H][W][C] of a recording of that name, which may be "". Its
// errors are those of Classify, and that of frames so large that the network's answer is no number.
func (r *Runner) PredictFrames(name string, frames []float32) (Prediction, error) {
	d, err := r.Classify(frames)
	if err != nil {
		return Prediction{}, err
	}
	if !allFinite(d.Logits) {
		return Prediction{}, errors.New("frames: values so large that the network's answer is no number")
	}
	answer := NewPrediction(name, r.model.Classes, d.Logits, cmp.Or(d.Point.Temperature, 1))
	if r.model.exits != nil {
		answer.Exit = &d.Point
	}
	return answer, nil
}
