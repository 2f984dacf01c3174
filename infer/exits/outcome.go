package exits

import (
	"ssnn/events"
	"ssnn/infer"
	"ssnn/snn"
)

// Outcome is the result of exits on some samples, as means over the samples.
type Outcome struct {
	Threshold float64 `json:"threshold"` // an exit is taken where the measure is at least that
	Accuracy  float64 `json:"accuracy"`  // share of the samples that are recognised, 0 to 1
	// Observed is the time in ms from the first event to the last that was seen; 0 where it is not
	// known.
	Observed  float64 `json:"observed_ms"`
	Timesteps float64 `json:"timesteps"` // see Answers.Timesteps
	// Computing is the time in ms for a sample, with all classifiers on the way.
	Computing  float64   `json:"computing_ms"`
	Operations float64   `json:"operations"` // see Answers.Operations
	Shares     []float64 `json:"shares"`     // share of the samples that each point answers, 0 to 1
}

// At returns the outcome of exits at some of the points of the answers. ends, which may be nil,
// says when the last event of each frame comes, [samples][T] in us since the first event.
func (a *Answers) At(e *infer.Exits, ends ...[]events.Micros) Outcome {
	return a.try(e).outcome(e.Threshold, ends...)
}

// trial says of the answers at each of the exits' points how sure they are and whether they are
// right, whatever the threshold.
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

// Alone returns the outcome for each point if all samples were answered there. It includes the work
// to pass the points before. ends is as for At.
func (a *Answers) Alone(ends ...[]events.Micros) (all []Outcome) {
	for i := range a.Points {
		all = append(all, a.mean(func(int) int { return i }, ends))
	}
	return all
}

// mean returns the outcome where exit says which point answers for sample j.
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

// exit returns the point that answers for sample j at a threshold.
func (t trial) exit(j int, threshold float64) int {
	for i := range t.sure {
		if t.sure[i][j] >= threshold {
			return i
		}
	}
	return len(t.sure)
}
