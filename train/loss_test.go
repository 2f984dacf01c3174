package train_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"ssnn/dataset"
	"ssnn/train"
)

// obvious is the cross-entropy by its formula, in float64, for shares y of all classes.
func obvious(logits []float64, y [][]float64) (sum float64) {
	k := len(y[0])
	for b, row := range y {
		z := 0.
		for _, v := range logits[b*k : (b+1)*k] {
			z += math.Exp(v)
		}
		for c, share := range row {
			sum -= share * math.Log(math.Exp(logits[b*k+c])/z)
		}
	}
	return sum / float64(len(y))
}

// The loss of mixtures is that of the shares of their classes, and its gradient that of finite
// differences.
func TestCrossEntropyOfMixtures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 6).Draw(t, "classes")
		class := rapid.IntRange(0, k-1)
		var labels []dataset.Label
		var y [][]float64
		for range rapid.IntRange(1, 4).Draw(t, "batch") {
			l := dataset.Label{Class: class.Draw(t, "class"), Other: class.Draw(t, "other"),
				Share: rapid.Float64Range(0, 0.5).Draw(t, "share")}
			row := make([]float64, k)
			row[l.Class] += 1 - l.Share
			row[l.Other] += l.Share
			labels, y = append(labels, l), append(y, row)
		}
		logits, wide := make([]float32, k*len(y)), make([]float64, k*len(y))
		for i := range logits {
			logits[i] = rapid.Float32Range(-8, 8).Draw(t, "logit")
			wide[i] = float64(logits[i])
		}
		weight := rapid.Float64Range(0.1, 3).Draw(t, "weight")
		grad := make([]float32, len(logits))
		if got, want := train.CrossEntropy(grad, logits, labels, weight), obvious(wide,
			y); math.Abs(got-want) > 1e-5 {
			t.Fatalf("loss %v, want %v", got, want)
		}
		for i := range wide {
			const h = 1e-5
			at := wide[i]
			wide[i] = at + h
			above := obvious(wide, y)
			wide[i] = at - h
			want := weight * (above - obvious(wide, y)) / (2 * h)
			wide[i] = at
			if math.Abs(float64(grad[i])-want) > 1e-6 {
				t.Fatalf("gradient %d is %v, want %v", i, grad[i], want)
			}
		}
	})
}
