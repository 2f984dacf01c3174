package search

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/recipes"
	"ssnn/snn"
	"ssnn/train"
)

// Options say what is looked for, and how thoroughly.
type Options struct {
	Latency    time.Duration // that inference of one recording may take; 0: any
	Energy     float64       // J that it may take, as ssnn report estimates it; 0: any
	Timesteps  int           // most of a stage
	Stages     int           // most
	Candidates int           // plans that are trained
	Epochs     int           // of the first trainings; each round, for half of the candidates, has twice as many
	Machine    recipes.Machine

	// Transitions are those that stages are joined by: each by itself, between all stages of a
	// plan. Empty: the recipe's own, merge and fold.
	Transitions []snn.Transition

	Tell func(string) // is told how it goes, a line at a time; may be nil
}

// Validate says what is wrong with the options, or nil.
func (o Options) Validate() error {
	switch {
	case o.Latency < 0 || !(o.Energy >= 0) || o.limits() == use{}:
		return fmt.Errorf("latency %v, energy %v J, want at least one of them, above 0",
			o.Latency, o.Energy)
	case o.Timesteps < 1 || o.Timesteps > 64:
		return fmt.Errorf("%d timesteps at most, want 1 to 64", o.Timesteps)
	case o.Stages < 1:
		return fmt.Errorf("%d stages at most, want 1 or more", o.Stages)
	case o.Candidates < 1:
		return fmt.Errorf("%d candidates, want 1 or more", o.Candidates)
	case o.Epochs < 1:
		return fmt.Errorf("%d epochs, want 1 or more", o.Epochs)
	}
	return nil
}

func (o Options) limits() use { return use{o.Latency, o.Energy} }

// search is one under way.
type search struct {
	Options
	data  *data
	items []snn.Item
	named recipes.Recipe // with stages in place of a model
	all   []plan

	measured []plan // before training
	took     []use
	costs    costs // fitted to these
}

// Run searches with a recipe's network, recordings and training. When the context ends it returns the context's error.
func Run(ctx context.Context, r recipes.Recipe, o Options) (*Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	s, err := begin(r, o)
	if err != nil {
		return nil, err
	}
	if err := s.learnCosts(ctx); err != nil {
		return nil, err
	}
	chosen, err := s.choose(ctx)
	if err != nil {
		return nil, err
	}
	return s.halve(ctx, chosen)
}

// begin lists the plans.
func begin(r recipes.Recipe, o Options) (*search, error) {
	d := open(r, o.Machine)
	set, err := o.Machine.List(d.recipe, dataset.Train, nil)
	if err != nil {
		return nil, err
	}
	d.classes = set.Classes
	if r.Frames.Sensor == (events.Size{}) {
		r.Frames.Sensor = set.Sensor
	}
	resolved, err := r.Resolve(len(d.classes))
	if err != nil {
		return nil, err
	}
	if n := resolved.Network; len(r.Network.Lambdas) > 0 || len(n.Plans) > 0 {
		return nil, fmt.Errorf("network.lambdas %v, network.plans %v: want neither, as they are of a known number of stages", r.Network.Lambdas, n.Plans)
	}
	if r.Train.Teacher != "" {
		return nil, fmt.Errorf("train.teacher %s: want none, as the plans are ranked by "+
			"recordings that a teacher may have learned from", r.Train.Teacher)
	}
	s := &search{Options: o, data: d, named: r, items: slices.Concat(resolved.Network.Stages...)}
	s.named.Network.Model, s.named.Network.Width = "", 1
	if len(layers(s.items)) == 0 {
		return nil, fmt.Errorf("the network has no convolution units, and so no plans")
	}
	if len(s.Transitions) == 0 {
		s.Transitions = []snn.Transition{r.Network.Transition, snn.Merge, snn.Fold}
	}
	slices.Sort(s.Transitions)
	s.Transitions = slices.Compact(slices.Clone(s.Transitions))
	// That of one stage always fits, as the recipe does.
	s.all = plans(s.items, o.Stages, o.Timesteps, s.Transitions, func(p plan) bool {
		_, err := s.recipe(p).Resolve(len(d.classes))
		return err == nil
	})
	joined := map[snn.Transition]int{}
	for _, p := range s.all {
		if len(p.cuts) > 0 {
			joined[p.transition]++
		}
	}
	var words []string
	for _, t := range s.Transitions {
		if slices.Contains(o.Transitions, t) && joined[t] == 0 && o.Stages > 1 {
			return nil, fmt.Errorf("no plan of up to %d stages and %d timesteps fits transition %s",
				o.Stages, o.Timesteps, wordOf(t))
		}
		words = append(words, fmt.Sprintf("%d with %s", joined[t], wordOf(t)))
	}
	s.tell("%d plans of up to %d stages and %d timesteps: %s", len(s.all), o.Stages, o.Timesteps,
		strings.Join(words, ", "))
	return s, nil
}

