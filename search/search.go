package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"ssnn/dataset"
	"ssnn/events"
	"ssnn/internal/names"
	"ssnn/recipes"
	"ssnn/snn"
)

// Options say what is searched for, and how thoroughly.
type Options struct {
	Latency    time.Duration // limit of inference of one recording; 0 sets none
	Energy     float64       // limit of its energy in J, as ssnn report estimates it; 0 sets none
	Timesteps  int           // most timesteps of a stage, 1 to 64
	Stages     int           // most stages of a cut, 1 or more
	Candidates int           // number of cuts that are trained, 1 or more
	// Epochs is the number of epochs of the first trainings, 1 or more. Each further round trains
	// half of the candidates for twice as many.
	Epochs  int
	Machine recipes.Machine // is measured, and trains

	// Dir is the folder of the search, see folder.go. It may hold the same search, begun or done.
	Dir string

	// Transitions are tried one at a time, each between all stages of a cut. Empty stands for the
	// recipe's own, merge and fold.
	Transitions []snn.Transition

	Tell func(string) // is called with each line on the progress; may be nil
	Note func(string) // is called with remarks on the recordings and folders; may be nil
}

// Validate says what is wrong with the options, or nil.
func (o Options) Validate() error {
	switch {
	case o.Latency < 0 || !(o.Energy >= 0) || o.limits() == use{}:
		return fmt.Errorf("--latency %v, --energy %vJ, want at least one of them above 0",
			o.Latency, o.Energy)
	case o.Timesteps < 1 || o.Timesteps > 64:
		return fmt.Errorf("--timesteps %d, want 1 to 64", o.Timesteps)
	case o.Stages < 1:
		return fmt.Errorf("--stages %d, want 1 or more", o.Stages)
	case o.Candidates < 1:
		return fmt.Errorf("--candidates %d, want 1 or more", o.Candidates)
	case o.Epochs < 1:
		return fmt.Errorf("--epochs %d, want 1 or more", o.Epochs)
	case o.Dir == "":
		return errors.New("--out is missing: want the folder for the runs of the search")
	}
	return nil
}

func (o Options) limits() use { return use{o.Latency, o.Energy} }

// search is a search under way.
type search struct {
	Options
	data   *data
	log    *log
	items  []snn.Item
	named  recipes.Recipe // with stages in place of a model
	all    []cut
	joined []string // how many cuts each transition joins, in words
	noted  []string // remarks that Note was called with

	measured []cut // cuts that were measured before training
	took     []use
	costs    costs // fitted to their measurements
}

// Run searches with a recipe's network, recordings and training, or goes on with a search that was
// interrupted, to the same result. Measurements and trainings in its folder are not made again.
// When the context ends, it saves where the training under way stands, and returns the context's
// error. A folder that holds another search, or in which another process is at work, is refused.
func Run(ctx context.Context, r recipes.Recipe, o Options) (*Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o.Machine.Context, o.Machine.Shared = ctx, new(recipes.Shared)
	s, err := begin(r, o)
	if err != nil {
		return nil, err
	}
	unlock, err := s.claim()
	if err != nil {
		return nil, err
	}
	defer unlock()
	s.tell("%s of up to %s and %s: %s", names.Count(len(s.all), "cut"),
		names.Count(o.Stages, "stage"), names.Count(o.Timesteps, "timestep"),
		strings.Join(s.joined, ", "))
	if err := s.learnCosts(ctx); err != nil {
		return nil, err
	}
	chosen, err := s.choose(ctx)
	if err != nil {
		return nil, err
	}
	return s.halve(ctx, chosen)
}

