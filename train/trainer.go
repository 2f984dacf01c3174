package train

import (
	"context"
	"fmt"
	"time"

	"ssnn/dataset"
	"ssnn/internal/memory"
	"ssnn/snn"
)

// Trainer trains a network epoch by epoch. It can stop after any step, be saved, and go on
// elsewhere as if it had not stopped.
type Trainer struct {
	Net *snn.Network // network that is trained

	cfg         Config
	train, test Samples
	held        Samples // held out of the training; nil for none
	classes     []int   // class of each training sample
	seed        uint64
	step        *Step
	updates     *Updates
	batch       buffer
	teacher     *Teacher // nil for none

	progress
}

// progress says how far a run has come. With the parameters and the optimiser's slots it is the
// whole state of the run.
type progress struct {
	Epoch int `json:"epoch"` // epoch under way or next, from 0
	Seen  int `json:"seen"`  // number of samples shown in it

	Loss   float64   `json:"loss"`   // sum over the samples seen of the weighted loss
	Losses []float64 `json:"losses"` // the same sums of the classifiers' losses, early ones first
	// Hits is the number of samples recognised, in training mode. In a mixture the class of the
	// larger share counts.
	Hits   int    `json:"hits"`
	Firing firing `json:"firing"`
	Best   *Best  `json:"best,omitempty"` // best epoch so far; nil if none was measured

	seconds float64 // time in s for the timed samples of the epoch in this process
	timed   int

	order []int // order of the epoch's samples, made when it begins or is resumed
}

// Metrics are the figures of one epoch.
type Metrics struct {
	Epoch  int       `json:"epoch"`  // number of the epoch, from 1
	LR     float64   `json:"lr"`     // learning rate of the last step
	Loss   float64   `json:"loss"`   // weighted loss in training
	Losses []float64 `json:"losses"` // losses of the classifiers, early ones first
	// Accuracy is the share of the training samples that is recognised, 0 to 1, with augmentation.
	// In a mixture the class of the larger share counts.
	Accuracy float64 `json:"accuracy"`
	TestLoss float64 `json:"test_loss"` // mean cross-entropy on the test split
	// TestAccuracy is the share of the test split that is recognised, 0 to 1.
	TestAccuracy float64  `json:"test_accuracy"`
	TestBalanced float64  `json:"test_balanced_accuracy"` // mean over the classes of that share
	HeldOut      *HeldOut `json:"held_out,omitempty"`     // nil if no recordings are held out
	Firing       []Rate   `json:"firing"`                 // firing rates of the layers in training
	Warnings     []string `json:"warnings,omitempty"`     // one sentence each
	// Seconds is the time of training in this process, without the test.
	Seconds          float64 `json:"seconds"`
	SamplesPerSecond float64 `json:"samples_per_s"` // speed of training
}

// Status says after every step how far an epoch has come.
type Status struct {
	Epoch, Seen, Samples int      // Epoch from 0, and the samples of it that were Seen
	Loss                 float64  // mean over the epoch so far
	Warnings             []string // warnings on the epoch so far, as in Metrics
}

// New prepares the training of a network on samples that fit its configuration. With plans, each
// step runs one, drawn uniformly from (seed, epoch, samples seen). test may be nil. If the network
// has joined a group, all members make a trainer with the same arguments and call the same methods;
// each is shown its own samples of every batch.
func New(cfg Config, net *snn.Network, train, test Samples, seed uint64) (*Trainer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if train.Len() == 0 {
		return nil, fmt.Errorf("no samples to train on")
	}
	if err := net.Shard(cfg.Shards); err != nil {
		return nil, err
	}
	from, to := net.Own(min(cfg.Batch, train.Len()))
	if err := memory.Check(fmt.Sprintf("a step of %d samples", to-from), net.StepBytes(to-from),
		"a smaller train.batch, network.width or frames.size, or fewer "+
			"network.timesteps"); err != nil {

		return nil, err
	}
	if err := cfg.ClassWeights.Check(net.Config().Classes); err != nil {
		return nil, err
	}
	if err := cfg.Tuning.Fits(net.Config()); err != nil {
		return nil, err
	}
	net.Hold(cfg.Freeze)
	classes, counts := classesOf(train, net.Config().Classes)
	if cfg.Sampling == BalancedSampling {
		for c, n := range counts {
			counts[c] = min(n, 1) // balanced sampling shows all classes alike
		}
	}
	cfg.Targets = cfg.Weigh(counts)
	return &Trainer{
		Net: net, cfg: cfg, train: train, test: test, classes: classes, seed: seed,
		step: NewStep(net, cfg.Loss), updates: NewUpdates(net, cfg.Optimiser, cfg.Tuning),
	}, nil
}

// Samples returns the number of training samples.
func (t *Trainer) Samples() int { return t.train.Len() }

