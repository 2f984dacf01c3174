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
	Timesteps  []float64     // [points] average timestep until then, as snn.Config.AverageTimestep: of each stage the timesteps that have run
	Labels     []int         // [samples]
	Logits     [][][]float32 // [points][samples][Classes]
	Seconds    [][]float64   // [points][samples] of computing until then, the classifiers on the way included
	Operations [][]float64   // [points][samples] products of a weight and an input that is not zero until then, likewise

	Weights []int // [stages] bytes that are read for a piece of it, of however many timesteps

	network             string // its fingerprint
	net                 shape
	seconds, operations spent // of which those above are made
}

// shape is what the order of the computation depends on.
type shape struct {
	needs   func(stage, steps int) int // of snn.Network
	average func(T []int) float64      // of snn.Config, of the timesteps that each stage has run
}

// Ask runs all samples one by one to the end, past every point, on the given number of threads. The error is that of a sample's frames.
func (m *Model) Ask(points []Point, f *dataset.Frames, threads int) (*Answers, error) {
	m, err := m.With(&Exits{Points: points})
	if err != nil {
		return nil, err
	}
	p := m.Runner(1, threads)
	defer p.Close()
	cfg := m.Config()
	a := &Answers{
		network: fingerprint(m.net), Points: p.points, Logits: make([][][]float32, len(p.points)), seconds: newSpent(p.points, f.Len()), operations: newSpent(p.points, f.Len()),
		net: shape{needs: m.net.Needs, average: func(T []int) float64 { c := cfg; c.T = T; return c.AverageTimestep() }},
	}
	for i := range cfg.T {
		a.Weights = append(a.Weights, m.net.WeightBytes(i))
	}
	frames := make([]float32, cfg.T[0]*p.frame)
	begin := time.Now()
	for i := range f.Len() {
		if err := f.Fill(frames, []int{i}, nil); err != nil {
			return nil, err
		}
		a.Labels = append(a.Labels, f.Label(i, nil).Class)
		p.pass(frames, i, a.seconds, func() float64 { return time.Since(begin).Seconds() }, func(at int, logits []float32) {
			a.Logits[at] = append(a.Logits[at], slices.Clone(logits))
		})
	}
	for i := range f.Len() { // anew, as counting takes time and makes garbage
		if err := f.Fill(frames, []int{i}, nil); err != nil {
			return nil, err
		}
		p.net.CountOperations(true)
		p.pass(frames, i, a.operations, p.net.Operations, func(int, []float32) {})
	}
	return a.only(p.points), nil
}

// pass runs sample i to the end and stops at all points. What a clock says that it took is written to s.
func (r *Runner) pass(frames []float32, i int, s spent, clock func() float64, stop func(at int, logits []float32)) {
	r.Begin()
	r.frames = frames
	for at, pt := range r.points {
		from := clock()
		lap := func(to *float64) {
			now := clock()
			*to, from = now-from, now
		}
		for stage, steps := range r.needs[at] {
			r.reach(stage, steps)
			lap(&s.stages[at][stage][i])
		}
		logits := r.net.Classify(pt.Stage)
		lap(&s.classifier[at][i])
		stop(at, logits)
	}
}

// only are the answers of a network that may answer at some of the points.
func (a *Answers) only(points []Point) *Answers {
	o := &Answers{Labels: a.Labels, Weights: a.Weights, network: a.network, net: a.net}
	seconds, operations := newTally(a, a.seconds), newTally(a, a.operations)
	run := make([]int, len(a.Weights)) // timesteps of each stage
	for i, pt := range a.Points {
		seconds.open(i)
		operations.open(i)
		if !slices.ContainsFunc(points, pt.at) {
			continue
		}
		needs := pt.needs(a.net.needs)
		for stage, steps := range needs {
			run[stage] = max(run[stage], steps)
		}
		o.Points, o.Frames, o.Timesteps = append(o.Points, pt), append(o.Frames, needs[0]), append(o.Timesteps, a.net.average(slices.Clone(run)))
		o.Logits = append(o.Logits, a.Logits[i])
		seconds.settle(pt, &o.seconds)
		operations.settle(pt, &o.operations)
		o.Seconds, o.Operations = append(o.Seconds, slices.Clone(seconds.total)), append(o.Operations, slices.Clone(operations.total))
	}
	return o
}
