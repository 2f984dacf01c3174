package exits

import (
	"ssnn/events"
	"ssnn/infer"
	"ssnn/snn"
)

// Outcome is what some exits make of some samples: means over them.
type Outcome struct {
	Threshold float64 `json:"threshold"` // an exit is taken where the measure is at least that
	Accuracy  float64 `json:"accuracy"`  // share of the samples that are recognised, 0 to 1
	// Time from the first event to the last that was seen; 0 where it is not known.
	Observed  float64 `json:"observed_ms"`
	Timesteps float64 `json:"timesteps"` // see Answers.Timesteps
	// Milliseconds for a sample, with all classifiers on the way.
	Computing  float64   `json:"computing_ms"`
	Operations float64   `json:"operations"` // see Answers.Operations
	Shares     []float64 `json:"shares"`     // of the samples that each point answers, in order
}

// At is the outcome of exits at some of the points of the answers. Ends, which may be nil, says
// when the last event of each frame comes, [samples][T] us since the first event.
func (a *Answers) At(e *infer.Exits, ends ...[]events.Micros) Outcome {
	return a.try(e).outcome(e.Threshold, ends...)
}

// trial is answers at the points of exits, how sure each is, whatever the threshold, and whether it
// is right.
type trial struct {
	*Answers
	sure  [][]float64 // [points but the last][samples]
	right [][]bool    // [points][samples]
}

func (a *Answers) try(e *infer.Exits) trial {
	points := e.Visited(a.Points[len(a.Points)-1])
	t := trial{Answers: a.only(points)}
	for i, pt := range points[:len(t.Points)-1] {
		var how []float64
		for _, logits := range t.Logits[i] {
			how = append(how, sure(e.By, pt, logits))
		}
		t.sure = append(t.sure, how)
	}
	for _, all := range t.Logits {
		var right []bool
		for j, logits := range all {
			right = append(right, snn.Argmax(logits) == t.Labels[j])
		}
		t.right = append(t.right, right)
	}
	return t
}

func (t trial) outcome(threshold float64, ends ...[]events.Micros) Outcome {
	o := t.mean(func(j int) int { return t.exit(j, threshold) }, ends)
	o.Threshold = threshold
	return o
}

// Alone is the outcome for each point if all samples were answered there, whatever it takes to pass
// those before included. Ends is as of At.
func (a *Answers) Alone(ends ...[]events.Micros) (all []Outcome) {
	for i := range a.Points {
		all = append(all, a.mean(func(int) int { return i }, ends))
	}
	return all
}

// mean is the outcome where exit says which point answers for sample j.
func (a *Answers) mean(exit func(j int) int, ends [][]events.Micros) Outcome {
	o := Outcome{Shares: make([]float64, len(a.Points))}
	share := 1 / float64(max(1, len(a.Labels)))
	for j, label := range a.Labels {
		i := exit(j)
		o.Shares[i] += share
		if snn.Argmax(a.Logits[i][j]) == label {
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
func (t trial) exit(j int, threshold float64) int {
	for i := range t.sure {
		if t.sure[i][j] >= threshold {
			return i
		}
	}
	return len(t.sure)
}
