package train

import "math"

// CrossEntropy returns the mean over the batch of -log softmax(logits)[label], for logits [B][K], and writes weight times its gradient to
// grad [B][K] unless that is nil.
func CrossEntropy(grad, logits []float32, labels []int, weight float64) float64 {
	k := len(logits) / len(labels)
	var sum float64
	for b, label := range labels {
		row := logits[b*k : (b+1)*k]
		top := row[Argmax(row)]
		var z float64
		for _, v := range row {
			z += math.Exp(float64(v - top))
		}
		sum += math.Log(z) - float64(row[label]-top)
		if grad == nil {
			continue
		}
		scale := weight / float64(len(labels))
		for c, v := range row {
			p := math.Exp(float64(v-top)) / z
			if c == label {
				p--
			}
			grad[b*k+c] = float32(scale * p)
		}
	}
	return sum / float64(len(labels))
}

// Argmax is the first of the largest values.
func Argmax(x []float32) int {
	best := 0
	for i, v := range x {
		if v > x[best] {
			best = i
		}
	}
	return best
}
