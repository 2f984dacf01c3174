package train

import (
	"cmp"
	"fmt"
	"math"

	"ssnn/snn"
)

// A DivergedError says that training produced values that are not numbers, from which it cannot
// recover.
type DivergedError struct {
	What    string // words such as "the loss is NaN"
	Epoch   int    // number of the epoch, from 1
	Samples int    // number of samples seen in that epoch
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("%s in epoch %d after %d samples: training has diverged; "+
		"want a lower train.lr, or train.warmup_epochs of some epochs", e.What, e.Epoch, e.Samples)
}

// diverged returns the error that training has diverged at the samples seen so far.
func (t *Trainer) diverged(format string, what ...any) error {
	return &DivergedError{fmt.Sprintf(format, what...), t.Epoch + 1, t.Seen}
}

// finite returns an error if a parameter or a statistic is NaN or infinite. Such numbers need not
// show in the loss, because a neuron whose current is NaN never fires.
func (t *Trainer) finite() error {
	for _, all := range [][]*snn.Parameter{t.Net.Parameters(), t.Net.Statistics()} {
		for _, p := range all {
			for _, v := range p.Value {
				if v-v != 0 {
					return t.diverged("%s has the value %v", p.Name, v)
				}
			}
		}
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// farAbove is the number of times that a loss exceeds the loss of a guess when a warning is due:
// the network then does worse than one that answers all classes alike.
const farAbove = 10

// guess returns the weighted loss of a network whose logits are all 0.
func (t *Trainer) guess() (loss float64) {
	cfg := t.Net.Config()
	for i := range cfg.T {
		if last := i == len(cfg.T)-1; last || cfg.Early.On {
			loss += cfg.Lambda(i) * t.cfg.Loss.guess(cfg.Classes)
		}
	}
	return loss
}

// guess returns the loss of a classifier of so many classes whose logits are all 0.
func (l Loss) guess(classes int) float64 {
	entropy := math.Log(float64(classes))
	own := entropy * cmp.Or(l.Targets.guess, 1)
	loss := own
	if l.Kind == TETLoss {
		loss = (1-l.TETLambda)*own + l.TETLambda*l.TETMean*l.TETMean
	}
	if l.Teacher != "" { // KL(p || uniform) is at most the logarithm of the number of classes
		T := l.TeacherTemperature
		loss = (1-l.TeacherWeight)*loss + l.TeacherWeight*T*T*entropy
	}
	return loss
}

// warnings returns warnings on an epoch, as far as it has come: of a loss far above that of a
// guess, and of layers that never fire or always fire.
func (t *Trainer) warnings() (all []string) {
	loss, guess := t.Loss/float64(t.Seen), t.guess()
	if guess > 0 && loss > farAbove*guess {
		all = append(all, fmt.Sprintf("the loss is far above %.4g, that of a guess: "+
			"a lower train.lr may help", guess))
	}
	return append(all, silence(t.Firing.rates())...)
}