// recipe is the one of a plan.
func (s *search) recipe(p plan) recipes.Recipe {
	r := s.named
	r.Network.Stages, r.Network.T = p.stages(s.items), p.T
	if len(p.cuts) > 0 {
		r.Network.Transition = p.transition
	}
	if t := r.Network.Transition; t != snn.Softmax && t != snn.Causal { // that have no scores
		r.Network.TTBias = false
	}
	return r
}

func (s *search) resolved(p plan) recipes.Resolved {
	r, err := s.recipe(p).Resolve(len(s.data.classes))
	if err != nil {
		panic("search: " + err.Error()) // it was resolved when the plans were listed
	}
	return r
}

func (s *search) tell(format string, values ...any) {
	if s.Tell != nil {
		s.Tell(fmt.Sprintf(format, values...))
	}
}

// random are numbers of their own for each use.
func (s *search) random(use uint64) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(s.named.Seed), use))
}

// measure is the use of a plan's network before it is trained.
func (s *search) measure(ctx context.Context, p plan) (use, error) {
	if err := ctx.Err(); err != nil {
		return use{}, err
	}
	r := s.resolved(p)
	f, err := s.data.frames(dataset.Train, r)
	if err != nil {
		return use{}, err
	}
	return fresh(r.Network, uint64(r.Seed), f, s.Machine.Threads)
}

// learnCosts measures twice as many plans as the sum of costs has parts, drawn from all, and fits it
// to them.
func (s *search) learnCosts(ctx context.Context) error {
	n := min(len(s.all), terms(len(layers(s.items)), len(s.Transitions))*2)
	for _, i := range s.random(1).Perm(len(s.all))[:n] {
		if _, err := s.learn(ctx, s.all[i]); err != nil {
			return err
		}
	}
	if err := s.fit(); err != nil {
		return err
	}
	s.tell("%d of them measured: %s; within %s of the fitted cost a layer and timestep, in the median",
		n, span(s.took), s.costs.error(s.measured, s.took))
	return nil
}

// learn measures a plan and keeps that for the fit.
func (s *search) learn(ctx context.Context, p plan) (use, error) {
	u, err := s.measure(ctx, p)
	if err == nil {
		s.measured, s.took = append(s.measured, p), append(s.took, u)
	}
	return u, err
}

func (s *search) fit() (err error) {
	s.costs, err = fitCosts(s.items, s.Transitions, s.measured, s.took)
	return err
}

// triesEach is the most plans that are measured for each candidate, should the predictions be off.
const triesEach = 8

