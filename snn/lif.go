package snn

import (
	"fmt"

	"ssnn/internal/kernel"
	"ssnn/internal/limits"
	"ssnn/internal/names"
)

// LIF is a layer of leaky integrate-and-fire neurons. At each timestep t it turns the input current
// I[t] into a synaptic current c[t], a membrane u[t] and a spike s[t]. With c[-1] = 0 and w[-1] = 0
//
//	c[t] = Synapse*c[t-1] + I[t]
//	u[t] = Tau*w[t-1] + c[t]
//	s[t] = 1 if u[t] >= Threshold, else 0
//	w[t] = u[t]*(1 - s[t]) (hard reset) or u[t] - ResetAmount*s[t] (soft)
type LIF struct {
	// Synapse is the share of a synaptic current that survives a timestep, 0 to below 1. With 0 no
	// current survives; with more a neuron is a current-based LIF (NIR's CubaLIF, snnTorch's
	// Synaptic).
	Synapse float64 `json:"synapse,omitzero" toml:"synapse"`
	// Tau is the share of the membrane that survives a timestep, 0 to 1.
	Tau float64 `json:"tau" toml:"tau"`
	// TimeConstant, in timesteps, is another way to set Tau, as in SpikingJelly. 0 stands for Tau;
	// from 1 on the share is 1 - 1/TimeConstant, and Tau is ignored.
	TimeConstant float64 `json:"time_constant,omitzero" toml:"time_constant"`
	// DecayInput scales the current by 1 - Tau, which is 1/TimeConstant.
	DecayInput bool    `json:"decay_input,omitzero" toml:"decay_input"`
	Threshold  float64 `json:"v_th" toml:"v_th"`   // membrane at which a neuron spikes
	Reset      Reset   `json:"reset" toml:"reset"` // hard or soft
	// ResetAmount is the amount that a soft reset subtracts from the membrane; 0 stands for the
	// threshold.
	ResetAmount float64 `json:"reset_amount,omitzero" toml:"reset_amount"`
	// DetachReset makes backward treat the spike of the reset as a constant.
	DetachReset bool      `json:"detach_reset" toml:"detach_reset"`
	Surrogate   Surrogate `json:"surrogate" toml:"surrogate"` // slope of a spike in backward
	// Alpha is the width or steepness of the surrogate; 0 stands for the usual one of its kind.
	Alpha float64 `json:"alpha" toml:"alpha"`
}

// DefaultLIF is the neuron of the reference: tau 0.25, threshold 1, hard reset, detached,
// rectangular surrogate of width 1.
func DefaultLIF() LIF {
	return LIF{Tau: 0.25, Threshold: 1, DetachReset: true, Surrogate: Rectangle}
}

// Reset is the change of the membrane at a spike.
type Reset int

// The resets.
const (
	Hard Reset = iota // the membrane becomes 0
	Soft              // the membrane falls by the threshold, or by ResetAmount
)

var resets = names.Of[Reset]{Key: "reset", Words: []string{"hard", "soft"}}

// MarshalText writes "hard" or "soft".
func (r Reset) MarshalText() ([]byte, error) { return resets.Text(r) }

// UnmarshalText reads "hard" or "soft".
func (r *Reset) UnmarshalText(b []byte) error { return resets.Parse(r, b) }

// Surrogate is the shape of the slope that stands in for the derivative of the spike, at x = u -
// Threshold with a = Alpha.
type Surrogate int

// The surrogates, each with its word, its usual Alpha and its slope.
const (
	Rectangle Surrogate = iota // "rect", 1: 1/a where |x| < a/2, else 0
	Triangle                   // "tri", 1: max(0, a-|x|) / a^2
	Sigmoid                    // "sigmoid", 4: a*y*(1-y), y = 1/(1+exp(-a*x))
	Arctan                     // "atan", 2: (a/2) / (1 + (pi/2*a*x)^2)
)

var (
	surrogates = names.Of[Surrogate]{
		Key: "surrogate", Words: []string{"rect", "tri", "sigmoid", "atan"},
	}
	usualAlpha   = [...]float64{1, 1, 4, 2}
	kernelSlopes = [...]kernel.Surrogate{
		kernel.Rectangle, kernel.Triangle, kernel.Sigmoid, kernel.Arctan,
	}
)

// MarshalText writes "rect", "tri", "sigmoid" or "atan".
func (s Surrogate) MarshalText() ([]byte, error) { return surrogates.Text(s) }

// UnmarshalText reads what MarshalText writes.
func (s *Surrogate) UnmarshalText(b []byte) error { return surrogates.Parse(s, b) }

// leak is the share of the membrane that survives a timestep.
func (l LIF) leak() float64 {
	if l.TimeConstant != 0 {
		return 1 - 1/l.TimeConstant
	}
	return l.Tau
}

// inputScale is the factor of the current.
func (l LIF) inputScale() float32 {
	if l.DecayInput {
		return float32(1 - l.leak())
	}
	return 1
}

// amount is the amount that a soft reset subtracts from the membrane.
func (l LIF) amount(threshold float32) float32 {
	if l.ResetAmount == 0 {
		return threshold
	}
	return float32(l.ResetAmount)
}

// kernel is the neuron as the fast kernels take it, without synaptic currents.
func (l LIF) kernel() kernel.Neuron {
	alpha := l.Alpha
	if alpha == 0 {
		alpha = usualAlpha[l.Surrogate]
	}
	threshold := float32(l.Threshold)
	return kernel.Neuron{
		Tau: float32(l.leak()), Threshold: threshold, Amount: l.amount(threshold),
		Soft: l.Reset == Soft, Attached: !l.DetachReset,
		Surrogate: kernelSlopes[l.Surrogate], Alpha: float32(alpha),
	}
}

func (l LIF) validate() error {
	switch {
	case l.TimeConstant != 0 && !(l.TimeConstant >= 1 && l.TimeConstant <= 1e9):
		return fmt.Errorf("time_constant %v, want 1 to 1e9 timesteps, or 0 for tau", l.TimeConstant)
	case !(l.Tau >= 0 && l.Tau <= 1):
		return fmt.Errorf("tau %v, want 0 to 1", l.Tau)
	case !(l.Synapse >= 0 && l.Synapse < 1):
		return fmt.Errorf("synapse %v, want 0 to below 1", l.Synapse)
	case l.ResetAmount != 0 && l.Reset != Soft:
		return fmt.Errorf("reset_amount %v with reset hard, want reset soft", l.ResetAmount)
	case l.DecayInput && float32(l.leak()) == 1:
		return fmt.Errorf("decay_input with tau %v leaves no input, want tau below 1", l.leak())
	}
	return limits.First(
		limits.Real("v_th", l.Threshold, 1e-9, 1e9),
		limits.RealOr0("reset_amount", l.ResetAmount, 1e-9, 1e9),
		limits.RealOr0("alpha", l.Alpha, 1e-6, 1e6),
	)
}
