package train

import (
	"fmt"

	"ssnn/dataset"
	"ssnn/internal/limits"
)

// Targets say which answer of K classes a classifier should give, and how much a sample counts:
//
//	y     = (1-LabelSmoothing) * label + LabelSmoothing/K
//	CE(o) = mean over the batch of -sum over the classes c of w[c] * y[c] * log softmax(o)[c]
//
// The label is 1 for the sample's class; that of a mixture has the shares of its two classes. Label
// smoothing is that of Szegedy et al., "Rethinking the Inception architecture for computer vision"
// (CVPR 2016, arXiv 1512.00567, section 7). Weights count as in PyTorch's CrossEntropyLoss with the
// shares of classes as its target, except that the mean is over the batch's samples: the gradient
// of a sample does not depend on the others in its batch.
//
// Tests measure the plain cross-entropy, whatever the targets of training are.
type Targets struct {
	LabelSmoothing float64      `toml:"label_smoothing"` // 0 to below 1
	ClassWeights   ClassWeights `toml:"class_weights"`   // how much each class counts

	weights []float64 // w of each class; nil stands for all 1
	guess   float64   // mean over the samples of the sum of w[c]*y[c]; 0 stands for 1
}

// ClassWeights are the weights w of the classes in the loss. The zero ClassWeights are all 1.
type ClassWeights struct {
	// Balanced stands for w[c] = n/(K*n[c]), with n[c] the number of training samples of class c, n
	// that of all of them and K that of the classes that have any: each class counts as much as the
	// others, and the mean over the samples is 1. It is scikit-learn's class_weight="balanced",
	// after King and Zeng, "Logistic regression in rare events data" (Political Analysis 9, 2001).
	Balanced bool
	ByClass  []float64 // one for each class, or nil
}

// UnmarshalTOML reads "none", "balanced" or a list of numbers.
func (w *ClassWeights) UnmarshalTOML(v any) error {
	*w = ClassWeights{}
	switch v := v.(type) {
	case string:
		switch v {
		case "none":
			return nil
		case "balanced":
			w.Balanced = true
			return nil
		}
		return fmt.Errorf("train.class_weights is %q, want none, balanced or a list of numbers", v)
	case []any:
		w.ByClass = []float64{}
		for _, x := range v {
			switch x := x.(type) {
			case float64:
				w.ByClass = append(w.ByClass, x)
			case int64:
				w.ByClass = append(w.ByClass, float64(x))
			default:
				return fmt.Errorf("train.class_weights has %v in its list, want numbers", x)
			}
		}
		return nil
	}
	return fmt.Errorf("train.class_weights is %v, want none, balanced or a list of numbers", v)
}

// MarshalTOML writes what UnmarshalTOML reads.
func (w ClassWeights) MarshalTOML() ([]byte, error) {
	switch {
	case w.Balanced:
		return []byte(`"balanced"`), nil
	case w.ByClass == nil:
		return []byte(`"none"`), nil
	}
	text := []byte("[")
	for i, x := range w.ByClass {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = fmt.Append(text, x)
	}
	return append(text, ']'), nil
}

// Check returns an error if the weights are listed and are not one for each of the given number of
// classes.
func (w ClassWeights) Check(classes int) error {
	if w.ByClass != nil && len(w.ByClass) != classes {
		return fmt.Errorf("train.class_weights has %d numbers, want %d, one for each class",
			len(w.ByClass), classes)
	}
	return nil
}

// of returns the weights of classes that have so many samples each.
func (w ClassWeights) of(counts []int) []float64 {
	if !w.Balanced {
		return w.ByClass
	}
	n, K := 0, 0
	for _, m := range counts {
		if n += m; m > 0 {
			K++
		}
	}
	all := make([]float64, len(counts))
	for c, m := range counts {
		if m > 0 {
			all[c] = float64(n) / float64(K*m)
		}
	}
	return all
}

func (t Targets) validate() error {
	if t.ClassWeights.ByClass != nil {
		sum := 0.
		for _, w := range t.ClassWeights.ByClass {
			if err := limits.Real("train.class_weights", w, 0, 1e6); err != nil {
				return err
			}
			sum += w
		}
		if sum == 0 {
			return fmt.Errorf("train.class_weights has no number above 0, want one at least")
		}
	}
	return limits.Below1("train.label_smoothing", t.LabelSmoothing)
}

// plain reports whether the labels are the targets and all weights are 1.
func (t Targets) plain() bool {
	return t.LabelSmoothing == 0 && !t.ClassWeights.Balanced && t.ClassWeights.ByClass == nil
}

// Weigh returns the targets for training samples of which there are so many of each class.
func (t Targets) Weigh(counts []int) Targets {
	if t.plain() {
		return t
	}
	t.weights = t.ClassWeights.of(counts)
	n := 0
	t.guess = 0
	for class, m := range counts {
		if m == 0 {
			continue
		}
		n += m
		for c := range counts {
			y := t.target(dataset.Label{Class: class}, c, len(counts))
			t.guess += float64(m) * y
		}
	}
	t.guess /= float64(max(1, n))
	return t
}

// target returns w[c]*y[c] for a sample.
func (t Targets) target(label dataset.Label, c, K int) float64 {
	y := t.LabelSmoothing / float64(K)
	if c == label.Class {
		y += (1 - t.LabelSmoothing) * (1 - label.Share)
	}
	if c == label.Other {
		y += (1 - t.LabelSmoothing) * label.Share
	}
	if t.weights != nil {
		y *= t.weights[c]
	}
	return y
}

// crossEntropy returns the cross-entropy of logits [B][K] to the targets, and writes weight times
// its gradient to grad [B][K]:
//
//	d CE/d o[k] = (softmax(o)[k] * sum over c of w[c]*y[c] - w[k]*y[k]) / B
func (t Targets) crossEntropy(grad, logits []float32, labels []dataset.Label,
	weight float64) float64 {

	if t.plain() {
		return CrossEntropy(grad, logits, labels, weight)
	}
	K := len(logits) / len(labels)
	scale := weight / float64(len(labels))
	var sum float64
	for b, label := range labels {
		row := logits[b*K : (b+1)*K]
		p := newSoftmax(row, 1)
		var all float64
		for c := range row {
			if y := t.target(label, c, K); y > 0 {
				all += y
				sum -= y * p.log(c)
			}
		}
		for c := range row {
			grad[b*K+c] = float32(scale * (all*p.share(c) - t.target(label, c, K)))
		}
	}
	return sum / float64(len(labels))
}
