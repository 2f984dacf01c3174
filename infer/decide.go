package infer

import "cmp"

// Decision is an answer.
type Decision struct {
	Class      int       // -1 where no point has been reached yet
	Confidence float64   // softmax of the logits over the point's temperature
	Point      Point     // that answered
	Sure       bool      // the exits' threshold was reached, or the end of the network
	Logits     []float32 // [Classes], mean over the point's timesteps; overwritten by the next call
}

// Decide visits the points that the frames so far bring into reach, in order, and returns the answer of the first that is sure; or, where none is,
// that of the last one visited, with Sure not set: then more frames are wanted. When it was sure, the same answer stands until Begin.
func (r *Runner) Decide() Decision {
	for !r.last.Sure && r.at < len(r.points) && r.reach(r.points[r.at].Stage, r.points[r.at].Step) {
		pt := r.points[r.at]
		r.at++
		d := Decision{Point: pt, Logits: r.net.Classify(pt.Stage)}
		d.Class = Softmax(r.weights, d.Logits, cmp.Or(pt.Temperature, 1))
		d.Confidence = r.weights[d.Class]
		d.Sure = r.at == len(r.points) || r.model.exits.By.Of(r.weights) >= r.model.exits.Threshold
		r.last = d
	}
	return r.last
}
