package snn

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ssnn/internal/names"
)

// LayerNeurons has the settings in which the neurons of one layer differ from those of the network.
// As text it is the layer's name and keys of LIF: "stages.0.1.lif tau=0.9 v_th=1.2". All other
// settings are those of the network.
type LayerNeurons struct {
	Layer string // like "stages.0.1.lif"
	own   []ownValue
}

type ownValue struct{ key, value string }

// ownKeys are the keys of LIF that a layer can set for itself.
var ownKeys = []string{"synapse", "tau", "decay_input", "v_th", "reset", "reset_amount"}

// value returns the value of one of ownKeys, as text.
func (l LIF) value(key string) string {
	real := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	switch key {
	case "synapse":
		return real(l.Synapse)
	case "tau":
		return real(l.leak())
	case "decay_input":
		return strconv.FormatBool(l.DecayInput)
	case "v_th":
		return real(l.Threshold)
	case "reset":
		return resets.Words[l.Reset]
	default:
		return real(l.ResetAmount)
	}
}

// set sets the value of one of ownKeys from its text.
func (l *LIF) set(key, value string) (err error) {
	real := func(to *float64) { *to, err = strconv.ParseFloat(value, 64) }
	switch key {
	case "synapse":
		real(&l.Synapse)
	case "tau":
		l.TimeConstant = 0
		real(&l.Tau)
	case "decay_input":
		l.DecayInput, err = strconv.ParseBool(value)
	case "v_th":
		real(&l.Threshold)
	case "reset":
		return l.Reset.UnmarshalText([]byte(value))
	case "reset_amount":
		real(&l.ResetAmount)
	default:
		return fmt.Errorf("key %q, want %s", key, names.List(ownKeys))
	}
	if err != nil {
		return fmt.Errorf("%s=%s, want a value like %s", key, value, DefaultLIF().value(key))
	}
	return nil
}

// NeuronsOf says how the neurons of a layer differ from those of the network; ok is false if they
// do not differ. Surrogate and DetachReset are always those of the network.
func NeuronsOf(layer string, own, network LIF) (n LayerNeurons, ok bool) {
	n.Layer = layer
	for _, key := range ownKeys {
		if v := own.value(key); v != network.value(key) {
			n.own = append(n.own, ownValue{key, v})
		}
	}
	return n, len(n.own) > 0
}

// apply sets in l the layer's own values.
func (n LayerNeurons) apply(l *LIF) error {
	for _, o := range n.own {
		if err := l.set(o.key, o.value); err != nil {
			return err
		}
	}
	return nil
}

// MarshalText writes "stages.0.1.lif tau=0.9 v_th=1.2".
func (n LayerNeurons) MarshalText() ([]byte, error) {
	text := n.Layer
	for _, o := range n.own {
		text += " " + o.key + "=" + o.value
	}
	return []byte(text), nil
}

// UnmarshalText reads what MarshalText writes.
func (n *LayerNeurons) UnmarshalText(b []byte) error {
	words := strings.Fields(string(b))
	if len(words) < 2 {
		return fmt.Errorf("layers: %q, want a layer and its values, like %q", b,
			"stages.0.1.lif tau=0.9")
	}
	*n = LayerNeurons{Layer: words[0]}
	for _, w := range words[1:] {
		key, value, ok := strings.Cut(w, "=")
		if !ok {
			return fmt.Errorf("layers: %q of %q, want KEY=VALUE", w, b)
		}
		n.own = append(n.own, ownValue{key, value})
	}
	if err := n.apply(new(LIF)); err != nil {
		return fmt.Errorf("layers: %q: %w", b, err)
	}
	return nil
}

// NeuronNames returns the names of the layers of neurons of all stages, in their order.
// Config.Layers may name these.
func (c Config) NeuronNames() (all []string) {
	entry := shape{max(c.InChannels, 1), max(c.Height, 1), max(c.Width, 1)}
	d := drawing{cfg: &Config{T: make([]int, len(c.Stages))}, entry: entry, at: Frames}
	for i, items := range c.Stages {
		for j, it := range items {
			if it.check() == nil {
				d.draw(i, j, it) // whether it fits the image does not matter
			}
		}
	}
	for _, n := range d.nodes {
		if n.Op == OpNeuron {
			all = append(all, n.Name)
		}
	}
	return all
}

// validateLayers says what is wrong with the settings of single layers.
func (c Config) validateLayers() error {
	if len(c.Layers) == 0 {
		return nil
	}
	all := c.NeuronNames()
	for i, n := range c.Layers {
		if !slices.Contains(all, n.Layer) {
			return fmt.Errorf("layers: no layer of neurons %q, want one of %s", n.Layer,
				names.List(all))
		}
		if slices.ContainsFunc(c.Layers[:i], func(o LayerNeurons) bool {
			return o.Layer == n.Layer
		}) {
			return fmt.Errorf("layers: %s stands twice, want one entry for each layer", n.Layer)
		}
		own := c
		if err := n.apply(&own.LIF); err != nil {
			return fmt.Errorf("layers: %s: %w", n.Layer, err)
		}
		if err := own.validateNeuron(); err != nil {
			return fmt.Errorf("layers: %s: %w", n.Layer, err)
		}
	}
	return nil
}
