package search

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/recipes"
	"ssnn/snn"
	"ssnn/train"
)

// Options say what is looked for, and how thoroughly.
type Options struct {
	Latency    time.Duration // that inference of one recording may take, above 0
	Timesteps  int           // most of a stage
	Stages     int           // most
	Candidates int           // plans that are trained
	Epochs     int           // of the first trainings; each round, for half of the candidates, has twice as many
	Machine    recipes.Machine
	Tell       func(string) // is told how it goes, a line at a time; may be nil
}

// Validate says what is wrong with the options, or nil.
func (o Options) Validate() error {
	switch {
	case o.Latency <= 0:
		return fmt.Errorf("latency %v, want above 0", o.Latency)
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

// search is one under way.
type search struct {
	Options
	data  *data
	items []snn.Item
	named recipes.Recipe // with stages in place of a model
	all   []plan
	cost  *cost
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
	d, err := open(r, o.Machine)
	if err != nil {
		return nil, err
	}
	set, err := d.set(dataset.Train)
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
		return nil, fmt.Errorf("train.teacher %s: want none, as the plans are ranked by recordings that a teacher may have learned from", r.Train.Teacher)
	}
	s := &search{Options: o, data: d, named: r, items: slices.Concat(resolved.Network.Stages...)}
	s.named.Network.Model, s.named.Network.Width = "", 1
	if len(layers(s.items)) == 0 {
		return nil, fmt.Errorf("the network has no convolution units, and so no plans")
	}
	// That of one stage always fits, as the recipe does.
	s.all = plans(s.items, o.Stages, o.Timesteps, func(p plan) bool {
		_, err := s.recipe(p).Resolve(len(d.classes))
		return err == nil
	})
	s.tell("%d plans of up to %d stages and %d timesteps", len(s.all), o.Stages, o.Timesteps)
	return s, nil
}

// recipe is the one of a plan.
func (s *search) recipe(p plan) recipes.Recipe {
	r := s.named
	r.Network.Stages, r.Network.T = p.stages(s.items), p.T
	return r
}

func (s *search) resolved(p plan) recipes.Recipe {
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

// measure is the latency of a plan's network before it is trained.
func (s *search) measure(ctx context.Context, p plan) (time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	r := s.resolved(p)
	f, err := s.data.frames(dataset.Train, r)
	if err != nil {
		return 0, err
	}
	return fresh(r.Network.Config, uint64(r.Seed), f, s.Machine.Threads)
}

// learnCosts measures as many plans as the sum of costs has parts and half as many again, drawn from all, and fits it to them.
func (s *search) learnCosts(ctx context.Context) error {
	n := min(len(s.all), terms(len(layers(s.items)))*3/2)
	var of []plan
	var took []time.Duration
	for _, i := range s.random(1).Perm(len(s.all))[:n] {
		t, err := s.measure(ctx, s.all[i])
		if err != nil {
			return err
		}
		of, took = append(of, s.all[i]), append(took, t)
	}
	var err error
	if s.cost, err = fit(s.items, of, took); err != nil {
		return fmt.Errorf("the latencies of %d plans do not determine what a layer costs: %w", n, err)
	}
	s.tell("%d of them measured: %v to %v; within %.0f %% of the fitted cost a layer and timestep, in the median", n,
		slices.Min(took).Round(time.Microsecond), slices.Max(took).Round(time.Microsecond), 100*s.cost.error(of, took))
	return nil
}

// choose draws plans that are predicted to keep within the latency, but would not with more timesteps, and keeps those that do when they are measured.
func (s *search) choose(ctx context.Context) ([]*Candidate, error) {
	var within []plan
	fastest := s.all[0]
	for _, p := range s.all {
		if s.cost.predict(p) <= s.Latency {
			within = append(within, p)
		}
		if s.cost.predict(p) < s.cost.predict(fastest) {
			fastest = p
		}
	}
	if len(within) == 0 {
		t, err := s.measure(ctx, fastest)
		return nil, cmp.Or(err, fmt.Errorf("no plan is predicted to take %v or less; that of the least, %s, takes %v", s.Latency, fastest.describe(s.items), t.Round(time.Microsecond)))
	}
	largest := slices.DeleteFunc(slices.Clone(within), func(p plan) bool {
		return slices.ContainsFunc(within, func(q plan) bool { return !slices.Equal(p.T, q.T) && p.within(q) })
	})
	s.tell("%d are predicted to take at most %v, %d of them with as many timesteps as that allows", len(within), s.Latency, len(largest))
	s.random(2).Shuffle(len(largest), func(i, j int) { largest[i], largest[j] = largest[j], largest[i] })
	// The plain network, of one stage, always is one of them, for comparison.
	slices.SortStableFunc(largest, func(p, q plan) int { return cmp.Compare(min(len(p.cuts), 1), min(len(q.cuts), 1)) })
	var chosen []*Candidate
	var of []plan
	var took []time.Duration
	for _, p := range largest {
		t, err := s.measure(ctx, p)
		if err != nil {
			return nil, err
		}
		of, took = append(of, p), append(took, t)
		if t > s.Latency {
			s.tell("%v, and not %v as predicted: %s", t.Round(time.Microsecond), s.cost.predict(p).Round(time.Microsecond), p.describe(s.items))
			continue
		}
		chosen = append(chosen, &Candidate{
			plan: p, Plan: p.describe(s.items), T: s.resolved(p).Network.AverageTimestep(),
			Predicted: s.cost.predict(p), Fresh: t,
		})
		if len(chosen) == s.Candidates {
			break
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("none of %d plans that are predicted to take %v or less does", len(largest), s.Latency)
	}
	s.tell("%d of these measured: off the prediction by %.0f %% in the median; %d keep within it", len(of), 100*s.cost.error(of, took), len(chosen))
	// In the order of all plans, so that it does not matter which was drawn first.
	slices.SortFunc(chosen, func(a, b *Candidate) int { return cmp.Compare(s.index(a.plan), s.index(b.plan)) })
	return chosen, nil
}

func (s *search) index(p plan) int {
	return slices.IndexFunc(s.all, func(q plan) bool { return slices.Equal(p.cuts, q.cuts) && slices.Equal(p.T, q.T) })
}

// trained is the network of a plan after some epochs. Close it.
func (s *search) trained(ctx context.Context, p plan, epochs int) (*train.Trainer, recipes.Recipe, error) {
	r := s.resolved(p)
	r.Train.Epochs = epochs
	of, err := s.data.frames(dataset.Train, r)
	if err != nil {
		return nil, r, err
	}
	net, err := snn.New(r.Network.Config, uint64(r.Seed), s.Machine.Threads)
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
