package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"ssnn/train"
)

// shown is a run on a page, by itself or beside others.
type shown struct {
	*Measured
	alone   bool
	highest float64 // firing rate of all runs on the page
	number  int     // among the runs on the page, whose hue it is
	axes    *axes
}

// axes are those that the same figures of several runs share.
type axes struct{ stageLosses, transformers, membranes, traces span }

// span is the range that axes must hold: of values, and of the X of series.
type span struct{ low, high, lowX, highX float64 }

// hold makes room for series; on a logarithmic axis for values above 0.
func (s *span) hold(all []Series, log bool) {
	for _, one := range all {
		for i, y := range one.Y {
			if log && y <= 0 {
				continue
			}
			if *s == (span{}) {
				s.low, s.high, s.lowX, s.highX = y, y, one.X[i], one.X[i]
			}
			s.holdValue(y)
			if one.Spread != nil {
				s.holdValue(y + one.Spread[i])
			}
			s.lowX, s.highX = min(s.lowX, one.X[i]), max(s.highX, one.X[i])
		}
	}
}

func (s *span) holdValue(y float64) {
	s.low, s.high = min(s.low, y), max(s.high, y)
}

// look returns the look of a series of the run. On a page of one run hues tell the series apart; on
// a page of several they tell the runs apart.
func (m *shown) look(kind int) *Look {
	if m.alone {
		return nil
	}
	return &Look{Hue: m.number, Dash: kind}
}

// heldOut reports whether an epoch was measured on recordings held out of the training.
func heldOut(m train.Metrics) bool { return m.HeldOut != nil }

// curves draws the losses and accuracies over the epochs, of training, recordings held out, and
// test.
func curves(all []*shown) ([]Figure, error) {
	var losses, accuracies []Series
	for _, m := range all {
		trained := Series{Name: m.label("training"), Look: m.look(1)}
		test := Series{Name: m.label("test"), Look: m.look(0)}
		right, tested := trained, test
		held := Series{Name: m.label("held out"), Look: m.look(2)}
		recognised := held
		for _, e := range m.Metrics {
			x := float64(e.Epoch)
			if n := len(e.Losses); n > 0 {
				trained.X, trained.Y = append(trained.X, x), append(trained.Y, e.Losses[n-1])
			}
			test.X, test.Y = append(test.X, x), append(test.Y, e.TestLoss)
			right.X, right.Y = append(right.X, x), append(right.Y, 100*e.Accuracy)
			tested.X, tested.Y = append(tested.X, x), append(tested.Y, 100*e.TestAccuracy)
			if h := e.HeldOut; h != nil {
				held.X, held.Y = append(held.X, x), append(held.Y, h.Loss)
				recognised.X, recognised.Y = append(recognised.X, x), append(recognised.Y,
					100*h.Accuracy)
			}
		}
		losses, accuracies = append(losses, trained, test), append(accuracies, right, tested)
		if slices.ContainsFunc(m.Metrics, heldOut) {
			losses, accuracies = append(losses, held), append(accuracies, recognised)
		}
	}
	kinds := []string{"test", "training"}
	if slices.ContainsFunc(all, func(m *shown) bool {
		return slices.ContainsFunc(m.Metrics, heldOut)
	}) {
		kinds = append(kinds, "held out")
	}
	keys := keysOf(all, kinds...)
	accuracy, err := Lines("accuracy", Axes{X: "epoch", Y: "accuracy, %", High: 100, Whole: true,
		Keys: keys}, accuracies)
	if err != nil {
		return nil, err
	}
	loss, err := Lines("loss", Axes{X: "epoch", Y: "cross-entropy of the output, nats", Log: true,
		Whole: true, Keys: keys}, losses)
	return []Figure{accuracy, loss}, err
}

// label returns the name of a series in the legend. With several runs the legend names the runs and
// the kinds of series apart, see keysOf.
func (m *shown) label(what string) string {
	if m.alone {
		return what
	}
	return ""
}

// keysOf returns the entries of a legend of several runs: their hues, and the dashes of the kinds.
func keysOf(all []*shown, kinds ...string) (keys []Series) {
	if len(all) == 1 {
		return nil
	}
	for _, m := range all {
		keys = append(keys, Series{Name: m.Name, Look: &Look{Hue: m.number}})
	}
	for i, kind := range kinds {
		keys = append(keys, Series{Name: kind, Look: &Look{Hue: inked, Dash: i}})
	}
	return keys
}

