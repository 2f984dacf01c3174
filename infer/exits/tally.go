package exits

import (
	"slices"

	"ssnn/infer"
)

// spent is the work for each point since the point before, in seconds or in operations.
type spent struct {
	stages     [][][]float64 // [points][stages up to the point's][samples]
	classifier [][]float64   // [points][samples], of the point's classifier
}

// newSpent reserves the memory.
func newSpent(points []infer.Point, samples int) spent {
	s := spent{classifier: zeros(len(points), samples)}
	for _, pt := range points {
		s.stages = append(s.stages, zeros(pt.Stage+1, samples))
	}
	return s
}

func zeros(rows, n int) [][]float64 {
	all := make([][]float64, rows)
	for i := range all {
		all[i] = make([]float64, n)
	}
	return all
}

// tally adds up the work until the points that stay, when others are dropped. Work measured at a
// dropped point moves to the next point that stays and needs that stage, which then runs more of
// the stage's timesteps in one piece; so does the work of the classifier behind a stage. Where no
// such point follows, the work is saved.
type tally struct {
	of                  spent
	points              []infer.Point
	stages, classifiers [][]float64 // [stages][samples] work that belongs to no point yet
	total               []float64   // [samples]
}

func newTally(a *Answers, of spent) *tally {
	stages, samples := len(a.Weights), len(a.Labels)
	return &tally{of: of, points: a.Points, stages: zeros(stages, samples),
		classifiers: zeros(stages, samples), total: make([]float64, samples)}
}

// open adds the work for point i to that which belongs to no point yet.
func (t *tally) open(i int) {
	for stage, x := range t.of.stages[i] {
		add(t.stages[stage], x)
	}
	add(t.classifiers[t.points[i].Stage], t.of.classifier[i])
}

// settle gives a point that stays the open work of its stages.
func (t *tally) settle(pt infer.Point, to *spent) {
	var stages [][]float64
	take := func(open []float64) []float64 {
		x := slices.Clone(open)
		clear(open)
		add(t.total, x)
		return x
	}
	for _, open := range t.stages[:pt.Stage+1] {
		stages = append(stages, take(open))
	}
	to.stages, to.classifier = append(to.stages, stages), append(to.classifier,
		take(t.classifiers[pt.Stage]))
}

// add is a += b.
func add(a, b []float64) {
	for i, v := range b {
		a[i] += v
	}
}
