package infer

import "ssnn/events"

// Outcome is what some exits make of some samples: means over them.
type Outcome struct {
	Threshold  float64   `json:"threshold"`
	Accuracy   float64   `json:"accuracy"`
	Observed   float64   `json:"observed_ms"` // time from the first event to the last that was seen; 0 where it is not known
	Timesteps  float64   `json:"timesteps"`   // see Answers.Timesteps
	Computing  float64   `json:"computing_ms"`
	Operations float64   `json:"operations"` // see Answers.Operations
	Shares     []float64 `json:"shares"`     // of the samples that each point answers, in order
}

// At is the outcome of exits at the points of the answers, of some of the stages before the last all or none. Ends, which may be nil, says when
// the last event of each frame comes, [samples][T] us since the first event.
func (a *Answers) At(e *Exits, ends ...[]events.Micros) Outcome {
	a = a.only(e.Points)
	o := Outcome{Threshold: e.Threshold, Shares: make([]float64, len(a.Points))}
	share := 1 / float64(max(1, len(a.Labels)))
	for j, label := range a.Labels {
		i := a.exit(e, j)
		o.Shares[i] += share
		if best(a.Logits[i][j]) == label {
			o.Accuracy += share
		}
		o.Timesteps += share * a.Timesteps[i]
		o.Computing += share * 1e3 * a.Seconds[i][j]
		o.Operations += share * a.Operations[i][j]
		if ends != nil {
			o.Observed += share * float64(ends[j][a.Frames[i]-1]) / 1e3
		}
	}
	return o
}

// exit is the point that answers for sample j.
func (a *Answers) exit(e *Exits, j int) int {
	for i, pt := range e.Points[:len(a.Points)-1] {
		if e.sure(pt, a.Logits[i][j]) >= e.Threshold {
			return i
		}
	}
	return len(a.Points) - 1
}

// best is the number of the largest, of several the first.
func best(x []float32) int {
	at := 0
	for i, v := range x {
		if v > x[at] {
			at = i
		}
	}
	return at
}