// Alone reports whether there is no other run on the page.
func (m *shown) Alone() bool { return m.alone }

// file is the name of a figure's files.
func (m *shown) file(what string) string {
	if m.alone {
		return what
	}
	return what + "-" + strings.ReplaceAll(m.Name, "/", "-")
}

// stageLosses draws the training losses of the early classifiers and the output over the epochs.
func (m *shown) stageLosses() (Figure, error) {
	a := Axes{X: "epoch", Y: "training cross-entropy, nats", Log: true, Whole: true}
	return Lines(m.file("stage-losses"), m.share(a, m.axes.stageLosses), m.stageLossSeries())
}

// share gives axes the range that all runs on the page need.
func (m *shown) share(a Axes, s span) Axes {
	a.Low, a.High, a.LowX, a.HighX = s.low, s.high, s.lowX, s.highX
	return a
}

func (m *shown) stageLossSeries() (all []Series) {
	for i := range m.Config.T {
		s := Series{Name: fmt.Sprintf("after stage %d", i+1), Look: m.look(i)}
		if i == len(m.Config.T)-1 {
			s.Name = "output"
		}
		for _, e := range m.Metrics {
			if i < len(e.Losses) {
				s.X, s.Y = append(s.X, float64(e.Epoch)), append(s.Y, e.Losses[i])
			}
		}
		all = append(all, s)
	}
	return all
}

// classAccuracies draws the accuracies of the classes, for runs whose classes are the same.
func classAccuracies(name string, all []*shown) (Figure, error) {
	var lines []Estimate
	for i := range all[0].classEstimates() {
		for k, m := range all {
			e := m.classEstimates()[i]
			e.Hue = m.number
			if k != (len(all)-1)/2 { // the name stands at the middle of its lines
				e.Name = ""
			}
			lines = append(lines, e)
		}
		if len(all) > 1 {
			none := math.NaN()
			lines = append(lines, Estimate{Middle: none, Low: none, High: none, Other: none})
		}
	}
	row := vg.Length(17)
	if len(all) > 1 {
		row = 8
	}
	return estimates(name, "recognised, %", 0, 100, lines, row, keysOf(all))
}

// sameClasses reports whether the runs were tested on the same classes.
func sameClasses(all []*shown) bool {
	return !slices.ContainsFunc(all, func(m *shown) bool {
		return !slices.EqualFunc(m.classEstimates(), all[0].classEstimates(),
			func(a, b Estimate) bool { return a.Name == b.Name })
	})
}

// classEstimates returns for each class the percentage of its recordings that is recognised, with
// Wilson's interval. A class without recordings has an empty line.
func (m *shown) classEstimates() (all []Estimate) {
	for class, row := range m.Answers.Confusion {
		n := total(row)
		if n == 0 {
			continue
		}
		low, high := Wilson(row[class], n)
		all = append(all, Estimate{
			Name:   fmt.Sprintf("%s (%d)", m.Classes[class], n),
			Middle: 100 * float64(row[class]) / float64(n), Low: 100 * low, High: 100 * high,
			Other: math.NaN(),
		})
	}
	return all
}

// transformerWeights draws d of the temporal transformers over time.
func (m *shown) transformerWeights() (Figure, error) {
	a := m.share(Axes{X: "timestep of the next stage", Y: "weight d", Whole: true},
		m.axes.transformers)
	a.Low, a.High = 0, 1.05*a.High
	return Lines(m.file("transformers"), a, m.transformerSeries())
}

func (m *shown) transformerSeries() (all []Series) {
	for i, t := range m.Transitions {
		s := Series{Name: fmt.Sprintf("stage %d to %d", t.Stage+1, t.Stage+2), Y: t.Mean,
			Spread: t.Deviation, Marks: true, Look: m.look(i)}
		for i := range t.Mean {
			s.X = append(s.X, float64(i+1))
		}
		all = append(all, s)
	}
	return all
}

// gradientNorms draws the lengths of the stages' gradients, of the whole loss and of the output's
// alone.
func gradientNorms(runs []*shown) (Figure, error) {
	var all []Series
	for _, m := range runs {
		all = append(all, m.gradientSeries()...)
	}
	return Lines("gradients", Axes{X: "stage", Y: "L2 norm of the gradient", Log: true, Whole: true,
		Keys: keysOf(runs, gradientKinds...)}, all)
}

