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
// mean over time is o, learns to give the teacher's output, which is a mean over time too:
//
//	loss = (1-TeacherWeight) * L + TeacherWeight * T^2 * mean over the batch of KL(p || q)
//	p    = softmax(teacher's output / T)    a constant
//	q    = softmax(o / T)                   T = TeacherTemperature
//
// L is the classifier's loss without a teacher. The factor T^2 makes up for the temperature, which
// divides the gradients by about as much.
type Teaching struct {
	Teacher            string  `toml:"teacher"`             // path of its model, or empty
	TeacherSHA256      string  `toml:"teacher_sha256"`      // digest of that file, or empty for any
	TeacherWeight      float64 `toml:"teacher_weight"`      // share of the loss, 0 to 1
	TeacherTemperature float64 `toml:"teacher_temperature"` // 0.001 to 1000
}

// maxTemperature makes any distribution nearly uniform; a larger value is taken for an error.
const maxTemperature = 1000

// minTemperature is so large that its inverse is a useful number.
const minTemperature = 1e-3

var hexadecimal = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (t Teaching) validate() error {
	switch {
	case t.TeacherSHA256 != "" && t.Teacher == "":
		return fmt.Errorf("train.teacher_sha256 is set without train.teacher, want both or neither")
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

// teaching returns the mean over a batch of T^2 * KL(p || q), and adds weight times its gradient to
// grad [steps][B][K]: with one step it is the gradient of the logits, with several that of the
// timesteps whose mean the logits are.
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
	Samples Samples      // the same samples in the same order, in the teacher's own frames

	// Steady says that a sample is the same in every epoch, without augmentation. The teacher then
	// is asked only once, and its answers are kept.
	Steady bool

	group  collective.Group // its members share the samples that the teacher is asked for
	batch  buffer
	known  []bool    // [samples] the sample's logits are kept
	kept   []float32 // [samples][K] logits
	logits []float32 // [B][K] logits of the last batch
}

// answers returns the logits [B][K] for the samples of a batch, augmented as draw says. They are
// valid until the next call.
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

// ask has each member of the group answer its share of some samples, and returns the answers to all
// samples.
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

// LearnFrom gives a trainer the teacher that its configuration asks for. A teacher that does not
// fit the samples or the classes is an error.
func (t *Trainer) LearnFrom(teacher *Teacher) error {
	if got, want := teacher.Net.Config().Classes, t.Net.Config().Classes; got != want {
		return fmt.Errorf("the teacher has %d classes, want %d", got, want)
	}
	if got, want := teacher.Samples.Len(), t.train.Len(); got != want {
		return fmt.Errorf("the teacher has %d samples, want %d", got, want)
	}
	t.teacher, teacher.group = teacher, t.Net.Group()
	return nil
}
