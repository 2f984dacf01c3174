package snn

import (
	"ssnn/internal/kernel"
	"ssnn/internal/names"
)

// Transition is the kind of transition from a stage of T1 timesteps to one of T2.
type Transition int

// The transitions. x is the output of the earlier stage, y the input of the next one. The last four
// keep the order of time: timestep j of the next stage is made from the part of the recording that
// it stands for.
const (
	// Softmax, "softmax", is the temporal transformer.
	Softmax Transition = iota
	// Identity, "identity", passes the spikes unchanged, as in a plain network; T1 = T2.
	Identity
	// Mean, "mean", makes every y[t] the mean of x over its timesteps.
	Mean
	// Repeat, "repeat", makes y[t] = x[t*T1/T2], with the index rounded down: it drops timesteps,
	// or hands on each several times.
	Repeat
	// Truncate, "truncate", makes y[t] = x[t], the first T2 timesteps; T2 <= T1.
	Truncate
	// Linear, "linear", makes y = weight*x, with a learnable matrix over time.
	Linear
	// Causal, "causal", is a temporal transformer that divides each timestep among the following
	// ones when it comes.
	Causal
	// Merge, "merge", makes y[j] the sum of x over the j-th of T2 equal parts of the recording;
	// T2 <= T1.
	Merge
	// Fold, "fold", turns the K = T1/T2 timesteps of a window into channels; T2 divides T1.
	Fold
	// WeightedFold, "weighted-fold", adds up the K = T1/T2 timesteps of a window, with a learnable
	// weight for each timestep and channel; T2 divides T1.
	WeightedFold
	// Windowed, "windowed", adds up the K = T1/T2 timesteps of a window with the weights
	// K*softmax(scores), where the scores are learnable; T2 divides T1.
	Windowed
)

var transitions = names.Of[Transition]{Key: "transition", Words: []string{
	"softmax", "identity", "mean", "repeat", "truncate", "linear", "causal",
	"merge", "fold", "weighted-fold", "windowed",
}}

// MarshalText writes the transition's word, such as "softmax" or "weighted-fold".
func (t Transition) MarshalText() ([]byte, error) { return transitions.Text(t) }

// UnmarshalText reads what MarshalText writes.
func (t *Transition) UnmarshalText(b []byte) error { return transitions.Parse(t, b) }

// hasScores says whether the transition divides timesteps by scores that may have a bias.
func (t Transition) hasScores() bool { return t == Softmax || t == Causal }

// isLinear says whether the transition has a linear layer over time.
func (t Transition) isLinear() bool { return t.hasScores() || t == Linear }

// fits says whether the transition can lead from t1 timesteps to t2. If it cannot, want says which
// numbers of timesteps it needs.
func (t Transition) fits(t1, t2 int) (want string, ok bool) {
	switch {
	case t == Identity && t1 != t2:
		return "the same number in all", false
	case (t == Truncate || t == Merge) && t1 < t2:
		return "ever fewer or as many", false
	case t.hasWindows() && t1%t2 != 0:
		return "each to divide the one before", false
	}
	return "", true
}

// hasWindows says whether the transition makes each timestep of the next stage from a window of
// whole timesteps of the stage before, all windows having the same size.
func (t Transition) hasWindows() bool { return t.folds() || t == Windowed }

// folds says whether the convolution behind the transition has separate weights for each timestep
// of a window.
func (t Transition) folds() bool { return t == Fold || t == WeightedFold }

// timestepsNeeded is the number of t1 timesteps that must be over before step j of t2 can be made,
// by a transition that keeps the order of time: ceil((j+1)*t1/t2).
func timestepsNeeded(j, t1, t2 int) int { return ((j+1)*t1 + t2 - 1) / t2 }

// stepsReady is the number of steps of t2 that need no more than the first t of t1 timesteps.
func stepsReady(t, t1, t2 int) (n int) {
	for n < t2 && timestepsNeeded(n, t1, t2) <= t {
		n++
	}
	return n
}

