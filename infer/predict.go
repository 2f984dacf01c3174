package infer

import "slices"

// Prediction is the answer of a model to a recording.
type Prediction struct {
	File  string  `json:"file,omitempty"` // path of the recording; empty where there is none
	Class string  `json:"class"`          // name of the answer
	Score float64 `json:"score"`          // score of that class
	// Scores is the softmax of the logits over the temperature of the exit, by class.
	Scores []float64 `json:"scores"`
	Logits []float32 `json:"logits"`         // mean over the timesteps, by class
	Exit   *Point    `json:"exit,omitempty"` // point that answered, where the model has exits
}

// Prediction returns a decision with the names of the classes, on a recording of that name, which
// may be "". It is a copy that no later call overwrites.
func (r *Runner) Prediction(file string, d Decision) Prediction {
	p := d.prediction(file, r.model.Classes)
	if r.model.exits != nil {
		p.Exit = &d.Point
	}
	return p
}

// NewPrediction makes the prediction from the logits of a recording and the names of the classes.
func NewPrediction(file string, classes []string, logits []float32) Prediction {
	return decide(Point{}, logits, make([]float64, len(logits))).prediction(file, classes)
}

func (d Decision) prediction(file string, classes []string) Prediction {
	return Prediction{
		File: file, Class: classes[d.Class], Score: d.Confidence,
		Scores: slices.Clone(d.Scores), Logits: slices.Clone(d.Logits),
	}
}
