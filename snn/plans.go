package snn

import (
	"fmt"
	"slices"
)

// A plan is the timesteps of each stage. Of a network's parameters only those of transitions that
// learn have shapes that depend on it, and so one set of weights runs under many: such a transition
// has a linear layer for the most timesteps that a stage has in any plan, and a plan of t1 and t2
// uses its first t2 rows and t1 columns. Hence weights that are trained for some plans run under
// every plan that none of its stages makes larger, also one that training has not seen.

// allPlans are T and Plans.
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

// newTransitions makes what stands between stages i, which makes images of the shape in, and i+1
// under each plan, T first. They share their parameters.
func newTransitions(ws *workspace, cfg *Config, i int, in shape) (all []transition) {
	at, most := boundary{fmt.Sprintf("tt.%d", i), in, i + 1}, cfg.mostTimesteps()
	sc := newScores(ws, cfg, at, most[i], most[i+1])
	for _, T := range cfg.allPlans() {
		all = append(all, newTransition(ws, cfg, at, T[i], T[i+1], sc))
	}
	return all
}

// UsePlan makes the passes that follow run the timesteps of plan i of Config.Plans, or, with -1,
// again those of Config.T. Running statistics are those of whatever ran in training; for inference
// under another plan there is WithTimesteps. A step of training must begin and end under the same
// plan.
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

// Timesteps are those of each stage in the passes to come.
func (n *Network) Timesteps() []int { return n.T }

// WithTimesteps returns a network of the given timesteps and of no other plans, with copies of the
// weights and statistics of n, the linear layers over time being cut to what that needs. The
// statistics should be recalibrated. An error says what does not fit: no stage can have more
// timesteps than it has in any plan of n, unless there are no such layers.
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

// cutFrom copies the values of another parameter: all of them, or where it is larger the upper left
// part.
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
