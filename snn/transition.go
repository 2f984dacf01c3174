package snn

// Transition is what stands between two stages.
type Transition int

// The transitions.
const (
	Softmax  Transition = iota // "softmax": the temporal transformer
	Identity                   // "identity": the spikes pass unchanged, as in a plain network
)

var transitions = names[Transition]{"transition", []string{"softmax", "identity"}}

// MarshalText writes "softmax" or "identity".
func (t Transition) MarshalText() ([]byte, error) { return transitions.text(t) }

// UnmarshalText reads what MarshalText writes.
func (t *Transition) UnmarshalText(b []byte) error { return transitions.parse(t, b) }
