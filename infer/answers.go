package infer

import (
	"slices"
	"time"

	"ssnn/dataset"
)

// Answers are what a model would say of some samples at each of its points, and what it takes to come there.
type Answers struct {
	Points     []Point       // the last is the end of the network
	Frames     []int         // [points] frames that are seen until then
	Timesteps  []float64     // [points] average timestep until then, as snn.Config.AverageTimestep: the stages that have not run count with none
	Labels     []int         // [samples]
	Logits     [][][]float32 // [points][samples][Classes]
	Seconds    [][]float64   // [points][samples] of computing until then, the classifiers on the way included
	Operations [][]float64   // [points][samples] products of a weight and an input that is not zero until then, likewise

	Weights []int // [stages] bytes that are read for a piece of it, of however many timesteps

	needs func(stage, steps int) int // of snn.Network

	// Of these, what the point's own classifier took, which is saved where the point is left out.
	ownSeconds, ownOperations [][]float64
}

// Ask runs all samples one by one to the end, past every point, on the given number of threads. The error is that of a sample's frames.
func (m *Model) Ask(points []Point, f *dataset.Frames, threads int) (*Answers, error) {
	m, err := m.With(&Exits{Points: points})
	if err != nil {
		return nil, err
	}
	p := m.Plan(1, threads)
	defer p.Close()
	a := &Answers{Points: p.points, needs: m.net.Needs}
	for i := range m.Config().T {
		a.Weights = append(a.Weights, m.net.WeightBytes(i))
	}
	for _, pt := range p.points {
		a.Frames = append(a.Frames, p.framesFor(pt))
		cfg := m.Config()
		cfg.T = slices.Clone(cfg.T)
		cfg.T[pt.Stage] = pt.Step
		clear(cfg.T[pt.Stage+1:])
		a.Timesteps = append(a.Timesteps, cfg.AverageTimestep())
	}
	a.Logits = make([][][]float32, len(p.points))
	for _, all := range []*[][]float64{&a.Seconds, &a.Operations, &a.ownSeconds, &a.ownOperations} {
		*all = make([][]float64, len(p.points))
		for at := range *all {
			(*all)[at] = make([]float64, f.Len())
		}
	}
	frames := make([]float32, m.Config().T[0]*p.frame)
	begin := time.Now()
	for i := range f.Len() {
		if err := f.Fill(frames, []int{i}, nil); err != nil {
			return nil, err
		}
		a.Labels = append(a.Labels, f.Label(i, nil).Class)
		clock := func() float64 { return time.Since(begin).Seconds() }
		p.pass(frames, clock, func(at int, until, own float64, logits []float32) {
			a.Seconds[at][i], a.ownSeconds[at][i] = until, own
			a.Logits[at] = append(a.Logits[at], slices.Clone(logits))
		})
	}
	for i := range f.Len() { // anew, as counting takes time and makes garbage
		if err := f.Fill(frames, []int{i}, nil); err != nil {
			return nil, err
		}
		p.net.CountOperations(true)
		p.pass(frames, p.net.Operations, func(at int, until, own float64, _ []float32) {
			a.Operations[at][i], a.ownOperations[at][i] = until, own
		})
	}
	return a, nil
}

// framesFor is how many frames a point needs.
func (p *Plan) framesFor(pt Point) int {
	steps := pt.Step
	for i := pt.Stage; i > 0; i-- {
		steps = p.net.Needs(i, steps)
	}
	return steps
}

// pass runs a sample to the end and stops at all points, with what a clock says that it took until then, and the point's classifier alone.
func (p *Plan) pass(frames []float32, clock func() float64, stop func(at int, until, own float64, logits []float32)) {
	p.Begin()
	p.frames = frames
	until := 0.0
	for at, pt := range p.points {
		begin := clock()
		p.reach(pt.Stage, pt.Step)
		reached := clock()
		logits := p.net.Classify(pt.Stage)
		end := clock()
		until += end - begin
		stop(at, until, end-reached, logits)
	}
}

// only are the answers of a network that may answer at some of the points. What the classifier behind a stage costs is saved where none of the stage's points
// that are left comes later; else that one takes the timesteps that were not taken before.
func (a *Answers) only(points []Point) *Answers {
	if len(points) == len(a.Points) {
		return a
	}
	o := &Answers{Labels: a.Labels, Weights: a.Weights, needs: a.needs}
	var seconds, operations saving
	for i, pt := range a.Points {
		seconds.to(pt.Stage)
		operations.to(pt.Stage)
		if !slices.ContainsFunc(points, pt.at) {
			seconds.open(a.ownSeconds[i])
			operations.open(a.ownOperations[i])
			continue
		}
		o.Points, o.Frames, o.Timesteps = append(o.Points, pt), append(o.Frames, a.Frames[i]), append(o.Timesteps, a.Timesteps[i])
		o.Logits = append(o.Logits, a.Logits[i])
		o.Seconds, o.Operations = append(o.Seconds, seconds.from(a.Seconds[i])), append(o.Operations, operations.from(a.Operations[i]))
	}
	return o
}

// saving is what is saved by classifiers that are not asked, [samples].
type saving struct {
	stage   int
	pending []float64 // by points of that stage, unless a later one of it is asked
	saved   []float64 // for good, by the stages before
}

// to goes on to the points of a stage.
func (s *saving) to(stage int) {
	if stage == s.stage {
		return
	}
	s.stage = stage
	s.saved, s.pending = sum(s.saved, s.pending), nil
}

// open leaves a point out.
func (s *saving) open(own []float64) { s.pending = sum(s.pending, own) }

// from is what is left of x at a point that is asked.
func (s *saving) from(x []float64) []float64 {
	s.pending = nil
	left := slices.Clone(x)
	for j, v := range s.saved {
		left[j] -= v
	}
	return left
}

// sum is a+b, either of which may be nil.
func sum(a, b []float64) []float64 {
	if a == nil {
		return b
	}
	all := slices.Clone(a)
	for j, v := range b {
		all[j] += v
	}
	return all
}