// Test evaluates the network on the test samples. If the network has plans, it first recalibrates
// the norms, whose statistics are those of all plans together.
func (t *Trainer) Test(ctx context.Context) (Evaluation, error) {
	if err := t.recalibrate(ctx); err != nil {
		return Evaluation{}, err
	}
	return Evaluate(ctx, t.Net, t.test, t.cfg.Batch)
}

// recalibrate calls Recalibrate if the network has plans.
func (t *Trainer) recalibrate(ctx context.Context) error {
	if len(t.Net.Config().Plans) == 0 {
		return nil
	}
	return Recalibrate(ctx, t.Net, t.train, t.cfg.Batch)
}

// stepsPerEpoch is the number of batches of an epoch.
func (t *Trainer) stepsPerEpoch() int {
	return (t.train.Len() + t.cfg.Batch - 1) / t.cfg.Batch
}

// RunEpoch trains to the end of the epoch, and evaluates the network on the samples held out and on
// those that test. When the context ends, it stops after the step or the tested batch under way and
// returns the context's error; the next call goes on from there, or evaluates anew. A loss, a
// parameter or a statistic that is not finite ends the training with a *DivergedError.
func (t *Trainer) RunEpoch(ctx context.Context, report func(Status)) (Metrics, error) {
	if t.cfg.Teacher != "" && t.teacher == nil {
		return Metrics{}, fmt.Errorf("train.teacher is %q, but no teacher was given", t.cfg.Teacher)
	}
	t.Firing.of(t.Net)
	resumed := t.Seen - t.timed // number of the epoch's samples that an earlier process showed
	for t.Seen < t.train.Len() {
		start := time.Now()
		if err := t.one(ctx); err != nil {
			return Metrics{}, err
		}
		t.seconds += time.Since(start).Seconds()
		t.timed = t.Seen - resumed
		if report != nil {
			report(Status{t.Epoch, t.Seen, t.train.Len(), t.Loss / float64(t.Seen), t.warnings()})
		}
	}
	if err := t.finite(); err != nil {
		return Metrics{}, err
	}
	if err := t.same(); err != nil {
		return Metrics{}, err
	}
	n := float64(t.Seen)
	m := Metrics{
		Epoch: t.Epoch + 1, LR: t.rate(t.updates.Step - 1),
		Loss: t.Loss / n, Accuracy: float64(t.Hits) / n,
		Seconds: t.seconds, SamplesPerSecond: float64(t.timed) / max(t.seconds, 1e-9),
		Firing: t.Firing.rates(), Warnings: t.warnings(),
	}
	for _, l := range t.Losses {
		m.Losses = append(m.Losses, l/n)
	}
	best, err := t.judge(ctx, &m)
	if err != nil {
		return Metrics{}, err
	}
	t.Firing.clear()
	t.progress = progress{
		Epoch: t.Epoch + 1, order: t.order, Losses: t.Losses[:0], Firing: t.Firing, Best: best,
	}
	return m, nil
}

// rate returns the learning rate of a step; steps are counted from 0 over the whole run.
func (t *Trainer) rate(step int) float64 {
	return t.cfg.Rate(step, t.stepsPerEpoch(), t.cfg.Epochs)
}

// one makes the next step of the epoch, unless the context of a member of the network's group has
// ended: then all members stop before the same step.
func (t *Trainer) one(ctx context.Context) (err error) {
	draw := dataset.Draw{Seed: t.seed, Epoch: t.Epoch}
	if t.Seen == 0 || t.order == nil {
		t.draw(draw)
	}
	which := t.order[t.Seen:min(t.Seen+t.cfg.Batch, len(t.order))]
	if plans := len(t.Net.Config().Plans); plans > 0 {
		t.Net.UsePlan(draw.Choice(t.Seen, plans))
		defer t.Net.UsePlan(-1)
	}
	if err := t.batch.fillOwn(ctx, t.Net, t.train, which, &draw); err != nil {
		return err
	}
	if t.teacher != nil {
		if t.step.Teacher, err = t.teacher.answers(which, &draw); err != nil {
			return err
		}
	}
	loss, out := t.step.Run(t.batch.frames, t.batch.labels)
	if err := t.Net.Err(); err != nil {
		return err
	}
	if !finite(loss) {
		return t.diverged("the loss is %v", loss)
	}
	t.updates.Apply(t.rate(t.updates.Step))
	t.count(loss, out, len(which))
	return t.Net.Err()
}

// count adds a step to the sums of the epoch.
func (t *Trainer) count(loss float64, out *snn.Output, n int) {
	t.Seen += n
	t.Loss += loss * float64(n)
	for i, l := range t.step.Losses {
		if i == len(t.Losses) {
			t.Losses = append(t.Losses, 0)
		}
		t.Losses[i] += l * float64(n)
	}
	t.Firing.add(t.Net)
	k := len(out.Logits) / n
	for i, label := range t.batch.labels {
		if snn.Argmax(out.Logits[i*k:(i+1)*k]) == label.Class {
			t.Hits++
		}
	}
}