// gradientKinds lists the kinds of series of gradients.
var gradientKinds = []string{"trained", "trained, without early", "at the start",
	"at the start, without early"}

func (m *shown) gradientSeries() (all []Series) {
	early := m.Config.Early.On
	for i, by := range [][]Gradient{m.Gradients, m.FreshGradients} {
		if by == nil {
			continue
		}
		whole := Series{Name: m.label(gradientKinds[2*i]), Marks: true, Look: m.look(2 * i)}
		output := Series{Name: m.label(gradientKinds[2*i+1]), Marks: true, Look: m.look(2*i + 1)}
		for i, g := range by {
			x := float64(i + 1)
			whole.X, whole.Y = append(whole.X, x), append(whole.Y, g.Whole)
			output.X, output.Y = append(output.X, x), append(output.Y, g.Output)
		}
		if all = append(all, whole); early {
			all = append(all, output)
		}
	}
	return all
}

// membraneHistograms draws the histogram of each stage.
func (m *shown) membraneHistograms() (Figure, error) {
	return Lines(m.file("membranes"), m.share(Axes{X: "membrane before the reset, in thresholds",
		Y: "share of neurons and timesteps, %", Log: true, Rule: 1}, m.axes.membranes),
		m.membraneSeries())
}

func (m *shown) membraneSeries() (all []Series) {
	for i, h := range m.Membranes {
		if h.All == 0 {
			continue
		}
		s := Series{Name: fmt.Sprintf("stage %d", i+1), Look: m.look(i)}
		for j, n := range h.Counts {
			s.X, s.Y = append(s.X, h.Center(j)), append(s.Y, 100*float64(n)/float64(h.All))
		}
		all = append(all, s)
	}
	return all
}

// spikes draws the spikes of some neurons at each timestep.
func (m *shown) spikes() (Figure, error) {
	return m.Traces.raster(m.file("spikes"), Look{Hue: m.number}), nil
}

// traces draws the membranes of some neurons over time.
func (m *shown) traces() (Figure, error) {
	return m.Traces.membranes(m.file("traces"), Look{Hue: m.number}, m.axes.traces.low,
		m.axes.traces.high), nil
}

func total(row []int) (n int) {
	for _, x := range row {
		n += x
	}
	return n
}

// confusion draws the matrix of the answers, with a row for each class and a column for each
// answer: the share of the class's recordings.
func (m *shown) confusion() (Figure, error) {
	h := heat{x: "answer", y: "class", columns: m.Classes, rows: m.Classes}
	for _, row := range m.Answers.Confusion {
		var cells []shaded
		for _, k := range row {
			c := shaded{share: float64(k) / float64(max(1, total(row)))}
			if k > 0 {
				c.text = fmt.Sprint(k)
			}
			cells = append(cells, c)
		}
		h.cells = append(h.cells, cells)
	}
	return h.figure(m.file("confusion")), nil
}

// rates draws the firing rates by layer and timestep, with the shades of the page.
func (m *shown) rates() (Figure, error) {
	h := heat{x: "timestep", y: "layer, " + m.RateUnit()}
	for t := range slices.Max(m.Config.T) {
		h.columns = append(h.columns, fmt.Sprint(t+1))
	}
	for _, l := range m.Layers {
		h.rows = append(h.rows, strings.TrimSuffix(l.Name, ".lif"))
		var cells []shaded
		for _, r := range l.Rates {
			cells = append(cells, shaded{m.darkness(r), m.rateText(r)})
		}
		h.cells = append(h.cells, cells)
	}
	return h.figure(m.file("rates")), nil
}

// energies draws the energies of the layers, for accumulates and multiply-accumulates.
func (m *shown) energies() (Figure, error) {
	most := 0.
	for i := range m.Synapses {
		most = max(most, m.energy(i, i+1).Joules())
	}
	size, prefix := magnitude(most)
	accumulates, multiplied := part{name: "accumulates"}, part{name: "multiply-accumulates"}
	var layers []string
	for i, s := range m.Synapses {
		layers = append(layers, layerOf(s))
		e := m.energy(i, i+1)
		accumulates.values = append(accumulates.values, e.Accumulates*accumulate/size)
		multiplied.values = append(multiplied.values, e.MultiplyAccumulates*multiplyAccumulate/size)
	}
	return bars(m.file("energy"), fmt.Sprintf("estimated energy a recording, %sJ", prefix), layers,
		[]part{accumulates, multiplied})
}
