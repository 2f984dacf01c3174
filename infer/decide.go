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
func (p *Plan) Decide() Decision {
	for !p.last.Sure && p.at < len(p.points) && p.reach(p.points[p.at].Stage, p.points[p.at].Step) {
		pt := p.points[p.at]
		p.at++
		d := Decision{Point: pt, Logits: p.net.Classify(pt.Stage)}
		d.Class = Softmax(p.weights, d.Logits, cmp.Or(pt.Temperature, 1))
		d.Confidence = p.weights[d.Class]
		d.Sure = p.at == len(p.points) || p.model.exits.By.of(p.weights) >= p.model.exits.Threshold
		p.last = d
	}
	return p.last
}