// choose measures plans that are predicted to keep within the limits, but would not with more
// timesteps, and keeps those that do. The plain network, of one stage, is the first of them, for
// comparison; of the others always one whose transition and whose boundaries have been tried least.
// Plans that are picked for a low prediction are those whose prediction is too low, so each
// measurement is added to the fit.
func (s *search) choose(ctx context.Context) ([]*Candidate, error) {
	limits, drawn := s.limits(), slices.Clone(s.all)
	s.random(2).Shuffle(len(drawn), func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
	left := s.promising(drawn, nil)
	if len(left) == 0 {
		return nil, s.nothing(ctx)
	}
	s.tell("%d plans with as many timesteps as %s are predicted to allow",
		len(left), limits.of(limits))
	var chosen []*Candidate
	var of []plan
	var predicted, took []use
	for len(left) > 0 && len(chosen) < s.Candidates && len(of) < triesEach*s.Candidates {
		p := left[leastTried(left, chosen)]
		guess := s.costs.predict(p)
		u, err := s.learn(ctx, p)
		if err == nil {
			err = s.fit()
		}
		if err != nil {
			return nil, err
		}
		of, predicted, took = append(of, p), append(predicted, guess), append(took, u)
		if u.keeps(limits) {
			chosen = append(chosen, s.candidate(p, guess, u))
		} else {
			s.tell("%s, and not %s as predicted: %s", u.of(limits), guess.of(limits),
				p.describe(s.items))
			drawn = slices.DeleteFunc(drawn, p.equal)
		}
		left = s.promising(drawn, chosen)
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("none of %d plans that are predicted to take %s or less does",
			len(of), limits.of(limits))
	}
	s.tell("%d of these measured: off the prediction by %s in the median; %d keep within it",
		len(of), off(predicted, took), len(chosen))
	// In the order of all plans, so that it does not matter which was drawn first.
	slices.SortFunc(chosen, func(a, b *Candidate) int { return cmp.Compare(s.index(a.plan), s.index(b.plan)) })
	return chosen, nil
}

// promising are the plans that are predicted to keep within the limits, and would not with more
// timesteps. Those that are chosen keep within them, and are none of these.
func (s *search) promising(of []plan, chosen []*Candidate) []plan {
	is := func(p plan) bool {
		return slices.ContainsFunc(chosen, func(c *Candidate) bool { return c.plan.equal(p) })
	}
	within := slices.DeleteFunc(slices.Clone(of), func(p plan) bool {
		return !is(p) && !s.costs.predict(p).keeps(s.limits())
	})
	return slices.DeleteFunc(largest(within), is)
}

// nothing is the error where no plan is predicted to keep within the limits.
func (s *search) nothing(ctx context.Context) error {
	limits := s.limits()
	least := slices.MinFunc(s.all, func(p, q plan) int {
		return cmp.Compare(s.costs.predict(p).excess(limits), s.costs.predict(q).excess(limits))
	})
	u, err := s.measure(ctx, least)
	return cmp.Or(err, fmt.Errorf("no plan is predicted to take %s or less; "+
		"that of the least, %s, takes %s", limits.of(limits), least.describe(s.items), u.of(limits)))
}

// largest are the plans of which no other has the same stages and transition and more timesteps.
func largest(of []plan) []plan {
	type stages struct {
		cuts       string
		transition snn.Transition
	}
	groups := map[stages][]plan{}
	group := func(p plan) stages { return stages{fmt.Sprint(p.cuts), p.transition} }
	for _, p := range of {
		groups[group(p)] = append(groups[group(p)], p)
	}
	return slices.DeleteFunc(slices.Clone(of), func(p plan) bool {
		return slices.ContainsFunc(groups[group(p)], func(q plan) bool {
			return !p.equal(q) && p.within(q)
		})
	})
}

// leastTried is the first plan of one stage, or else the first of those whose transition, and then
// whose boundaries, the fewest of the candidates have.
func leastTried(left []plan, chosen []*Candidate) (best int) {
	tried := func(p plan) [2]int {
		if len(p.cuts) == 0 {
			return [2]int{-1, -1}
		}
		var n [2]int
		for _, c := range chosen {
			if len(c.plan.cuts) > 0 && c.plan.transition == p.transition {
				n[0]++
			}
			if slices.Equal(c.plan.cuts, p.cuts) {
				n[1]++
			}
		}
		return n
	}
	least := tried(left[0])
	for i, p := range left {
		if n := tried(p); slices.Compare(n[:], least[:]) < 0 {
			best, least = i, n
		}
	}
	return best
}

func (s *search) index(p plan) int {
	return slices.IndexFunc(s.all, func(q plan) bool { return p.equal(q) })
}

// trained is the network of a plan after some epochs. Close it.
func (s *search) trained(ctx context.Context, p plan, epochs int) (*train.Trainer, recipes.Resolved, error) {
	r := s.resolved(p)
	r.Train.Epochs = epochs
	of, err := s.data.frames(dataset.Train, r)
	if err != nil {
		return nil, r, err
	}
	net, err := snn.New(r.Network, uint64(r.Seed), s.Machine.Threads)
	if err != nil {
		return nil, r, err
	}
	t, err := train.New(r.Train, net, of, nil, uint64(r.Seed))
	for err == nil && !t.Done() {
		_, err = t.RunEpoch(ctx, nil)
	}
	if err != nil {
		net.Close()
		return nil, r, err
	}
	return t, r, nil
}
