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
	a := &Answers{Points: p.points}
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

// only are the answers of a network that has no classifiers behind some stages: those whose points are not in the list, which has all or none of a stage's.
func (a *Answers) only(points []Point) *Answers {
	if len(points) == len(a.Points) {
		return a
	}
	o := &Answers{Labels: a.Labels}
	var seconds, operations saving
	for i, pt := range a.Points {
		if !slices.ContainsFunc(points, pt.at) {
			seconds.add(a.ownSeconds[i])
			operations.add(a.ownOperations[i])
			continue
		}
		o.Points, o.Frames, o.Timesteps = append(o.Points, pt), append(o.Frames, a.Frames[i]), append(o.Timesteps, a.Timesteps[i])
		o.Logits = append(o.Logits, a.Logits[i])
		o.Seconds, o.Operations = append(o.Seconds, seconds.from(a.Seconds[i])), append(o.Operations, operations.from(a.Operations[i]))
	}
	return o
}

// saving is what is saved, [samples].
type saving []float64

func (s *saving) add(own []float64) {
	if *s == nil {
		*s = make(saving, len(own))
	}
	for j, v := range own {
		(*s)[j] += v
	}
}

// from is what is left of x.
func (s saving) from(x []float64) []float64 {
	left := slices.Clone(x)
	for j, v := range s {
		left[j] -= v
	}
	return left
}
