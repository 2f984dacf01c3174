package train

import (
	"fmt"
	"math"
	"regexp"

	"ssnn/dataset"
	"ssnn/internal/collective"
	"ssnn/internal/limits"
	"ssnn/snn"
)

// Teaching says how a network learns from a teacher, a trained network (Hinton et al., "Distilling
// the knowledge in a neural network", arXiv 1503.02531). Every classifier of the network, whose
// mean over time is o, learns to say what the teacher's output says, which is that network's mean
// over time:
//
//	loss = (1-TeacherWeight) * L + TeacherWeight * T^2 * mean over the batch of KL(p || q)
//	p    = softmax(teacher's output / T)    a constant
//	q    = softmax(o / T)                   T = TeacherTemperature
//
// L being what the classifier's loss is without a teacher. T^2 makes up for the gradients, which a
// temperature divides by about that.
type Teaching struct {
	Teacher            string  `toml:"teacher"`             // path of its model; empty: none
	TeacherSHA256      string  `toml:"teacher_sha256"`      // of that file; empty: any
	TeacherWeight      float64 `toml:"teacher_weight"`      // share of the loss, 0 to 1
	TeacherTemperature float64 `toml:"teacher_temperature"` // 0.001 to 1000
}

// maxTemperature makes a distribution of any logits even; more is taken for a slip of the pen.
const maxTemperature = 1000

// minTemperature is so large that its inverse is of use.
const minTemperature = 1e-3

var hexadecimal = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (t Teaching) validate() error {
	switch {
	case t.TeacherSHA256 != "" && t.Teacher == "":
		return fmt.Errorf("train.teacher_sha256 without train.teacher, want both or neither")
	case t.TeacherSHA256 != "" && !hexadecimal.MatchString(t.TeacherSHA256):
		return fmt.Errorf("train.teacher_sha256 is %q, want 64 digits 0 to 9 and a to f",
			t.TeacherSHA256)
	}
	return limits.First(
		limits.Real("train.teacher_weight", t.TeacherWeight, 0, 1),
		limits.Real("train.teacher_temperature", t.TeacherTemperature,
			minTemperature, maxTemperature),
	)
}

// teaching is the mean over a batch of T^2 * KL(p || q), and adds weight times its gradient to
// those of the logits that steps of the same gradients have as their mean: grad is [steps][B][K].
func (t Teaching) teaching(grad, logits, teacher []float32, B, steps int, weight float64) (
	loss float64) {

	T, k := t.TeacherTemperature, len(logits)/B
	for from := 0; from < len(logits); from += k {
		p, q := newSoftmax(teacher[from:from+k], T), newSoftmax(logits[from:from+k], T)
		for c := range k {
			log := p.log(c)
			share := math.Exp(log)
			if share > 0 {
				loss += T * T * share * (log - q.log(c))
			}
			g := float32(weight * T * (math.Exp(q.log(c)) - share) / float64(B*steps))
			for s := range steps {
				grad[s*len(logits)+from+c] += g
			}
		}
	}
	return loss / float64(B)
}

// A Teacher answers the samples that a network is trained on.
type Teacher struct {
	Net     *snn.Network // the teacher
	Samples Samples      // as the teacher sees them: the same in the same order, in its own frames

	// Steady says that a sample is shown alike in every epoch, without augmentation. The teacher
	// then is asked only once, and its answers are kept.
	Steady bool

	group  collective.Group // that shares out the samples that it is asked for
	batch  buffer
	known  []bool    // [samples]: of these
	kept   []float32 // [samples][K] the logits
	logits []float32 // [B][K] of the last batch
}

// answers are the logits [B][K] for the samples of a batch, augmented as draw says. They are valid
// until the next call.
func (t *Teacher) answers(which []int, draw *dataset.Draw) ([]float32, error) {
	if !t.Steady {
		return t.ask(which, draw)
	}
	k := t.Net.Config().Classes
	if t.known == nil {
		t.known, t.kept = make([]bool, t.Samples.Len()), make([]float32, t.Samples.Len()*k)
	}
	var fresh []int
	for _, i := range which {
		if i %= len(t.known); !t.known[i] {
			fresh = append(fresh, i)
		}
	}
	if len(fresh) > 0 {
		logits, err := t.ask(fresh, nil)
		if err != nil {
			return nil, err
		}
		for b, i := range fresh {
			copy(t.kept[i*k:(i+1)*k], logits[b*k:])
			t.known[i] = true
		}
	}
	t.logits = t.logits[:0]
	for _, i := range which {
		i %= len(t.known)
		t.logits = append(t.logits, t.kept[i*k:(i+1)*k]...)
	}
	return t.logits, nil
}

// ask has each member of the group answer its share of some samples, and returns the answers to
// all.
func (t *Teacher) ask(which []int, draw *dataset.Draw) ([]float32, error) {
	size := t.group.Size()
	bound := func(rank int) int { return rank * len(which) / size }
	lengths := make([]int, size)
	for rank := range lengths {
		lengths[rank] = (bound(rank+1) - bound(rank)) * t.Net.Config().Classes
	}
	own := which[bound(t.group.Rank()):bound(t.group.Rank()+1)]
	err := t.batch.fill(t.Net, t.Samples, own, draw)
	if err := collective.Agree(t.group, err); err != nil {
		return nil, fmt.Errorf("for the teacher: %w", err)
	}
	var logits []float32
	if len(own) > 0 {
		logits = t.Net.Forward(t.batch.frames, len(own), false).Logits
	}
	return collective.Gather(t.group, logits, lengths)
}

// LearnFrom gives a trainer the teacher that its configuration asks for. The error says what does
// not fit.
func (t *Trainer) LearnFrom(teacher *Teacher) error {
	if got, want := teacher.Net.Config().Classes, t.Net.Config().Classes; got != want {
		return fmt.Errorf("a teacher of %d classes, want %d", got, want)
	}
	if got, want := teacher.Samples.Len(), t.train.Len(); got != want {
		return fmt.Errorf("a teacher for %d samples, want %d", got, want)
	}
	t.teacher, teacher.group = teacher, t.Net.Group()
	return nil
}
