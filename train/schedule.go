package train

import (
	"fmt"
	"math"

	"ssnn/internal/limits"
)

// Schedule says how the learning rate changes during training.
type Schedule struct {
	Kind     ScheduleKind `toml:"schedule"`      // constant, cosine or step
	LR       float64      `toml:"lr"`            // highest learning rate, above 0
	MinLR    float64      `toml:"min_lr"`        // cosine: learning rate at the end
	Every    int          `toml:"step_epochs"`   // step: epochs between two drops
	Factor   float64      `toml:"step_factor"`   // step: factor of the rate at a drop
	Warmup   float64      `toml:"warmup_epochs"` // epochs of linear growth from 0; at most half
	PerEpoch bool         `toml:"per_epoch"`     // the rate changes between epochs only
}

func (s Schedule) validate() error {
	if !(s.MinLR >= 0 && s.MinLR <= s.LR) {
		return fmt.Errorf("train.lr %v and train.min_lr %v, want 0 <= min_lr <= lr", s.LR, s.MinLR)
	}
	return limits.First(
		isOne(schedules, s.Kind),
		limits.Real("train.lr", s.LR, 1e-12, 1e6),
		limits.Whole("train.step_epochs", s.Every, 1, mostEpochs),
		limits.Real("train.step_factor", s.Factor, 1e-6, 1e3),
		limits.Real("train.warmup_epochs", s.Warmup, 0, mostEpochs),
	)
}

// OtherWith says in words why the rates of the schedule differ between a training of epochs epochs
// and one of were epochs. It returns "" if the epochs that both have, have the same rates.
func (s Schedule) OtherWith(epochs, were int) string {
	fewer := float64(min(epochs, were))
	switch {
	case epochs == were:
		return ""
	case s.Kind == CosineSchedule:
		return "the cosine of train.schedule falls over all epochs, so that the rates of those " +
			"that are over would be others (constant and step go on)"
	case s.Warmup > 0 && 2*s.Warmup >= fewer:
		return fmt.Sprintf("train.warmup_epochs %v is cut to half of the epochs, so that the "+
			"rates of those that are over would be others", s.Warmup)
	}
	return ""
}

// Rate returns the learning rate of a step; steps are counted from 0 over all epochs.
func (s Schedule) Rate(step, stepsPerEpoch, epochs int) float64 {
	warm := min(int(math.Round(s.Warmup*float64(stepsPerEpoch))), epochs*stepsPerEpoch/2)
	if step < warm {
		return s.LR * float64(step+1) / float64(warm+1)
	}
	if s.PerEpoch {
		step -= step % stepsPerEpoch
	}
	switch s.Kind {
	case CosineSchedule:
		return Cosine(s.LR, s.MinLR, max(0, step-warm), epochs*stepsPerEpoch-warm)
	case StepSchedule:
		return s.LR * math.Pow(s.Factor, float64(step/(stepsPerEpoch*s.Every)))
	default:
		return s.LR
	}
}

// Cosine falls from top at step 0 to bottom at step total along half a cosine.
func Cosine(top, bottom float64, step, total int) float64 {
	return bottom + 0.5*(top-bottom)*(1+math.Cos(math.Pi*float64(step)/float64(total)))
}