// begin lists the cuts.
func begin(r recipes.Recipe, o Options) (*search, error) {
	d := open(r, o.Machine)
	set, err := o.Machine.List(d.recipe, dataset.Train, nil)
	if err != nil {
		return nil, err
	}
	d.classes = set.Classes
	if r.Frames.Sensor == (events.Size{}) {
		if err := set.FindSensor(o.Machine.Threads); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Dataset, err)
		}
		r.Frames.Sensor = cmp.Or(set.Sensor, r.Sensor)
	}
	resolved, err := r.Resolve(len(d.classes))
	if err != nil {
		return nil, err
	}
	if n := resolved.Network; len(r.Network.Lambdas) > 0 || len(n.Plans) > 0 {
		return nil, fmt.Errorf("network.lambdas is %v and network.plans is %v, want neither: they "+
			"are for a known number of stages", r.Network.Lambdas, n.Plans)
	}
	if r.Train.Teacher != "" {
		return nil, fmt.Errorf("train.teacher %s: want none, as the cuts are ranked by "+
			"recordings that a teacher may have learned from", r.Train.Teacher)
	}
	if r.Train.Init != "" {
		return nil, fmt.Errorf("train.init %s: want none, as the layers of a model belong to its "+
			"own stages, and other cuts have other stages", r.Train.Init)
	}
	s := &search{Options: o, data: d, named: r, items: slices.Concat(resolved.Network.Stages...)}
	s.named.Network.Model, s.named.Network.Width = "", 1
	if len(layers(s.items)) == 0 {
		return nil, fmt.Errorf("the network has no convolutions, want at least two, between " +
			"which it can be cut")
	}
	if len(s.Transitions) == 0 {
		s.Transitions = []snn.Transition{r.Network.Transition, snn.Merge, snn.Fold}
	}
	slices.Sort(s.Transitions)
	s.Transitions = slices.Compact(slices.Clone(s.Transitions))
	// A cut of one stage always fits, as the recipe does.
	s.all = cuts(s.items, o.Stages, o.Timesteps, s.Transitions, func(p cut) bool {
		_, err := s.recipe(p).Resolve(len(d.classes))
		return err == nil
	})
	joined := map[snn.Transition]int{}
	for _, p := range s.all {
		if len(p.borders) > 0 {
			joined[p.transition]++
		}
	}
	for _, t := range s.Transitions {
		if slices.Contains(o.Transitions, t) && joined[t] == 0 && o.Stages > 1 {
			return nil, fmt.Errorf("no cut of up to %s and %s fits transition %s",
				names.Count(o.Stages, "stage"), names.Count(o.Timesteps, "timestep"), wordOf(t))
		}
		s.joined = append(s.joined, fmt.Sprintf("%d with %s", joined[t], wordOf(t)))
	}
	return s, nil
}

// recipe returns the recipe of a cut.
func (s *search) recipe(p cut) recipes.Recipe {
	r := s.named
	r.Network.Stages, r.Network.T = p.stages(s.items), p.T
	if len(p.borders) > 0 {
		r.Network.Transition = p.transition
	}
	if t := r.Network.Transition; t != snn.Softmax && t != snn.Causal { // it has no scores
		r.Network.TTBias = false
	}
	return r
}

func (s *search) resolved(p cut) recipes.Resolved {
	r, err := s.recipe(p).Resolve(len(s.data.classes))
	if err != nil {
		panic("search: " + err.Error()) // it was resolved when the cuts were listed
	}
	return r
}

// note passes on remarks to the user, each once.
func (s *search) note(all ...string) {
	for _, n := range all {
		if s.Note != nil && !slices.Contains(s.noted, n) {
			s.noted = append(s.noted, n)
			s.Note(n)
		}
	}
}

func (s *search) tell(format string, values ...any) {
	if s.Tell != nil {
		s.Tell(fmt.Sprintf(format, values...))
	}
}

// random returns random numbers that are independent for each use.
func (s *search) random(use uint64) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(s.named.Seed), use))
}

// measure returns the use of a cut's network before it is trained.
func (s *search) measure(ctx context.Context, p cut) (use, error) {
	m, err := s.log.once(p.name(s.items), 0, func(m *measured) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := s.resolved(p)
		f, err := s.data.frames(dataset.Train, r)
		if err != nil {
			return err
		}
		u, err := fresh(ctx, r.Network, uint64(r.Seed), f, s.Machine.Threads)
		m.Latency, m.Energy = u.latency, u.energy
		return err
	})
	return use{m.Latency, m.Energy}, err
}

// learnCosts measures twice as many cuts as there are costs, drawn from all, and fits the costs to
// them.
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
	s.tell("%d of them measured: %s; within %s of the fitted cost a layer and timestep, in the "+
		"median",
		n, span(s.took), s.costs.error(s.measured, s.took))
	return nil
}

