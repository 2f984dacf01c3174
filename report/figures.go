package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ssnn/train"
)

// shown is a run on a page, by itself or beside others.
type shown struct {
	*Measured
	alone   bool
	highest float64 // firing rate of all runs on the page
}

// heldOut says whether an epoch was measured by recordings held out of the training.
func heldOut(m train.Metrics) bool { return m.HeldOut != nil }

// curves are the losses and accuracies over the epochs, of training, recordings held out, and test.
func curves(all []*shown) ([]Figure, error) {
	var losses, accuracies []Series
	for _, m := range all {
		trained, test := Series{Name: m.label("training")}, Series{Name: m.label("test")}
		right, tested := trained, test
		held := Series{Name: m.label("held out")}
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
	accuracy, err := Lines("accuracy", Axes{X: "epoch", Y: "accuracy, %", High: 100, Whole: true},
		accuracies)
	if err != nil {
		return nil, err
	}
	loss, err := Lines("loss", Axes{X: "epoch", Y: "cross-entropy of the output, nats", Log: true,
		Whole: true}, losses)
	return []Figure{accuracy, loss}, err
}

// label is what, and of which run where there are several.
func (m *shown) label(what string) string {
	if m.alone {
		return what
	}
	return m.Name + ", " + what
}

// Alone says that there is no other run on the page.
func (m *shown) Alone() bool { return m.alone }

// file is the name of a figure's files.
func (m *shown) file(what string) string {
	if m.alone {
		return what
	}
	return what + "-" + strings.ReplaceAll(m.Name, "/", "-")
}

// stageLosses are the training losses of the early classifiers and the output over the epochs.
func (m *shown) stageLosses() (Figure, error) {
	var all []Series
	for i := range m.Config.T {
		s := Series{Name: fmt.Sprintf("after stage %d", i+1)}
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
	return Lines(m.file("stage-losses"), Axes{X: "epoch", Y: "training cross-entropy, nats",
		Log: true, Whole: true}, all)
}

// classAccuracies are the accuracies of the classes.
func (m *shown) classAccuracies() (Figure, error) {
	return Estimates(m.file("classes"), "recognised, %", 0, 100, m.classEstimates())
}

// classEstimates are the percentages of the classes' recordings that are recognised, with Wilson's
// intervals. Classes without recordings have none.
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

// transformerWeights are d of the temporal transformers over time.
func (m *shown) transformerWeights() (Figure, error) {
	var all []Series
	high := 0.
	for _, t := range m.Transitions {
		s := Series{Name: fmt.Sprintf("stage %d to %d", t.Stage+1, t.Stage+2), Y: t.Mean,
			Spread: t.Deviation, Marks: true}
		for i := range t.Mean {
			s.X = append(s.X, float64(i+1))
			high = max(high, 1.05*(t.Mean[i]+t.Deviation[i]))
		}
		all = append(all, s)
	}
	return Lines(m.file("transformers"), Axes{X: "timestep of the next stage", Y: "weight d",
		High: high, Whole: true}, all)
}

// gradientNorms are those of the stages, of the whole loss and of the output's alone.
func (m *shown) gradientNorms() (Figure, error) {
	early := m.Config.Early.On
	var all []Series
	for _, when := range []struct {
		name string
		by   []Gradient
	}{{"trained", m.Gradients}, {"at the start", m.FreshGradients}} {
		if when.by == nil {
			continue
		}
		whole, output := Series{Name: when.name, Marks: true}, Series{Name: when.name +
			", without early", Marks: true}
		for i, g := range when.by {
			x := float64(i + 1)
			whole.X, whole.Y = append(whole.X, x), append(whole.Y, g.Whole)
			output.X, output.Y = append(output.X, x), append(output.Y, g.Output)
		}
		if all = append(all, whole); early {
			all = append(all, output)
		}
	}
	return Lines(m.file("gradients"), Axes{X: "stage", Y: "L2 norm of the gradient", Log: true,
		Whole: true}, all)
}

// membraneHistograms are those of the stages.
func (m *shown) membraneHistograms() (Figure, error) {
	var all []Series
	for i, h := range m.Membranes {
		if h.All == 0 {
			continue
		}
		s := Series{Name: fmt.Sprintf("stage %d", i+1)}
		for j, n := range h.Counts {
			s.X, s.Y = append(s.X, h.Center(j)), append(s.Y, 100*float64(n)/float64(h.All))
		}
		all = append(all, s)
	}
	return Lines(m.file("membranes"), Axes{X: "membrane before the reset, in thresholds",
		Y: "share of neurons and timesteps, %", Log: true, Rule: 1}, all)
}

func total(row []int) (n int) {
	for _, x := range row {
		n += x
	}
	return n
}

// confusion is the matrix of the answers, class by row, answer by column: the share of a class's
// recordings.
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

// rates are the firing rates by layer and timestep, with the shades of the page.
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

// energies are those of the layers, of accumulates and multiply-accumulates.
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
