package train

import (
	"math"

	"ssnn/internal/kernel"
	"ssnn/internal/limits"
	"ssnn/snn"
)

// Optimiser says how gradients move parameters. Weight decay applies to every parameter.
type Optimiser struct {
	Kind OptimiserKind `toml:"optimiser"` // sgd, adam or adamw
	// Momentum is the share of the last step that sgd makes again, 0 to below 1.
	Momentum    float64 `toml:"momentum"`
	WeightDecay float64 `toml:"weight_decay"` // 0 or more; 0 turns it off
	Beta1       float64 `toml:"beta1"`        // adam, adamw
	Beta2       float64 `toml:"beta2"`        // adam, adamw
	Epsilon     float64 `toml:"epsilon"`      // adam, adamw
}

func (o Optimiser) validate() error {
	return limits.First(
		isOne(optimisers, o.Kind),
		limits.Below1("train.momentum", o.Momentum),
		limits.Real("train.weight_decay", o.WeightDecay, 0, 1e3),
		limits.Below1("train.beta1", o.Beta1), limits.Below1("train.beta2", o.Beta2),
		limits.Real("train.epsilon", o.Epsilon, 1e-30, 1e3),
	)
}

// Updates is an optimiser at work on a network, with the values that it keeps for each parameter.
type Updates struct {
	net    *snn.Network
	cfg    Optimiser
	Step   int     // number of steps made
	slots  []Slot  // values that it keeps
	pieces []piece // parameters, cut for the threads
	rate   float32 // learning rate of the step under way
	adam   kernel.AdamStep
	task   func(worker, item int)
}

// Slot has values that an optimiser keeps for one parameter, such as its momentum.
type Slot struct {
	Kind      string         // "momentum", or Adam's "mean" and "square"
	Parameter *snn.Parameter // parameter that they belong to
	Value     []float32      // in the layout of Parameter.Value
}

// piece is a range of one parameter, with its slots.
type piece struct {
	value, gradient, first, second []float32
	factor                         float32 // factor of the learning rate
}

const pieceSize = 1 << 15 // elements

// NewUpdates starts an optimiser whose slots are all 0, and which moves parameters as the tuning
// says.
func NewUpdates(net *snn.Network, cfg Optimiser, tuning Tuning) *Updates {
	u := &Updates{net: net, cfg: cfg}
	u.task = u.update
	kinds := []string{"mean", "square"}
	if cfg.Kind == SGD {
		kinds = []string{"momentum"}
	}
	for _, p := range net.Parameters() {
		var values [2][]float32
		for i, kind := range kinds {
			values[i] = make([]float32, len(p.Value))
			u.slots = append(u.slots, Slot{kind, p, values[i]})
		}
		factor := tuning.factor(p)
		if factor == 0 {
			continue // the parameter is not moved, not even by weight decay
		}
		for from := 0; from < len(p.Value); from += pieceSize {
			to := min(from+pieceSize, len(p.Value))
			pc := piece{value: p.Value[from:to], gradient: p.Gradient[from:to],
				first: values[0][from:to], factor: factor}
			if values[1] != nil {
				pc.second = values[1][from:to]
			}
			u.pieces = append(u.pieces, pc)
		}
	}
	return u
}

// Slots lists the values that the optimiser keeps, for checkpoints.
func (u *Updates) Slots() []Slot { return u.slots }

// Apply makes one step with the gradients of the network's last Backward.
func (u *Updates) Apply(rate float64) {
	u.Step++
	u.rate = float32(rate)
	c := u.cfg
	u.adam = kernel.AdamStep{
		Rate: u.rate, Beta1: float32(c.Beta1), Beta2: float32(c.Beta2), Epsilon: float32(c.Epsilon),
		Decay: float32(c.WeightDecay), Decoupled: c.Kind == AdamW,
		Correct1: float32(1 - math.Pow(c.Beta1, float64(u.Step))),
		Correct2: float32(1 - math.Pow(c.Beta2, float64(u.Step))),
	}
	u.net.Parallel(len(u.pieces), u.task)
}

func (u *Updates) update(_, i int) {
	p := u.pieces[i]
	if p.second == nil {
		kernel.SGD(p.value, p.first, p.gradient, u.rate*p.factor, float32(u.cfg.Momentum),
			float32(u.cfg.WeightDecay))
	} else {
		adam := u.adam
		adam.Rate *= p.factor
		adam.Update(p.value, p.first, p.second, p.gradient)
	}
}
