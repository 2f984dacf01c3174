package exits

import (
	"slices"
	"time"

	"ssnn/dataset"
	"ssnn/infer"
)

// Answers are the answers that a model would give to some samples at each of its points, with the
// work that it takes to come there.
type Answers struct {
	Points []infer.Point // the last is the end of the network
	Frames []int         // [points] frames that are seen until then

	// Timesteps is the average timestep until then, [points], as snn.Config.AverageTimestep, from
	// the timesteps of each stage that have run.
	Timesteps []float64

	Labels []int         // [samples] number of the right class
	Logits [][][]float32 // [points][samples][Classes]

	// Seconds is the time of computing until then, [points][samples], and Operations is the number
	// of products of a weight and an input that is not zero. Classifiers on the way are included.
	Seconds    [][]float64
	Operations [][]float64

	Weights []int // [stages] bytes of weights read for a piece of it, of any number of timesteps

	network             string // its fingerprint
	net                 shape
	seconds, operations spent // the two above are sums of these
}

// shape has the properties of a model on which the order of the computation depends.
type shape struct {
	needs   func(infer.Point) []int // see infer.Model.Needs
	average func(T []int) float64   // of snn.Config, of the timesteps that each stage has run
}

// Ask runs all samples one by one to the end, past every point, on the given number of threads. The
// error is that of points that do not fit the model, or of a sample's frames.
func Ask(m *infer.Model, points []infer.Point, f *dataset.Frames, threads int) (*Answers, error) {
	m, err := m.With(&infer.Exits{Points: points})
	if err != nil {
		return nil, err
	}
	r := m.Runner(1, threads)
	defer r.Close()
	cfg, all := m.Config(), r.Points()
	average := func(T []int) float64 {
		c := cfg
		c.T = T
		return c.AverageTimestep()
	}
	a := &Answers{
		network: m.Fingerprint(), net: shape{m.Needs, average},
		Points: all, Logits: make([][][]float32, len(all)),
		seconds: newSpent(all, f.Len()), operations: newSpent(all, f.Len()),
	}
	for i := range cfg.T {
		a.Weights = append(a.Weights, m.WeightBytes(i))
	}
	frames := make([]float32, cfg.T[0]*cfg.Height*cfg.Width*cfg.InChannels)
	begin := time.Now()
	now := func() float64 { return time.Since(begin).Seconds() }
	for i := range f.Len() {
		if err := f.Fill(frames, []int{i}, nil); err != nil {
			return nil, err
		}
		a.Labels = append(a.Labels, f.Label(i, nil).Class)
		err := walk(r, frames, i, a.seconds, now, func(at int, logits []float32) {
			a.Logits[at] = append(a.Logits[at], slices.Clone(logits))
		})
		if err != nil {
			return nil, err
		}
	}
	for i := range f.Len() { // apart from the timed runs, as counting takes time and makes garbage
		if err := f.Fill(frames, []int{i}, nil); err != nil {
			return nil, err
		}
		r.CountOperations(true)
		nothing := func(int, []float32) {}
		if err := walk(r, frames, i, a.operations, r.Operations, nothing); err != nil {
			return nil, err
		}
	}
	return a.only(all), nil
}

// walk runs sample i past all points. The work of each part, measured by clock, is written to s;
// answered is called with the logits at each point.
func walk(r *infer.Runner, frames []float32, i int, s spent, clock func() float64,
	answered func(point int, logits []float32)) error {

	from := clock()
	lap := func(to *float64) {
		now := clock()
		*to, from = now-from, now
	}
	ran := func(point, stage int) { lap(&s.stages[point][stage][i]) }
	return r.Walk(frames, ran, func(point int, logits []float32) {
		lap(&s.classifier[point][i])
		answered(point, logits)
		from = clock()
	})
}

// only returns the answers of a network that may answer at some of the points alone.
func (a *Answers) only(points []infer.Point) *Answers {
	o := &Answers{Labels: a.Labels, Weights: a.Weights, network: a.network, net: a.net}
	seconds, operations := newTally(a, a.seconds), newTally(a, a.operations)
	run := make([]int, len(a.Weights)) // timesteps that each stage has run
	for i, pt := range a.Points {
		seconds.open(i)
		operations.open(i)
		if !slices.ContainsFunc(points, pt.At) {
			continue
		}
		needs := a.net.needs(pt)
		for stage, steps := range needs {
			run[stage] = max(run[stage], steps)
		}
		o.Points, o.Frames = append(o.Points, pt), append(o.Frames, needs[0])
		o.Timesteps = append(o.Timesteps, a.net.average(slices.Clone(run)))
		o.Logits = append(o.Logits, a.Logits[i])
		seconds.settle(pt, &o.seconds)
		operations.settle(pt, &o.operations)
		o.Seconds = append(o.Seconds, slices.Clone(seconds.total))
		o.Operations = append(o.Operations, slices.Clone(operations.total))
	}
	return o
}
