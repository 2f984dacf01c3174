package snn

import (
	"fmt"

	"ssnn/internal/kernel"
	"ssnn/internal/names"
)

// EarlyForm is the form of an early classifier: its layers before the pooling.
type EarlyForm int

// The forms of early classifiers.
const (
	OneUnit  EarlyForm = iota // "unit": a convolution unit, the published form
	NoUnit                    // "plain": no layers
	TwoUnits                  // "deep": two convolution units
)

var earlyForms = names.Of[EarlyForm]{Key: "early_form", Words: []string{"unit", "plain", "deep"}}

// MarshalText writes "unit", "plain" or "deep".
func (f EarlyForm) MarshalText() ([]byte, error) { return earlyForms.Text(f) }

// UnmarshalText reads what MarshalText writes.
func (f *EarlyForm) UnmarshalText(b []byte) error { return earlyForms.Parse(f, b) }

// unitNames are the names of the units of each form.
var unitNames = [...][]string{{"unit"}, nil, {"unit", "unit2"}}

// earlyClassifier is up to two convolution units, pooling and a classifier.
type earlyClassifier struct {
	layers   []layer
	features shape // shape of the fully connected layer's input
	fc       *classifier
}

// channels is the number of channels of the convolutions in the early classifier of a stage whose
// output has the shape in.
func (e Early) channels(in shape) int {
	if e.Channels == 0 || e.Form == NoUnit {
		return in.c
	}
	return e.Channels
}

// pooling returns the item that pools; ok is false if there is none.
func (e Early) pooling() (it Item, ok bool) {
	switch e.Pool {
	case PoolNone:
		return Item{}, false
	case PoolGlobal:
		return GlobalPool(), true
	default:
		return AvgPool(int(e.Pool)), true
	}
}

// newEarlyClassifier makes the early classifier behind stage i, whose images have the shape in.
func newEarlyClassifier(ws *workspace, cfg *Config, i int, in shape) *earlyClassifier {
	nodes, err := cfg.earlyNodes(i, in)
	if err != nil {
		panic(err) // a configuration that was validated has none
	}
	s := lastShape(nodes, in)
	e := &earlyClassifier{layers: newLayers(ws, cfg, nodes), features: s}
	e.fc = newClassifier(ws, fmt.Sprintf("early.%d.fc", i), s, kernel.Pad(s.c), cfg.Classes,
		cfg.FCBias)
	return e
}

func (e *earlyClassifier) forward(p pass, x *activation) { e.fc.forward(p, e.seen(p, x)) }

// seen runs the layers on x and returns the input of the fully connected layer.
func (e *earlyClassifier) seen(p pass, x *activation) *activation {
	for _, l := range e.layers {
		x = l.forward(p, x)
	}
	return x
}

// neurons yields the neurons of the units. e may be nil.
func (e *earlyClassifier) neurons(yield func(*neurons)) {
	if e == nil {
		return
	}
	for _, l := range e.layers {
		l.neurons(yield)
	}
}

func (e *earlyClassifier) backward(p pass, g []float32) []float32 {
	dx := e.fc.backward(p, g)
	for i := len(e.layers) - 1; i >= 0; i-- {
		dx = e.layers[i].backward(p, dx, true)
	}
	return dx
}
