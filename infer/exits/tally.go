package exits

import (
	"slices"

	"ssnn/infer"
)

// spent is what was spent for each point since the one before.
type spent struct {
	stages     [][][]float64 // [points][stages up to the point's][samples]
	classifier [][]float64   // [points][samples], that of the point
}

// newSpent makes room.
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

// tally adds up what is spent until the points that are asked. What was spent for one that is not
// is spent all the same by the next that is asked and needs that stage, which runs more of its
// timesteps in one piece, and so it is with the classifier behind a stage; if there is none, it is
// saved.
type tally struct {
	of                  spent
	points              []infer.Point
	stages, classifiers [][]float64 // [stages][samples] open
	total               []float64   // [samples]
}

func newTally(a *Answers, of spent) *tally {
	stages, samples := len(a.Weights), len(a.Labels)
	return &tally{of: of, points: a.Points, stages: zeros(stages, samples),
		classifiers: zeros(stages, samples), total: make([]float64, samples)}
}

// open adds what was spent for point i.
func (t *tally) open(i int) {
	for stage, x := range t.of.stages[i] {
		add(t.stages[stage], x)
	}
	add(t.classifiers[t.points[i].Stage], t.of.classifier[i])
}

// settle has a point, which is asked, take over what is open of its stages, and writes it down as
// spent for it.
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
