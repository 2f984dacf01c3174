package train

import (
	"math"

	"ssnn/snn"
)

// Self-distillation takes each timestep of a classifier for a model of its own. The confidence of a
// timestep is the mean over the batch of the largest softmax; the strongest timestep has the
// highest, the weakest the lowest. With q the softmax of a timestep's logits divided by the
// temperature, the loss is
//
//	StrongToWeak, s2w:  weight * mean over the batch of KL(q strongest || q weakest)
//	WeakToStrong, w2s:  weight * mean over the batch of KL(q weakest || q strongest)
//
// Here the first argument of KL, the teacher's, is a constant for the gradient, which the paper
// leaves open. As in the paper, there is no factor of the temperature's square.

func (l Loss) distils() bool { return l.Distill != NoDistillation }

// distillation returns the loss between the timesteps for B samples, and adds weight times its
// gradient to grad [T][B][K].
func (l Loss) distillation(grad []float32, steps [][]float32, B int, weight float64) (
	loss float64) {

	teacher, student := extremes(steps, B)
	if l.Distill == WeakToStrong {
		teacher, student = student, teacher
	}
	size := len(steps[0])
	k := size / B
	g := grad[student*size : (student+1)*size]
	share := l.DistillWeight / float64(B)
	for from := 0; from < size; from += k {
		p, q := newSoftmax(steps[teacher][from:from+k],
			l.DistillTemperature), newSoftmax(steps[student][from:from+k], l.DistillTemperature)
		for c := range k {
			log := p.log(c)
			loss += share * math.Exp(log) * (log - q.log(c))
			g[from+c] += float32(weight * share / l.DistillTemperature *
				(math.Exp(q.log(c)) - math.Exp(log)))
		}
	}
	return loss
}

// extremes returns the timesteps of the highest and of the lowest confidence, or the first of
// equals.
func extremes(steps [][]float32, B int) (strongest, weakest int) {
	var most, least float64
	for t, o := range steps {
		var confidence float64
		k := len(o) / B
		for from := 0; from < len(o); from += k {
			row := o[from : from+k]
			confidence += math.Exp(newSoftmax(row, 1).log(snn.Argmax(row)))
		}
		if t == 0 || confidence > most {
			strongest, most = t, confidence
		}
		if t == 0 || confidence < least {
			weakest, least = t, confidence
		}
	}
	return strongest, weakest
}

// softmax is the softmax of x/temperature.
type softmax struct {
	x           []float32
	temperature float64
	sum         float64 // log of the sum of exp(x/temperature)
}

func newSoftmax(x []float32, temperature float64) softmax {
	top := float64(x[snn.Argmax(x)])
	var z float64
	for _, v := range x {
		z += math.Exp((float64(v) - top) / temperature)
	}
	return softmax{x, temperature, top/temperature + math.Log(z)}
}

// log returns the logarithm of the share of class c.
func (s softmax) log(c int) float64 { return float64(s.x[c])/s.temperature - s.sum }

// share returns the share of class c.
func (s softmax) share(c int) float64 { return math.Exp(s.log(c)) }
