package train

import "fmt"

// Config is the part of a recipe that says how to train.
type Config struct {
	Epochs int `toml:"epochs"`
	Batch  int `toml:"batch"` // samples of a step; the last of an epoch may have fewer
	Loss
	Optimiser
	Schedule
}

// Default is stochastic gradient descent with momentum 0.9 at a rate of 0.1 that falls along a cosine.
func Default() Config {
	return Config{
		Epochs: 100, Batch: 16,
		Loss:      Loss{Kind: "mean", TETMean: 1, DistillWeight: 1, DistillTemperature: 2, Teaching: Teaching{TeacherWeight: 0.5, TeacherTemperature: 2}},
		Optimiser: Optimiser{Kind: "sgd", Momentum: 0.9, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
		Schedule:  Schedule{Kind: "cosine", LR: 0.1, Every: 30, Factor: 0.1},
	}
}

// Validate says what is wrong with the configuration, or nil.
func (c Config) Validate() error {
	switch {
	case c.Epochs < 0:
		return fmt.Errorf("train.epochs %d, want 0 or more", c.Epochs)
	case c.Batch < 1:
		return fmt.Errorf("train.batch %d, want at least 1", c.Batch)
	}
	if err := c.Loss.validate(); err != nil {
		return err
	}
	if err := c.Optimiser.validate(); err != nil {
		return err
	}
	return c.Schedule.validate()
}
