package snn

import "ssnn/internal/names"

// Transition is what stands between a stage of T1 timesteps and one of T2.
type Transition int

// The transitions. x is what the earlier stage made, y what the next one gets.
const (
	Softmax  Transition = iota // "softmax": the temporal transformer
	Identity                   // "identity": the spikes pass unchanged, as in a plain network; T1 = T2
	Mean                       // "mean": y[t] is the mean of x over its timesteps, the same for every t
	Repeat                     // "repeat": y[t] = x[t*T1/T2], rounded down: some of the timesteps, or each several times
	Truncate                   // "truncate": y[t] = x[t], the first T2 timesteps; T2 <= T1
	Linear                     // "linear": y = weight*x, a learnable matrix over time
	Causal                     // "causal": the temporal transformer with each timestep shared out when it comes
)

var transitions = names.Of[Transition]{Key: "transition", Words: []string{"softmax", "identity", "mean", "repeat", "truncate", "linear", "causal"}}

// MarshalText writes "softmax", "identity", "mean", "repeat", "truncate", "linear" or "causal".
func (t Transition) MarshalText() ([]byte, error) { return transitions.Text(t) }

// UnmarshalText reads what MarshalText writes.
func (t *Transition) UnmarshalText(b []byte) error { return transitions.Parse(t, b) }

// hasScores says that the transition shares timesteps out by scores, which may have a bias.
func (t Transition) hasScores() bool { return t == Softmax || t == Causal }

// learns says that the transition has a linear layer over time.
func (t Transition) learns() bool { return t.hasScores() || t == Linear }

// fits says whether the transition leads from t1 timesteps to t2, and if not, what it wants.
func (t Transition) fits(t1, t2 int) (want string, ok bool) {
	switch {
	case t == Identity && t1 != t2:
		return "the same number in all", false
	case t == Truncate && t1 < t2:
		return "ever fewer or as many", false
	}
	return "", true
}

// transition is a Transition at work. Its backward takes over the gradient of what forward returned, of a factored activation that of
// its reals, and returns that of x.
type transition interface {
	forward(x *activation) *activation
	// ready is the number of timesteps of the next stage that can be made when the first t of this one are there. extend makes them: it is
	// forward for an x whose timesteps before to are there, and those before from were when it was called last.
	ready(t int) int
	extend(x *activation, from, to int) *activation
	backward(g []float32) []float32
	parameters(yield func(*Parameter))
	shares() []float64 // of the last batch, see Network.TransformerWeights
}

// newTransition makes what stands between a stage of t1 timesteps and the next, i, of t2, or nil where that is nothing. sc is the linear layer of those that have one.
func newTransition(ws *workspace, cfg *Config, name string, t1, t2, i int, sc scores) transition {
	switch cfg.Transition {
	case Repeat:
		return newSelection(ws, name, t1, t2, func(t int) int { return t * t1 / t2 })
	case Truncate:
		return newSelection(ws, name, t1, t2, func(t int) int { return t })
	case Linear, Causal:
		return newMixture(ws, name, t1, t2, cfg.Transition == Causal, sc)
	case Softmax, Mean:
		return newTransformer(ws, name, t1, t2, sc, cfg.Stages[i][0].isConvolution())
	}
	return nil
}

// scores is a linear layer over time. A plan of fewer timesteps than the layer has uses the rows and columns of the first ones, see plans.go.
type scores struct {
	weight, bias *Parameter // [t2][t1], [t2]; may be nil
	columns      int        // t1
}

// newScores makes the weight and, if asked for, the bias of a linear layer from t1 timesteps to t2.
func newScores(ws *workspace, name string, t1, t2 int, bias bool) (s scores) {
	s.columns, s.weight = t1, ws.parameter(name+".linear.weight", []int{t2, t1}, t2*t1, true)
	if bias {
		s.bias = ws.parameter(name+".linear.bias", []int{t2}, t2, true)
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

// clearGradients is for those of the timesteps that the plan has not.
func (s *scores) clearGradients() {
	s.parameters(func(p *Parameter) { clear(p.Gradient) })
}
