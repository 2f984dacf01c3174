package snn

import (
	"fmt"
	"slices"
)

// A plan is a list of the timesteps of each stage. One set of weights runs under many plans: only
// the parameters of transitions that learn have shapes that depend on the plan. Such a transition
// has a linear layer for the most timesteps that its stages have in any plan. A plan of t1 and then
// t2 timesteps uses the layer's first t2 rows and t1 columns. Weights that were trained for some
// plans therefore run under every plan in which no stage has more timesteps than its most in these,
// also under a plan that training has not seen.

// allPlans returns T, and then Plans.
func (c Config) allPlans() [][]int { return append([][]int{c.T}, c.Plans...) }

// mostTimesteps is, for each stage, the most timesteps of any plan.
func (c Config) mostTimesteps() []int {
	most := slices.Clone(c.T)
	for _, T := range c.Plans {
		for i, t := range T {
			most[i] = max(most[i], t)
		}
	}
	return most
}

// newTransitions makes the transition from stage i, whose images have the shape in, to stage i+1,
// once for each plan, T first. All of them share their parameters.
func newTransitions(ws *workspace, cfg *Config, i int, in shape) (all []transition) {
	at, most := boundary{fmt.Sprintf("tt.%d", i), in, i + 1}, cfg.mostTimesteps()
	sc := newScores(ws, cfg, at, most[i], most[i+1])
	for _, T := range cfg.allPlans() {
		all = append(all, newTransition(ws, cfg, at, T[i], T[i+1], sc))
	}
	return all
}

// UsePlan makes the passes that follow run the timesteps of plan i of Config.Plans, or, with -1,
// those of Config.T again. A step of training must begin and end under the same plan. The running
// statistics mix all plans that ran in training; for inference under another plan there is
// WithTimesteps.
func (n *Network) UsePlan(i int) {
	n.T = n.cfg.allPlans()[i+1]
	for j, s := range n.stages {
		if s.plans != nil {
			s.next = s.plans[i+1]
		}
		s.neurons(func(l *neurons) { l.setLeak(n.cfg.dynamics(l.name, j, n.T).LIF) })
	}
	n.reserved = 0
}

// Timesteps returns the timesteps of each stage in the passes to come.
func (n *Network) Timesteps() []int { return n.T }

// WithTimesteps returns a network of the given timesteps and without other plans. It has copies of
// the weights and statistics of n; linear layers over time are cut to the new timesteps. The
// statistics should be recalibrated. It is an error if the timesteps do not fit: where transitions
// have weights over time, no stage can have more timesteps than its most in the plans of n, and
// windows must keep their size.
func (n *Network) WithTimesteps(T []int, threads int) (*Network, error) {
	cfg := n.cfg
	cfg.T, cfg.Plans = slices.Clone(T), nil
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	for i, most := range n.cfg.mostTimesteps() {
		switch kind := cfg.Transition; {
		case (kind.isLinear() || kind == Windowed) && len(T) > 1 && T[i] > most:
			return nil, fmt.Errorf("network: %d timesteps in stage %d, want at most %d, "+
				"as its transitions were trained", T[i], i+1, most)
		case kind.hasWindows() && i > 0 && T[i-1]/T[i] != n.cfg.T[i-1]/n.cfg.T[i]:
			return nil, fmt.Errorf("network: windows of %d timesteps before stage %d, want %d, "+
				"as transition %s was trained", T[i-1]/T[i], i+1, n.cfg.T[i-1]/n.cfg.T[i],
				transitions.Words[kind])
		}
	}
	made, err := New(cfg, 0, threads)
	if err != nil {
		return nil, err
	}
	theirs := slices.Concat(n.parameters, n.statistics)
	for i, p := range slices.Concat(made.parameters, made.statistics) {
		p.cutFrom(theirs[i])
	}
	return made, nil
}

// cutFrom copies the values of another parameter, or the upper left part of one that is larger.
func (p *Parameter) cutFrom(of *Parameter) {
	if slices.Equal(p.Shape, of.Shape) {
		copy(p.Value, of.Value)
		return
	}
	columns, theirs := p.Shape[len(p.Shape)-1], of.Shape[len(of.Shape)-1]
	for i := range p.Value {
		p.Value[i] = of.Value[i/columns*theirs+i%columns]
	}
}
