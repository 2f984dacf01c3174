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
	n := len(p.points)
	a.Logits, a.Seconds, a.Operations = make([][][]float32, n), make([][]float64, n), make([][]float64, n)
	frames := make([]float32, m.Config().T[0]*p.frame)
	for i := range f.Len() {
		if err := f.Fill(frames, []int{i}, nil); err != nil {
			return nil, err
		}
		a.Labels = append(a.Labels, f.Label(i, nil).Class)
		p.pass(frames, func(at int, took time.Duration, logits []float32) {
			a.Seconds[at] = append(a.Seconds[at], took.Seconds())
			a.Logits[at] = append(a.Logits[at], slices.Clone(logits))
		})
		p.net.CountOperations(true)
		p.pass(frames, func(at int, _ time.Duration, _ []float32) {
			a.Operations[at] = append(a.Operations[at], p.net.Operations())
		})
		p.net.CountOperations(false)
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

// pass runs a sample to the end and stops at all points.
func (p *Plan) pass(frames []float32, stop func(at int, took time.Duration, logits []float32)) {
	p.Begin()
	p.frames = frames
	var took time.Duration
	for at, pt := range p.points {
		begin := time.Now()
		p.reach(pt.Stage, pt.Step)
		logits := p.net.Classify(pt.Stage)
		took += time.Since(begin)
		stop(at, took, logits)
	}
}
