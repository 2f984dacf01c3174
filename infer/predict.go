package infer

import "slices"

// Prediction is what a model says of a recording.
type Prediction struct {
	File  string  `json:"file,omitempty"` // path of the recording; empty where there is none
	Class string  `json:"class"`          // name of the answer
	Score float64 `json:"score"`          // of that class
	// Softmax of the logits, over the temperature of the exit, by class.
	Scores []float64 `json:"scores"`
	Logits []float32 `json:"logits"`         // mean over the timesteps, by class
	Exit   *Point    `json:"exit,omitempty"` // that answered, of a model with exits
}

// Prediction is a decision by the names of the classes, on a recording of that name, which may be
// "". It is not overwritten.
func (r *Runner) Prediction(file string, d Decision) Prediction {
	p := d.prediction(file, r.model.Classes)
	if r.model.exits != nil {
		p.Exit = &d.Point
	}
	return p
}

// NewPrediction is that of the logits of a recording, by the names of the classes.
func NewPrediction(file string, classes []string, logits []float32) Prediction {
	return decide(Point{}, logits, make([]float64, len(logits))).prediction(file, classes)
}

func (d Decision) prediction(file string, classes []string) Prediction {
	return Prediction{
		File: file, Class: classes[d.Class], Score: d.Confidence,
		Scores: slices.Clone(d.Scores), Logits: slices.Clone(d.Logits),
	}
}