// transition runs a [Transition]. Its backward takes over the gradient of the output of forward,
// for a factored output the gradient of its reals, and returns the gradient of x.
type transition interface {
	forward(p pass, x *activation) *activation
	// ready is the number of timesteps of the next stage that can be computed from the first t
	// timesteps of x. extend computes the timesteps that have become ready, when x has its
	// timesteps before to, and had those before from at the last call.
	ready(t int) int
	extend(p pass, x *activation, from, to int) *activation
	backward(p pass, g []float32) []float32
	parameters(yield func(*Parameter))
	shares() []float64 // shares of the last batch, see Network.TransformerWeights
}

// boundary is the place of a transition: behind a stage whose images have the shape in, and before
// stage next.
type boundary struct {
	name string // name of the transition, "tt.0"
	in   shape
	next int
}

// newTransition makes the transition from t1 timesteps to t2 at a boundary. It returns nil if the
// transition changes nothing. sc has the parameters, if the transition has any.
func newTransition(ws *workspace, cfg *Config, at boundary, t1, t2 int, sc scores) transition {
	switch kind := cfg.Transition; {
	case kind == Repeat:
		return newSelection(ws, at.name, t1, t2, func(t int) int { return t * t1 / t2 })
	case kind == Truncate:
		return newSelection(ws, at.name, t1, t2, func(t int) int { return t })
	case kind == Linear || kind == Causal || kind == Windowed:
		return newMixture(ws, at.name, t1, t2, kind, sc)
	case kind == Softmax || kind == Mean:
		return newTransformer(ws, at.name, t1, t2, sc, cfg.Stages[at.next][0].isConvolution())
	case kind == Merge && t1 != t2:
		return newMerge(ws, at.name, t1, t2)
	case kind == Fold && t1 != t2:
		return newFold(ws, at.name, t1, t2)
	case kind == WeightedFold:
		return newWeightedFold(ws, at.name, t1, t2, sc)
	}
	return nil
}

// scores are the parameters of a transition. The parameters of a linear layer over time serve all
// plans: a plan of fewer timesteps uses the first rows and columns, see plans.go.
type scores struct {
	weight, bias *Parameter // [t2][t1], [t2]; windowed [t1], [t1]; weighted fold [K][channels]
	columns      int        // t1 of a linear layer
}

// newScores makes the parameters of a transition at a boundary from t1 timesteps to t2, the most of
// any plan.
func newScores(ws *workspace, cfg *Config, at boundary, t1, t2 int) (s scores) {
	switch kind := cfg.Transition; {
	case kind.isLinear():
		s.columns, s.weight = t1, ws.parameter(at.name+".linear.weight", []int{t2, t1}, t2*t1, true)
		if cfg.TTBias {
			s.bias = ws.parameter(at.name+".linear.bias", []int{t2}, t2, true)
		}
	case kind == Windowed: // weight and bias begin at 0, so that it begins as a merge
		s.weight = ws.parameter(at.name+".weight", []int{t1}, t1, true)
		s.bias = ws.parameter(at.name+".bias", []int{t1}, t1, true)
		s.bias.preset = true
	case kind == WeightedFold: // the weights begin at 1, so that it begins as a merge
		stride := kernel.Pad(at.in.c)
		s.weight = ws.parameter(at.name+".weight", []int{t1 / t2, at.in.c}, t1/t2*stride, true)
		s.weight.at = func(i int) int { return i/at.in.c*stride + i%at.in.c }
		s.weight.preset = true
		if !ws.frozen {
			s.weight.fill(1)
		}
	}
	return s
}

func (s *scores) parameters(yield func(*Parameter)) {
	for _, p := range []*Parameter{s.weight, s.bias} {
		if p != nil {
			yield(p)
		}
	}
}

// clearGradients zeroes the gradients, so that the gradients of timesteps outside the plan stay 0.
func (s *scores) clearGradients() {
	s.parameters(func(p *Parameter) { clear(p.Gradient) })
}
