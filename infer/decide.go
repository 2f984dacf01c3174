package infer

import (
	"cmp"
	"errors"

	"ssnn/internal/kernel"
)

// Decision is an answer of a [Runner]. Its slices are overwritten by the next call.
type Decision struct {
	Class      int       // number of the class, from 0; -1 where no point has been reached yet
	Confidence float64   // score of that class
	Scores     []float64 // [Classes], softmax of the logits over the point's temperature
	Logits     []float32 // [Classes], mean over the point's timesteps
	Point      Point     // that answered
	Sure       bool      // the exits' threshold was reached, or the end of the network
}

// decide makes the decision of a point from its logits; the scores are written to the given memory.
func decide(pt Point, logits []float32, scores []float64) Decision {
	d := Decision{Point: pt, Logits: logits, Scores: scores}
	d.Class = Softmax(scores, logits, cmp.Or(pt.Temperature, 1))
	d.Confidence = scores[d.Class]
	return d
}

// Err returns an error if the frames have values so large that the network's answer is not a
// number, and nil otherwise.
func (d Decision) Err() error {
	if kernel.Finite(d.Logits) {
		return nil
	}
	return errors.New("frames: values so large that the network's answer is no number")
}

// Decide visits the points that the frames so far bring into reach, in order, and returns the
// answer of the first one that is sure enough. If none is, it returns the answer of the last one
// visited, with Sure not set: more frames are then needed. Once an answer was sure, Decide returns
// the same answer until Begin.
func (r *Runner) Decide() Decision {
	for !r.last.Sure && r.at < len(r.points) {
		pt := r.points[r.at]
		if !r.net.Reach(pt.Stage, pt.Step, r.frames) {
			break
		}
		r.at++
		d := decide(pt, r.net.Classify(pt.Stage), r.scores)
		exits := r.model.exits
		d.Sure = r.at == len(r.points) || exits.By.Of(d.Scores) >= exits.Threshold
		r.last = d
	}
	return r.last
}
