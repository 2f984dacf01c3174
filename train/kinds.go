package train

import "ssnn/internal/names"

// The words of a recipe that choose one of several are values of these types, parsed where a recipe
// is read.

// LossKind is the loss that a classifier learns by, see [Loss].
type LossKind int

// The losses.
const (
	MeanLoss LossKind = iota // "mean": loss of the mean over time
	TETLoss                  // "tet": loss of each timestep
)

var losses = names.Of[LossKind]{Key: "train.loss", Words: []string{"mean", "tet"}}

// MarshalText writes "mean" or "tet".
func (l LossKind) MarshalText() ([]byte, error) { return losses.Text(l) }

// UnmarshalText reads what MarshalText writes.
func (l *LossKind) UnmarshalText(b []byte) error { return losses.Parse(l, b) }

// Distillation says which timestep of a classifier teaches which, see distill.go.
type Distillation int

// The directions of distillation.
const (
	NoDistillation Distillation = iota // ""
	StrongToWeak                       // "s2w": the most confident teaches the least
	WeakToStrong                       // "w2s": the other way round
)

var distillations = names.Of[Distillation]{Key: "train.distill", Words: []string{"", "s2w", "w2s"}}

// MarshalText writes "s2w", "w2s" or nothing.
func (d Distillation) MarshalText() ([]byte, error) { return distillations.Text(d) }

// UnmarshalText reads what MarshalText writes.
func (d *Distillation) UnmarshalText(b []byte) error { return distillations.Parse(d, b) }

// OptimiserKind is the rule by which gradients move parameters, see [Optimiser].
type OptimiserKind int

// The optimisers.
const (
	SGD  OptimiserKind = iota // "sgd": stochastic gradient descent with momentum
	Adam                      // "adam" (Kingma and Ba, ICLR 2015)
	// AdamW is "adamw": Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019).
	AdamW
)

var optimisers = names.Of[OptimiserKind]{
	Key: "train.optimiser", Words: []string{"sgd", "adam", "adamw"},
}

// MarshalText writes "sgd", "adam" or "adamw".
func (o OptimiserKind) MarshalText() ([]byte, error) { return optimisers.Text(o) }

// UnmarshalText reads what MarshalText writes.
func (o *OptimiserKind) UnmarshalText(b []byte) error { return optimisers.Parse(o, b) }

// ScheduleKind is the rule by which the learning rate falls, see [Schedule].
type ScheduleKind int

// The schedules.
const (
	CosineSchedule   ScheduleKind = iota // "cosine": along half a cosine, over all epochs
	StepSchedule                         // "step": by a factor, every so many epochs
	ConstantSchedule                     // "constant": not at all
)

var schedules = names.Of[ScheduleKind]{
	Key: "train.schedule", Words: []string{"cosine", "step", "constant"},
}

// MarshalText writes "cosine", "step" or "constant".
func (s ScheduleKind) MarshalText() ([]byte, error) { return schedules.Text(s) }

// UnmarshalText reads what MarshalText writes.
func (s *ScheduleKind) UnmarshalText(b []byte) error { return schedules.Parse(s, b) }

// Sampling says how an epoch shows the training samples.
type Sampling int

// The ways of sampling.
const (
	ShuffledSampling Sampling = iota // "shuffle": each once, in a drawn order
	BalancedSampling                 // "balanced": each class as often, see dataset.Draw.Balanced
)

var samplings = names.Of[Sampling]{Key: "train.sampling", Words: []string{"shuffle", "balanced"}}

// MarshalText writes "shuffle" or "balanced".
func (s Sampling) MarshalText() ([]byte, error) { return samplings.Text(s) }

// UnmarshalText reads what MarshalText writes.
func (s *Sampling) UnmarshalText(b []byte) error { return samplings.Parse(s, b) }

// Keep says which epoch's network a run keeps.
type Keep int

// What is kept.
const (
	KeepLast Keep = iota // "last": the network of the last epoch
	KeepBest             // "best": that of the best epoch, see [Best]
)

var keeps = names.Of[Keep]{Key: "train.keep", Words: []string{"last", "best"}}

// MarshalText writes "last" or "best".
func (k Keep) MarshalText() ([]byte, error) { return keeps.Text(k) }

// UnmarshalText reads what MarshalText writes.
func (k *Keep) UnmarshalText(b []byte) error { return keeps.Parse(k, b) }

// isOne returns an error if a value is not one of those that have a word.
func isOne[T ~int](all names.Of[T], v T) error {
	_, err := all.Text(v)
	return err
}
