package train

import (
	"cmp"
	"context"
	"fmt"

	"ssnn/internal/limits"
)

// Keeping says which epoch's network a run keeps, and when it ends before its last epoch. Both are
// decided by recordings that are held out of the training, never by those that test.
type Keeping struct {
	Keep     Keep `toml:"keep"`     // the last epoch's network, or the best one's
	Patience int  `toml:"patience"` // epochs in a row that may be no better; 0 sets no limit
}

func (k Keeping) validate() error {
	return limits.First(isOne(keeps, k.Keep),
		limits.Whole("train.patience", k.Patience, 0, mostEpochs))
}

// HeldOut is the result of a network, after an epoch, on recordings held out of its training.
type HeldOut struct {
	Samples  int     `json:"recordings"`        // number of recordings held out
	Loss     float64 `json:"loss"`              // mean cross-entropy
	Accuracy float64 `json:"accuracy"`          // share that is recognised, 0 to 1
	Balanced float64 `json:"balanced_accuracy"` // mean over the classes of that share
	Best     int     `json:"best_epoch"`        // the best so far, from 1, see Best
}

// Best is the epoch with the highest accuracy on the recordings held out. Among equals it is the
// one with the lowest loss on them, and then the first.
type Best struct {
	Epoch    int     `json:"epoch"`    // number of the epoch, from 1
	Accuracy float64 `json:"accuracy"` // accuracy on the recordings held out, 0 to 1
	Loss     float64 `json:"loss"`     // mean cross-entropy on them
}

// before reports whether a result is better than b, the best so far, which is nil before the first
// epoch.
func (b *Best) before(accuracy, loss float64) bool {
	return b == nil || cmp.Or(cmp.Compare(accuracy, b.Accuracy), cmp.Compare(b.Loss, loss)) > 0
}

// HoldOut gives a trainer the samples that it measures the network by after every epoch.
func (t *Trainer) HoldOut(s Samples) { t.held = s }

// Done reports whether all epochs are over, or patience has ended the run, see [Trainer.Stopped].
func (t *Trainer) Done() bool { return t.Epoch >= t.cfg.Epochs || t.impatient() }

func (t *Trainer) impatient() bool {
	return t.cfg.Patience > 0 && t.Best != nil && t.Epoch-t.Best.Epoch >= t.cfg.Patience
}

// Stopped says in words why a run ended before its last epoch; it is empty if the run did not.
func (t *Trainer) Stopped() string {
	if t.Epoch >= t.cfg.Epochs || !t.impatient() {
		return ""
	}
	return fmt.Sprintf("stopped after epoch %d of %d: train.patience is %d, and no epoch after "+
		"epoch %d was better on the recordings held out",
		t.Epoch, t.cfg.Epochs, t.cfg.Patience, t.Best.Epoch)
}

// heldOut evaluates the network on the samples held out.
func (t *Trainer) heldOut(ctx context.Context) (HeldOut, error) {
	e, err := Evaluate(ctx, t.Net, t.held, t.cfg.Batch)
	if err != nil {
		return HeldOut{}, err
	}
	h := HeldOut{Samples: e.Samples, Loss: e.Loss, Accuracy: e.Accuracy, Balanced: e.Balanced}
	if t.Best != nil {
		h.Best = t.Best.Epoch
	}
	return h, nil
}

// judge evaluates the network after an epoch on the samples held out and on those that test, as far
// as there are any, and returns the best epoch so far.
func (t *Trainer) judge(ctx context.Context, m *Metrics) (best *Best, err error) {
	if best = t.Best; t.held == nil && t.test == nil {
		return best, nil
	}
	if err := t.recalibrate(ctx); err != nil {
		return nil, err
	}
	if t.held != nil {
		h, err := t.heldOut(ctx)
		if err != nil {
			return nil, err
		}
		if !finite(h.Loss) {
			return nil, t.diverged("the loss of the recordings held out is %v", h.Loss)
		}
		if best.before(h.Accuracy, h.Loss) {
			best = &Best{m.Epoch, h.Accuracy, h.Loss}
		}
		h.Best = best.Epoch
		m.HeldOut = &h
	}
	if t.test != nil {
		e, err := Evaluate(ctx, t.Net, t.test, t.cfg.Batch)
		if err != nil {
			return nil, err
		}
		if !finite(e.Loss) {
			return nil, t.diverged("the loss of the test is %v", e.Loss)
		}
		m.TestLoss, m.TestAccuracy, m.TestBalanced = e.Loss, e.Accuracy, e.Balanced
	}
	return best, nil
}
