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
	// Init is the path of the model whose tensors the network begins with; empty stands for none.
	Init       string `toml:"init"`
	InitSHA256 string `toml:"init_sha256"` // digest of that file, or empty for any

	// Freeze is the number of stages, from the first, that keep their parameters and the statistics
	// of their norms, which training then uses as tests do. No gradient goes back into them.
	Freeze int `toml:"freeze"`

	// StageRates are factors of the learning rate, one for each stage, 0 to 1000. Empty stands for
	// all 1.
	StageRates []float64 `toml:"stage_rates,omitempty"`
}

func (t Tuning) validate() error {
	switch {
	case t.InitSHA256 != "" && t.Init == "":
		return fmt.Errorf("train.init_sha256 is set without train.init, want both or neither")
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

// Fits returns an error unless a network of this configuration has the stages that are named.
func (t Tuning) Fits(cfg snn.Config) error {
	switch stages := len(cfg.T); {
	case t.Freeze > stages:
		return fmt.Errorf("train.freeze %d, want at most %d, the stages of the network", t.Freeze,
			stages)
	case len(t.StageRates) > 0 && len(t.StageRates) != stages:
		return fmt.Errorf("train.stage_rates has %d rates, want %d, one for each stage",
			len(t.StageRates), stages)
	case t.Freeze > 0 && len(cfg.Plans) > 0:
		return fmt.Errorf("train.freeze and network.plans are both set, want one of them, as the " +
			"norms of plans are estimated anew")
	}
	return nil
}

// factor returns the factor of a parameter's learning rate; it is 0 if the parameter is frozen.
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
