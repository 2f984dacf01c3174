package train

import (
	"fmt"

	"ssnn/internal/limits"
	"ssnn/snn"
)

// Tuning says how a network goes on from one that was trained before, on other recordings, for
// other classes or under other timesteps.
//
// The stage of a transition is the one that it leads to. Classifiers, the early ones too, belong to
// no stage: they are never frozen, and learn at the schedule's rate.
type Tuning struct {
	// Path of the model whose tensors the network begins with; empty: none.
	Init       string `toml:"init"`
	InitSHA256 string `toml:"init_sha256"` // of that file; empty: any

	// Freeze is how many stages, from the first, keep their parameters and the statistics of their
	// norms, which then are used in training as they are in tests. No gradient goes back into them.
	Freeze int `toml:"freeze"`

	// StageRates are factors of the learning rate, one a stage, 0 to 1000; empty: all 1.
	StageRates []float64 `toml:"stage_rates,omitempty"`
}

func (t Tuning) validate() error {
	switch {
	case t.InitSHA256 != "" && t.Init == "":
		return fmt.Errorf("train.init_sha256 without train.init, want both or neither")
	case t.InitSHA256 != "" && !hexadecimal.MatchString(t.InitSHA256):
		return fmt.Errorf("train.init_sha256 is %q, want 64 digits 0 to 9 and a to f", t.InitSHA256)
	}
	for i, rate := range t.StageRates {
		if err := limits.Real(fmt.Sprintf("train.stage_rates: that of stage %d", i+1), rate, 0,
			1000); err != nil {
			return err
		}
	}
	return limits.Whole("train.freeze", t.Freeze, 0, limits.Most)
}

// Fits is an error unless a network of this configuration has the stages that are spoken of.
func (t Tuning) Fits(cfg snn.Config) error {
	switch stages := len(cfg.T); {
	case t.Freeze > stages:
		return fmt.Errorf("train.freeze %d, want at most %d, the stages of the network", t.Freeze,
			stages)
	case len(t.StageRates) > 0 && len(t.StageRates) != stages:
		return fmt.Errorf("train.stage_rates has %d rates, want %d, one a stage", len(t.StageRates),
			stages)
	case t.Freeze > 0 && len(cfg.Plans) > 0:
		return fmt.Errorf("train.freeze with network.plans, under which norms are estimated " +
			"anew, want one of them")
	}
	return nil
}

// factor is what the learning rate of a parameter is multiplied with, 0 for none that moves.
func (t Tuning) factor(p *snn.Parameter) float32 {
	stage := p.Stage()
	switch {
	case stage < 0:
		return 1
	case stage < t.Freeze:
		return 0
	case stage < len(t.StageRates):
		return float32(t.StageRates[stage])
	}
	return 1
}
