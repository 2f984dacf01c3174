package train

import (
	"context"

	"ssnn/internal/collective"
	"ssnn/snn"
)

// Evaluation is the result of testing a network on a set of samples.
type Evaluation struct {
	Samples  int     `json:"samples"`  // number of samples
	Accuracy float64 `json:"accuracy"` // share of the samples that are recognised, 0 to 1
	// Balanced is the mean over the classes that occur of the share of their samples that is
	// recognised.
	Balanced  float64 `json:"balanced_accuracy"`
	Loss      float64 `json:"loss"`      // mean cross-entropy
	Confusion [][]int `json:"confusion"` // [class][answer] samples
	Answers   []int   `json:"-"`         // [samples] class that the network answered
}

// Evaluate tests the network on all samples in evaluation mode, in batches of at most batch
// samples. It is an error if frames cannot be made, and the context's error is returned if it ends
// between two batches. The members of the network's group divide the samples among them, and all
// return the evaluation on all samples.
func Evaluate(ctx context.Context, net *snn.Network, s Samples, batch int) (Evaluation, error) {
	classes := net.Config().Classes
	logits, err := answersTo(ctx, net, s, batch)
	if err != nil {
		return Evaluation{}, err
	}
	var loss float64
	var labels, answers []int
	var b buffer
	order := countTo(s.Len())
	for from := 0; from < s.Len(); from += batch {
		which := order[from:min(from+batch, s.Len())]
		b.label(s, which, nil)
		own := logits[from*classes:][:len(which)*classes]
		loss += CrossEntropy(nil, own, b.labels, 1) * float64(len(which))
		for i, label := range b.labels {
			labels = append(labels, label.Class)
			answers = append(answers, snn.Argmax(own[i*classes:(i+1)*classes]))
		}
	}
	return Evaluated(labels, answers, classes, loss/float64(max(1, s.Len()))), nil
}

// answersTo returns the logits [samples][K] of all samples. Each member of the group runs its share
// of them.
func answersTo(ctx context.Context, net *snn.Network, s Samples, batch int) ([]float32, error) {
	g := net.Group()
	bound := func(rank int) int { return rank * s.Len() / g.Size() }
	lengths, most := make([]int, g.Size()), 0
	for rank := range lengths {
		n := bound(rank+1) - bound(rank)
		lengths[rank], most = n*net.Config().Classes, max(most, n)
	}
	var b buffer
	var logits []float32
	own := countTo(s.Len())[bound(g.Rank()):bound(g.Rank()+1)]
	for range (most + batch - 1) / batch { // the same number of times in all members
		which := own[:min(batch, len(own))]
		own = own[len(which):]
		err := ctx.Err()
		if err == nil {
			err = b.fill(net, s, which, nil)
		}
		if err := collective.Agree(g, err); err != nil {
			return nil, err
		}
		if len(which) > 0 {
			logits = append(logits, net.Forward(b.frames, len(which), false).Logits...)
		}
	}
	return collective.Gather(g, logits, lengths)
}

// countTo returns the numbers 0 to n-1.
func countTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Evaluated returns the evaluation of answers to samples with these labels, with this mean loss.
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

// Hits returns the number of samples that were recognised.
func (e *Evaluation) Hits() (n int) {
	for class, row := range e.Confusion {
		n += row[class]
	}
	return n
}

// shares computes the accuracies from the confusion matrix.
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
