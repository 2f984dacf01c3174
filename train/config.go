package train

import (
	"fmt"
	"math/bits"

	"ssnn/internal/limits"
)

// mostEpochs is so small that epochs times samples is an int.
const mostEpochs = 1 << 20

// Config is the part of a recipe that says how to train.
type Config struct {
	Epochs int `toml:"epochs"` // 0 or more; with 0 the network keeps its first weights
	Batch  int `toml:"batch"`  // samples of a step; the last of an epoch may have fewer

	// Shards is the number of parts of a batch whose gradients are summed apart and then added in a
	// tree: a power of two. A run can be shared by up to so many processes without a change of its
	// numbers, see snn.Network.Shard. Another value changes the numbers slightly.
	Shards int `toml:"shards"`

	Sampling Sampling `toml:"sampling"` // which samples an epoch shows, and how often

	Keeping
	Loss
	Optimiser
	Schedule
	Tuning
}

// Default returns the configuration of stochastic gradient descent with momentum 0.9 at a rate of
// 0.1 that falls along a cosine.
func Default() Config {
	return Config{
		Epochs: 100, Batch: 16, Shards: 1, Sampling: ShuffledSampling,
		Keeping: Keeping{Keep: KeepLast},
		Loss: Loss{
			Kind: MeanLoss, TETMean: 1, DistillWeight: 1, DistillTemperature: 2,
			Teaching: Teaching{TeacherWeight: 0.5, TeacherTemperature: 2},
		},
		Optimiser: Optimiser{Kind: SGD, Momentum: 0.9, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
		Schedule:  Schedule{Kind: CosineSchedule, LR: 0.1, Every: 30, Factor: 0.1},
	}
}

func (c Config) validateShards() error {
	if c.Shards < 1 || c.Shards > c.Batch || bits.OnesCount(uint(c.Shards)) != 1 {
		return fmt.Errorf("train.shards %d, want a power of two, at most train.batch, which is %d",
			c.Shards, c.Batch)
	}
	return nil
}

// Validate returns an error that says what is wrong with the configuration, or nil.
func (c Config) Validate() error {
	return limits.First(
		limits.Whole("train.epochs", c.Epochs, 0, mostEpochs),
		limits.Whole("train.batch", c.Batch, 1, limits.Most),
		c.validateShards(), c.validateSampling(), c.Keeping.validate(), c.Loss.validate(),
		c.Optimiser.validate(),
		c.Schedule.validate(),
		c.Tuning.validate(),
	)
}
