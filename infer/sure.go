package infer

import (
	"math"

	"ssnn/internal/names"
	"ssnn/snn"
)

// Measure is a measure of how sure an answer is, from 0 to 1.
type Measure int

// The measures, of the softmax p of the logits over their temperature.
const (
	Confidence Measure = iota // "confidence": the largest p
	// Entropy is "entropy": 1 - H(p)/log(classes), with H(p) = -sum(p*log(p)).
	Entropy
)

var measures = names.Of[Measure]{Key: "measure", Words: []string{"confidence", "entropy"}}

// MarshalText writes "confidence" or "entropy".
func (m Measure) MarshalText() ([]byte, error) { return measures.Text(m) }

// UnmarshalText reads what MarshalText writes.
func (m *Measure) UnmarshalText(b []byte) error { return measures.Parse(m, b) }

// Of returns the measure of a softmax p.
func (m Measure) Of(p []float64) float64 {
	most, entropy := 0.0, 0.0
	for _, v := range p {
		most = max(most, v)
		if v > 0 {
			entropy -= v * math.Log(v)
		}
	}
	if m == Entropy {
		return 1 - entropy/math.Log(float64(len(p)))
	}
	return most
}

// Softmax writes exp(x/temperature)/sum(exp(x/temperature)) to p, which has as many elements as x.
// It returns the index of the largest value, and of several equal ones the first.
func Softmax(p []float64, x []float32, temperature float64) (best int) {
	best = snn.Argmax(x)
	var sum float64
	for i, v := range x {
		p[i] = math.Exp(float64(v-x[best]) / temperature)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return best
}
