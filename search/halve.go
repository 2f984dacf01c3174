package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"ssnn/dataset"
	"ssnn/internal/names"
	"ssnn/recipes"
	"ssnn/report"
	"ssnn/train"
)

// Candidate is a cut that was trained.
type Candidate struct {
	// Cut is "merge: 6 (conv 16, avgpool 2) | 2 (conv 32)": the transition, and the timesteps and
	// items of each stage. A cut of one stage has no transition.
	Cut        string  `json:"plan"`             // the first version called it plan
	T          float64 `json:"average_timestep"` // average timestep
	Transition string  `json:"transition"`       // empty for one stage
	Boundaries []int   `json:"boundaries"`       // units in front of each stage but the first

	// Predicted is the latency by the costs that were fitted before training.
	Predicted       time.Duration `json:"predicted_ns"`
	PredictedEnergy float64       `json:"predicted_joules"` // energy in J, likewise
	Fresh           time.Duration `json:"untrained_ns"`     // latency measured before training
	FreshEnergy     float64       `json:"untrained_joules"` // energy in J, before training
	Latency         time.Duration `json:"latency_ns"`       // latency after its last training
	Energy          float64       `json:"energy_joules"`    // energy in J, after its last training

	// First is the accuracy after the first round, which all candidates have.
	First    float64 `json:"first_accuracy"`
	Epochs   int     `json:"epochs"`   // epochs of its last training
	Accuracy float64 `json:"accuracy"` // accuracy on the recordings held out, 0 to 1
	Low      float64 `json:"low"`      // lower end of its 95 % interval, by Wilson
	High     float64 `json:"high"`     // its upper end
	Loss     float64 `json:"loss"`     // mean cross-entropy on the recordings held out
	HeldOut  int     `json:"held_out"` // number of recordings held out

	cut  cut
	test train.Evaluation
}

// candidate returns the candidate for a cut, with its predicted use and that measured before
// training.
func (s *search) candidate(p cut, predicted, fresh use) *Candidate {
	c := &Candidate{
		cut: p, Cut: p.describe(s.items), T: s.resolved(p).Network.AverageTimestep(),
		Boundaries: p.boundaries(s.items),
		Predicted:  predicted.latency, PredictedEnergy: predicted.energy,
		Fresh: fresh.latency, FreshEnergy: fresh.energy,
	}
	if len(p.borders) > 0 {
		c.Transition = wordOf(p.transition)
	}
	return c
}

// Keeps reports whether the trained candidate keeps within the limits.
func (c *Candidate) Keeps(o Options) bool { return use{c.Latency, c.Energy}.keeps(o.limits()) }

// Result is the result of a search.
type Result struct {
	// Candidates are ordered by the epochs that they were trained for, then by accuracy.
	Candidates []*Candidate   `json:"candidates"`
	Best       *Candidate     `json:"best"` // the first that keeps within the limits
	Recipe     recipes.Recipe `json:"-"`    // recipe that trains Best in full
	// Test is the test of Best, as the search trained it, on recordings that played no part in it.
	Test train.Evaluation `json:"test"`
	Low  float64          `json:"low"`  // lower end of the 95 % interval of its accuracy, by Wilson
	High float64          `json:"high"` // upper end
}

// halve trains all candidates for a few epochs, then the better half for twice as many, until one
// would be left (successive halving, Jamieson and Talwalkar, AISTATS 2016). Candidates that take
// more than the limits once they are trained drop out.
func (s *search) halve(ctx context.Context, all []*Candidate) (*Result, error) {
	left, limits := all, s.limits()
	for epochs := s.Epochs; ; epochs *= 2 {
		for _, c := range left {
			if err := s.try(ctx, c, epochs); err != nil {
				return nil, err
			}
		}
		if epochs == s.Epochs {
			for _, c := range all {
				c.First = c.Accuracy
			}
		}
		rank(left)
		within := slices.DeleteFunc(slices.Clone(left), func(c *Candidate) bool {
			return !c.Keeps(s.Options)
		})
		s.tell("%s trained for %s; the best is at %.2f %%; now over %s: %d",
			names.Count(len(left), "cut"), names.Count(epochs, "epoch"), 100*left[0].Accuracy,
			limits.of(limits), len(left)-len(within))
		if left = within[:(len(within)+1)/2]; len(left) < 2 {
			break
		}
	}
	rank(all)
	best := slices.IndexFunc(all, func(c *Candidate) bool { return c.Keeps(s.Options) })
	if best < 0 {
		took := use{all[0].Latency, all[0].Energy}
		return nil, fmt.Errorf("no cut takes %s or less any more once it is trained; "+
			"the best, %s, takes %s", limits.of(limits), all[0].Cut, took.of(limits))
	}
	c := all[best]
	low, high := report.Wilson(c.test.Hits(), c.test.Samples)
	return &Result{all, c, s.recipe(c.cut), c.test, low, high}, nil
}

// try trains a candidate and sets its results. The test of its network has no part in its rank.
func (s *search) try(ctx context.Context, c *Candidate, epochs int) error {
	m, err := s.log.once(c.cut.name(s.items), epochs, func(m *measured) error {
		return s.train(ctx, c.cut, m)
	})
	if err != nil {
		return err
	}
	c.Epochs, c.Latency, c.Energy = epochs, m.Latency, m.Energy
	c.Accuracy, c.Loss, c.HeldOut = m.HeldOut.Accuracy, m.HeldOut.Loss, m.HeldOut.Samples
	c.Low, c.High = report.Wilson(m.HeldOut.Hits(), m.HeldOut.Samples)
	c.test = *m.Test
	return nil
}

// train carries out the run of a cut for m.Epochs epochs, or goes on with it, and measures its
// network.
func (s *search) train(ctx context.Context, p cut, m *measured) error {
	r := s.recipe(p)
	r.Split = s.data.recipe.Split
	r.Train.Epochs = m.Epochs
	r.Train.Keeping = train.Keeping{Keep: train.KeepLast} // the runs are ranked below
	run, err := recipes.Extend(r, s.runFolder(p, m.Epochs), s.Machine)
	if err != nil {
		return err
	}
	defer run.Close()
	s.note(run.Notes...)
	if err := run.Train(ctx, nil, nil); err != nil {
		return err
	}
	test, err := run.Test()
	if err != nil {
		return err
	}
	held, err := s.data.frames(dataset.HeldOut, run.Recipe)
	if err != nil {
		return err
	}
	e, err := train.Evaluate(ctx, run.Trainer.Net, held, r.Train.Batch)
	if err != nil {
		return err
	}
	m.HeldOut, m.Test = &e, &test
	u, err := useOf(ctx, run.Trainer.Net, held, s.Machine.Threads)
	m.Latency, m.Energy = u.latency, u.energy
	return err
}

// rank sorts candidates by epochs, the most first, then by accuracy, then by loss.
func rank(all []*Candidate) {
	slices.SortStableFunc(all, func(a, b *Candidate) int {
		return cmp.Or(cmp.Compare(b.Epochs, a.Epochs), cmp.Compare(b.Accuracy, a.Accuracy),
			cmp.Compare(a.Loss, b.Loss))
	})
}
