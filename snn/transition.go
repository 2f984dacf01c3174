package snn

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

var transitions = names[Transition]{"transition", []string{"softmax", "identity", "mean", "repeat", "truncate", "linear", "causal"}}

// MarshalText writes "softmax", "identity", "mean", "repeat", "truncate", "linear" or "causal".
func (t Transition) MarshalText() ([]byte, error) { return transitions.text(t) }

// UnmarshalText reads what MarshalText writes.
func (t *Transition) UnmarshalText(b []byte) error { return transitions.parse(t, b) }

// hasScores says that the transition shares timesteps out by scores, which may have a bias.
func (t Transition) hasScores() bool { return t == Softmax || t == Causal }

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

// newTransition makes what stands after stage i, or nil where that is nothing.
func newTransition(ws *workspace, cfg *Config, i int, name string) transition {
	t1, t2 := cfg.T[i], cfg.T[i+1]
	switch cfg.Transition {
	case Repeat:
		return newSelection(ws, name, t1, t2, func(t int) int { return t * t1 / t2 })
	case Truncate:
		return newSelection(ws, name, t1, t2, func(t int) int { return t })
	case Linear, Causal:
		return newMixture(ws, name, t1, t2, cfg.Transition == Causal, cfg.TTBias)
	case Softmax, Mean:
		return newTransformer(ws, name, t1, t2, cfg.Transition == Softmax, cfg.TTBias, cfg.Stages[i+1][0].isConvolution())
	}
	return nil
}

// newScores makes the weight [t2][t1] and, if asked for, the bias [t2] of a linear layer over time.
func newScores(ws *workspace, name string, t1, t2 int, bias bool) (w, b *Parameter) {
	parameter := func(kind string, shape ...int) *Parameter {
		size := 1
		for _, n := range shape {
			size *= n
		}
		return ws.parameter(name+".linear."+kind, shape, size, true)
	}
	w = parameter("weight", t2, t1)
	if bias {
		b = parameter("bias", t2)
	}
	return w, b
}

// yieldPresent yields the parameters that there are.
func yieldPresent(yield func(*Parameter), all ...*Parameter) {
	for _, p := range all {
		if p != nil {
			yield(p)
		}
	}
}
