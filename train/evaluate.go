package train

import (
	"context"

	"ssnn/snn"
)

// Evaluation is what a network makes of a set of samples.
type Evaluation struct {
	Samples  int     `json:"samples"`
	Accuracy float64 `json:"accuracy"` // share of the samples that are recognised
	// Balanced is the mean over the classes that occur of the share of their samples that is
	// recognised.
	Balanced  float64 `json:"balanced_accuracy"`
	Loss      float64 `json:"loss"`      // mean cross-entropy
	Confusion [][]int `json:"confusion"` // [class][answer] samples
	Answers   []int   `json:"-"`         // the class that the network took each sample for
}

// Evaluate runs all samples in evaluation mode, batch of them at a time. The error is that of their
// frames, or the context's, where that ends between two batches.
func Evaluate(ctx context.Context, net *snn.Network, s Samples, batch int) (Evaluation, error) {
	cfg := net.Config()
	var loss float64
	var labels, answers []int
	var b buffer
	order := make([]int, s.Len())
	for i := range order {
		order[i] = i
	}
	for from := 0; from < s.Len(); from += batch {
		if err := ctx.Err(); err != nil {
			return Evaluation{}, err
		}
		which := order[from:min(from+batch, s.Len())]
		if err := b.fill(net, s, which, nil); err != nil {
			return Evaluation{}, err
		}
		out := net.Forward(b.frames, len(which), false)
		loss += CrossEntropy(nil, out.Logits, b.labels, 1) * float64(len(which))
		for i, label := range b.labels {
			labels = append(labels, label.Class)
			answers = append(answers, snn.Argmax(out.Logits[i*cfg.Classes:(i+1)*cfg.Classes]))
		}
	}
	return Evaluated(labels, answers, cfg.Classes, loss/float64(max(1, s.Len()))), nil
}

// Evaluated is the evaluation that the answers to samples of some labels come to, with a mean loss.
func Evaluated(labels, answers []int, classes int, loss float64) Evaluation {
	e := Evaluation{Samples: len(labels), Loss: loss, Confusion: make([][]int, classes),
		Answers: answers}
	for i := range e.Confusion {
		e.Confusion[i] = make([]int, classes)
	}
	for i, label := range labels {
		e.Confusion[label][answers[i]]++
	}
	e.shares()
	return e
}

// Hits is how many samples were recognised.
func (e *Evaluation) Hits() (n int) {
	for class, row := range e.Confusion {
		n += row[class]
	}
	return n
}

// shares makes the accuracies from the confusion matrix.
func (e *Evaluation) shares() {
	classes := 0
	var sum float64
	for class, row := range e.Confusion {
		n := 0
		for _, m := range row {
			n += m
		}
		if n == 0 {
			continue
		}
		classes++
		sum += float64(row[class]) / float64(n)
	}
	e.Accuracy = float64(e.Hits()) / float64(max(1, e.Samples))
	e.Balanced = sum / float64(max(1, classes))
}