// learn measures a cut and keeps the measurement for the fit.
func (s *search) learn(ctx context.Context, p cut) (use, error) {
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

// triesEach bounds how many cuts are measured for each candidate, if the predictions are off.
const triesEach = 8

// choose measures cuts that are predicted to keep within the limits, and with more timesteps not
// to, and keeps those that do. The first is the plain network, of one stage, for comparison; each
// next one is among those whose transition and whose boundaries have been tried least. A cut that
// is picked for its low prediction is often one whose prediction is too low, so each measurement is
// added to the fit.
func (s *search) choose(ctx context.Context) ([]*Candidate, error) {
	limits, drawn := s.limits(), slices.Clone(s.all)
	s.random(2).Shuffle(len(drawn), func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
	left := s.promising(drawn, nil)
	if len(left) == 0 {
		return nil, s.nothing(ctx)
	}
	s.tell("%s with as many timesteps as %s are predicted to allow",
		names.Count(len(left), "cut"), limits.of(limits))
	var chosen []*Candidate
	var of []cut
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
		return nil, fmt.Errorf("measured, %s predicted to take %s or less: none does",
			names.Count(len(of), "cut"), limits.of(limits))
	}
	s.tell("%d of these measured: off the prediction by %s in the median; %d keep within it",
		len(of), off(predicted, took), len(chosen))
	// They are put in the order of all cuts, so that it does not matter which was drawn first.
	slices.SortFunc(chosen, func(a, b *Candidate) int {
		return cmp.Compare(s.index(a.cut),
			s.index(b.cut))
	})
	return chosen, nil
}

// promising returns the cuts that are predicted to keep within the limits, and not to with more
// timesteps. It leaves out those that are chosen already.
func (s *search) promising(of []cut, chosen []*Candidate) []cut {
	is := func(p cut) bool {
		return slices.ContainsFunc(chosen, func(c *Candidate) bool { return c.cut.equal(p) })
	}
	within := slices.DeleteFunc(slices.Clone(of), func(p cut) bool {
		return !is(p) && !s.costs.predict(p).keeps(s.limits())
	})
	return slices.DeleteFunc(largest(within), is)
}

// nothing returns the error that no cut is predicted to keep within the limits.
func (s *search) nothing(ctx context.Context) error {
	limits := s.limits()
	least := slices.MinFunc(s.all, func(p, q cut) int {
		return cmp.Compare(s.costs.predict(p).excess(limits), s.costs.predict(q).excess(limits))
	})
	u, err := s.measure(ctx, least)
	return cmp.Or(err, fmt.Errorf("no cut is predicted to take %s or less; "+
		"that of the least, %s, takes %s", limits.of(limits), least.describe(s.items),
		u.of(limits)))
}

// largest returns the cuts for which there is no other with the same stages and transition and more
// timesteps.
func largest(of []cut) []cut {
	type stages struct {
		borders    string
		transition snn.Transition
	}
	groups := map[stages][]cut{}
	group := func(p cut) stages { return stages{fmt.Sprint(p.borders), p.transition} }
	for _, p := range of {
		groups[group(p)] = append(groups[group(p)], p)
	}
	return slices.DeleteFunc(slices.Clone(of), func(p cut) bool {
		return slices.ContainsFunc(groups[group(p)], func(q cut) bool {
			return !p.equal(q) && p.within(q)
		})
	})
}

// leastTried returns the first cut of one stage, or else the first cut whose transition, and then
// whose boundaries, the fewest of the candidates have.
func leastTried(left []cut, chosen []*Candidate) (best int) {
	tried := func(p cut) [2]int {
		if len(p.borders) == 0 {
			return [2]int{-1, -1}
		}
		var n [2]int
		for _, c := range chosen {
			if len(c.cut.borders) > 0 && c.cut.transition == p.transition {
				n[0]++
			}
			if slices.Equal(c.cut.borders, p.borders) {
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

func (s *search) index(p cut) int {
	return slices.IndexFunc(s.all, func(q cut) bool { return p.equal(q) })
}
