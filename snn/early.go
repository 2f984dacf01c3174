package snn

import (
	"fmt"

	"ssnn/internal/kernel"
	"ssnn/internal/names"
)

// EarlyForm is what an early classifier is made of, before its pooling and fully connected layer.
type EarlyForm int

// The forms of early classifiers.
const (
	OneUnit  EarlyForm = iota // "unit": a convolution unit, the published form
	NoUnit                    // "plain": nothing
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
	units []*unit
	pool  *pool // may be nil
	fc    *classifier
}

// channels is the number of channels of the convolution of the early classifier of a stage's output.
func (e Early) channels(in shape) int {
	if e.Channels == 0 || e.Form == NoUnit {
		return in.c
	}
	return e.Channels
}

// pooling is the item that pools, if there is one.
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

// features is the shape of what the fully connected layer of an early classifier sees.
func (e Early) features(in shape) (shape, error) {
	s := shape{e.channels(in), in.h, in.w}
	if e.Pool < 0 {
		return shape{}, fmt.Errorf("early_pool %d, want global, none or the size of a window", e.Pool)
	}
	if it, ok := e.pooling(); ok {
		return it.out(s)
	}
	return s, nil
}

// weights is the number of weights of the convolutions of an early classifier.
func (e Early) weights(in shape) (n float64) {
	for range unitNames[e.Form] {
		n += Conv(e.channels(in)).weights(in)
		in.c = e.channels(in)
	}
	return n
}

func newEarlyClassifier(ws *workspace, name string, in shape, cfg *Config) *earlyClassifier {
	e := &earlyClassifier{}
	s := in
	for _, unit := range unitNames[cfg.Early.Form] {
		u := newUnit(ws, name+"."+unit+".%s", s, geometry{cfg.Early.channels(in), 3, 1}, cfg)
		e.units = append(e.units, u)
		s = u.conv.out
	}
	if it, ok := cfg.Early.pooling(); ok {
		e.pool = newPool(ws, name, it, s)
		s = e.pool.out.shape
	}
	e.fc = newClassifier(ws, name+".fc", s, kernel.Pad(s.c), cfg.Classes, cfg.FCBias)
	return e
}

func (e *earlyClassifier) forward(x *activation, training bool) { e.fc.forward(e.seen(x, training)) }

// seen is what the fully connected layer sees.
func (e *earlyClassifier) seen(x *activation, training bool) *activation {
	for _, u := range e.units {
		x = u.forward(x, training)
	}
	if e.pool != nil {
		x = e.pool.forward(x, training)
	}
	return x
}

// neurons yields those of the units; there may be no early classifier.
func (e *earlyClassifier) neurons(yield func(*neurons)) {
	if e == nil {
		return
	}
	for _, u := range e.units {
		u.neurons(yield)
	}
}

func (e *earlyClassifier) backward(g []float32) []float32 {
	dx := e.fc.backward(g)
	if e.pool != nil {
		dx = e.pool.backward(dx, true)
	}
	for i := len(e.units) - 1; i >= 0; i-- {
		dx = e.units[i].backward(dx, true)
	}
	return dx
}
