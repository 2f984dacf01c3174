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
	all := &Exits{Points: points}
	if err := all.validate(m.net); err != nil {
		return nil, err
	}
	p := (&Model{net: m.net, exits: all}).Plan(1, threads)
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

// only are the answers of a network that has no other of the points than those in a list, in which the last must be.
func (a *Answers) only(points []Point) *Answers {
	if len(points) == len(a.Points) {
		return a
	}
	o := &Answers{Labels: a.Labels}
	saved := [2][]float64{make([]float64, len(a.Labels)), make([]float64, len(a.Labels))}
	moved := [2][]float64{make([]float64, len(a.Labels)), make([]float64, len(a.Labels))}
	less := func(x []float64, of []float64) []float64 {
		y := slices.Clone(x)
		for i := range y {
			y[i] -= of[i]
		}
		return y
	}
	for i, pt := range a.Points {
		if i > 0 && a.Points[i-1].Stage != pt.Stage { // what was left out of the stage before is saved for good
			for k := range saved {
				for j := range saved[k] {
					saved[k][j] += moved[k][j]
					moved[k][j] = 0
				}
			}
		}
		if !slices.ContainsFunc(points, pt.at) { // a later classifier of the same stage has to see these timesteps
			for j := range a.Labels {
				moved[0][j] += a.ownSeconds[i][j]
				moved[1][j] += a.ownOperations[i][j]
			}
			continue
		}
		clear(moved[0])
		clear(moved[1])
		o.Points, o.Frames, o.Timesteps = append(o.Points, pt), append(o.Frames, a.Frames[i]), append(o.Timesteps, a.Timesteps[i])
		o.Logits = append(o.Logits, a.Logits[i])
		o.Seconds, o.Operations = append(o.Seconds, less(a.Seconds[i], saved[0])), append(o.Operations, less(a.Operations[i], saved[1]))
	}
	return o
}
