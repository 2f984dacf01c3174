package train

import (
	"fmt"
	"math"

	"ssnn/dataset"
	"ssnn/internal/limits"
	"ssnn/snn"
)

// Loss is the loss of every classifier, the early ones and the output, from its logits at each of
// its T timesteps, o [T] [B][K]. Training minimises the sum of these losses, weighted by the
// network's lambdas. With CE the cross-entropy to the targets, see [Targets], it is
//
//	mean  CE(mean of o over time)
//	tet   (1-TETLambda) * mean over time of CE(o[t]) + TETLambda * mean of (o - TETMean)^2
//
// tet is temporal efficient training (Deng et al., ICLR 2022, arXiv 2202.11946). Distill adds
// self-distillation between timesteps (Ding et al., NeurIPS 2025, arXiv 2510.07924, algorithm 1),
// see distill.go. A teacher takes a share of the loss, see [Teaching].
type Loss struct {
	Kind      LossKind `toml:"loss"`       // kind of the loss
	TETLambda float64  `toml:"tet_lambda"` // share of the second term of tet, 0 to 1
	TETMean   float64  `toml:"tet_mean"`   // value to which that term draws the outputs

	// Distill says which timesteps teach which; by default none do.
	Distill Distillation `toml:"distill"`
	// DistillWeight is the factor of the distillation, 0 or more.
	DistillWeight      float64 `toml:"distill_weight"`
	DistillTemperature float64 `toml:"distill_temperature"` // temperature of its softmax, above 0

	Targets
	Teaching
}

func (l Loss) validate() error {
	if err := limits.First(isOne(losses, l.Kind), isOne(distillations, l.Distill)); err != nil {
		return err
	}
	switch {
	case l.Teacher != "" && l.TeacherWeight == 1 && (l.Kind == TETLoss || l.distils()):
		return fmt.Errorf("train.teacher_weight 1 leaves no share of the loss to train.loss %q "+
			"and train.distill %q: want less than 1, or train.loss mean without train.distill",
			losses.Words[l.Kind], distillations.Words[l.Distill])
	case l.Teacher != "" && l.TeacherWeight == 1 && !l.plain():
		return fmt.Errorf("train.teacher_weight 1 leaves no share of the loss to " +
			"train.label_smoothing and train.class_weights: want less than 1, or 0 and none for " +
			"these")
	}
	return limits.First(
		limits.Real("train.tet_lambda", l.TETLambda, 0, 1),
		limits.Real("train.tet_mean", l.TETMean, -1e6, 1e6),
		limits.Real("train.distill_weight", l.DistillWeight, 0, 1e6),
		limits.Real("train.distill_temperature", l.DistillTemperature, minTemperature,
			maxTemperature),
		l.Targets.validate(), l.Teaching.validate(),
	)
}

// of returns the loss of a classifier whose logits at each timestep are steps, with the mean
// logits, and writes weight times its gradient to grad: the gradient of the mean [B][K] if the loss
// depends on that alone, else of the steps [T][B][K]. teacher has the logits of a teacher, or is
// nil.
func (l Loss) of(grad *[]float32, logits []float32, steps [][]float32, labels []dataset.Label,
	teacher []float32, weight float64) (loss float64) {

	if teacher == nil {
		return l.own(grad, logits, steps, labels, weight)
	}
	share := l.TeacherWeight
	loss = (1 - share) * l.own(grad, logits, steps, labels, (1-share)*weight)
	alike := len(*grad) / len(logits) // 1 if grad is that of the mean, T if of the steps
	return loss + share*l.teaching(*grad, logits, teacher, len(labels), alike, share*weight)
}

// own is the function of without a teacher.
func (l Loss) own(grad *[]float32, logits []float32, steps [][]float32, labels []dataset.Label,
	weight float64) (loss float64) {

	T, size := len(steps), len(logits)
	tet, distils := l.Kind == TETLoss, l.distils() && T > 1
	room := size
	if tet || distils {
		room *= T
	}
	if cap(*grad) < room {
		*grad = make([]float32, room)
	}
	*grad = (*grad)[:room]
	g := *grad
	switch {
	case tet:
		loss = l.efficient(g, steps, labels, weight)
	case distils:
		loss = l.crossEntropy(g[:size], logits, labels, weight/float64(T))
		for t := 1; t < T; t++ {
			copy(g[t*size:], g[:size])
		}
	default:
		loss = l.crossEntropy(g, logits, labels, weight)
	}
	if distils {
		loss += l.distillation(g, steps, len(labels), weight)
	}
	return loss
}

// efficient returns the loss of temporal efficient training, and writes weight times its gradient.
func (l Loss) efficient(grad []float32, steps [][]float32, labels []dataset.Label, weight float64) (
	loss float64) {

	T, size := len(steps), len(steps[0])
	share, square := (1-l.TETLambda)/float64(T), l.TETLambda/float64(T*size)
	for t, o := range steps {
		g := grad[t*size : (t+1)*size]
		loss += share * l.crossEntropy(g, o, labels, weight*share)
		for i, v := range o {
			d := float64(v) - l.TETMean
			loss += square * d * d
			g[i] += float32(2 * weight * square * d)
		}
	}
	return loss
}

// CrossEntropy returns the mean over the batch of -sum of y * log softmax(logits), for logits
// [B][K] and y the shares of the classes that the label says, and writes weight times its gradient
// to grad [B][K] unless that is nil.
func CrossEntropy(grad, logits []float32, labels []dataset.Label, weight float64) float64 {
	k := len(logits) / len(labels)
	var sum float64
	for b, label := range labels {
		row := logits[b*k : (b+1)*k]
		top := row[snn.Argmax(row)]
		var z float64
		for _, v := range row {
			z += math.Exp(float64(v - top))
		}
		sum += (1 - label.Share) * (math.Log(z) - float64(row[label.Class]-top))
		if label.Share > 0 {
			sum += label.Share * (math.Log(z) - float64(row[label.Other]-top))
		}
		if grad == nil {
			continue
		}
		scale := weight / float64(len(labels))
		for c, v := range row {
			p := math.Exp(float64(v-top)) / z
			if c == label.Class {
				p -= 1 - label.Share
			}
			if c == label.Other {
				p -= label.Share
			}
			grad[b*k+c] = float32(scale * p)
		}
	}
	return sum / float64(len(labels))
}
