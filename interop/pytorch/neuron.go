package pytorch

import (
	"fmt"
	"math"
	"strings"

	"ssnn/snn"
)

// SpikingJelly says a neuron of spikingjelly.activation_based.neuron in its words. With 1/tau, or of ParametricLIFNode what is learned,
//
//	v = v + (x - (v - v_reset))/tau, with decay_input; else v = v - (v - v_reset)/tau + x
//	s = 1 where v >= v_threshold; then v = v_reset, or with v_reset "none" v = v - v_threshold
//
// which begins at v_reset and so is, in w = v - v_reset, a reset to 0 and the threshold v_threshold - v_reset.
type SpikingJelly struct {
	Node       string   `toml:"node"`        // LIFNode (the default), IFNode or ParametricLIFNode
	Tau        *float64 `toml:"tau"`         // of LIFNode
	DecayInput *bool    `toml:"decay_input"` // default true, as there
	Threshold  *float64 `toml:"v_threshold"` // default 1.0, as there
	Reset      any      `toml:"v_reset"`     // default 0.0, as there; "none" is the soft reset
}

// apply makes the neurons of a configuration the same.
func (s *SpikingJelly) apply(cfg *snn.Config) error {
	reset, soft := 0.0, false
	switch v := s.Reset.(type) {
	case nil:
	case float64:
		reset = v
	case int64:
		reset = float64(v)
	case string:
		soft = strings.EqualFold(v, "none")
		if !soft {
			return fmt.Errorf(`spikingjelly.v_reset %q, want a number or "none"`, v)
		}
	default:
		return fmt.Errorf(`spikingjelly.v_reset %v, want a number or "none"`, v)
	}
	threshold := 1.0
	if s.Threshold != nil {
		threshold = *s.Threshold
	}
	cfg.Threshold, cfg.LIF.Reset = threshold-reset, snn.Hard
	if soft {
		cfg.LIF.Reset = snn.Soft
	}
	cfg.Neuron, cfg.DecayInput = snn.Plain, s.DecayInput == nil || *s.DecayInput
	switch s.Node {
	case "LIFNode", "":
		if s.Tau == nil || !(*s.Tau > 1) {
			return fmt.Errorf("spikingjelly.tau is missing or not above 1: the checkpoint does not say it")
		}
		cfg.TimeConstant = *s.Tau
	case "IFNode":
		if s.Tau != nil || s.DecayInput != nil {
			return fmt.Errorf("spikingjelly.tau or decay_input with node IFNode, which has neither")
		}
		cfg.TimeConstant, cfg.Tau, cfg.DecayInput = 0, 1, false
	case "ParametricLIFNode":
		if s.Tau != nil {
			return fmt.Errorf("spikingjelly.tau with node ParametricLIFNode, whose checkpoint says it")
		}
		cfg.Neuron, cfg.TimeConstant = snn.Parametric, 2 // until its w is read
	default:
		return fmt.Errorf("spikingjelly.node %q, want LIFNode, IFNode or ParametricLIFNode", s.Node)
	}
	return nil
}

// SnnTorch says a neuron of snntorch.Leaky in its words. What its checkpoint says, as buffers of the layers, need not be said; where both
// do, they must agree.
//
//	u[t] = beta*u[t-1] + x[t] - s[t-1]*threshold (subtract), or beta*u[t-1]*(1 - s[t-1]) + x[t] (zero)
//	s[t] = 1 where u[t] > threshold
//
// The reset of the spike comes with the next timestep, unless reset_delay is false. To zero that makes no difference. Of subtract it does: as
// ours takes away the threshold before the leak, only that of beta 1 is the same, and any other is refused.
type SnnTorch struct {
	Beta      *float64 `toml:"beta"`
	Threshold *float64 `toml:"threshold"`
	Reset     string   `toml:"reset_mechanism"` // "zero" or "subtract"
	Delay     *bool    `toml:"reset_delay"`     // default true, as there
}

// buffers are what a layer of snnTorch keeps beside weights.
var buffers = map[string]bool{"beta": true, "threshold": true, "graded_spikes_factor": true, "reset_mechanism_val": true, "mem": true}

// isBuffer says whether a tensor of a checkpoint is such a buffer: another of its layer says how it resets.
func (s *State) isBuffer(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	_, leaky := s.tensors[name[:dot+1]+"reset_mechanism_val"]
	return leaky && buffers[name[dot+1:]]
}

// complete takes over what the buffers say, which must be one value for all layers.
func (s *SnnTorch) complete(state *State) error {
	factor := 1.0
	var reset *float64
	for _, b := range []struct {
		part string
		to   **float64
	}{{"beta", &s.Beta}, {"threshold", &s.Threshold}, {"reset_mechanism_val", &reset}} {
		if err := state.buffer(b.part, b.to); err != nil {
			return err
		}
	}
	one := &factor
	if err := state.buffer("graded_spikes_factor", &one); err != nil {
		return err
	}
	if reset == nil {
		return nil
	}
	word := map[float64]string{0: "subtract", 1: "zero", 2: "none"}[*reset]
	if s.Reset != "" && s.Reset != word {
		return fmt.Errorf("snntorch.reset_mechanism %q, but the checkpoint says %q", s.Reset, word)
	}
	s.Reset = word
	return nil
}

// buffer reads the buffers of a name, which must be equal to each other, and to what is said already.
func (s *State) buffer(part string, to **float64) error {
	for _, name := range s.Names {
		if !s.isBuffer(name) || !strings.HasSuffix(name, "."+part) && name != part {
			continue
		}
		values, err := s.tensors[name].Float32s()
		if err != nil {
			return err
		}
		for _, v := range values {
			if *to == nil {
				value := float64(v)
				*to = &value
			}
			if float32(**to) != v {
				return fmt.Errorf("%s is %v, want %v as said or as in other layers: the neurons of a network are all the same here", name, v, **to)
			}
		}
	}
	return nil
}

// apply makes the neurons of a configuration the same.
func (s *SnnTorch) apply(cfg *snn.Config) error {
	if s.Beta == nil {
		return fmt.Errorf("snntorch.beta is missing: neither checkpoint nor mapping says it")
	}
	beta := min(max(*s.Beta, 0), 1) // clamped there too
	threshold := 1.0
	if s.Threshold != nil {
		threshold = *s.Threshold
	}
	// u > threshold in float32 is u >= the number after it.
	cfg.Threshold = float64(math.Nextafter32(float32(threshold), math.MaxFloat32))
	cfg.Neuron, cfg.TimeConstant, cfg.Tau, cfg.DecayInput = snn.Plain, 0, beta, false
	delay := s.Delay == nil || *s.Delay
	switch {
	case s.Reset == "zero":
		cfg.LIF.Reset = snn.Hard
	case s.Reset == "subtract" && beta == 1 && delay:
		cfg.LIF.Reset = snn.Soft
	case s.Reset == "subtract" && !delay:
		return fmt.Errorf("snntorch: reset_mechanism subtract without delay takes the threshold from a membrane above twice of it once more before the next spike, which no neuron here does; want zero")
	case s.Reset == "subtract":
		return fmt.Errorf("snntorch: reset_mechanism subtract with beta %v takes away the threshold after the leak, here it is before it; want zero, or beta 1", beta)
	default:
		return fmt.Errorf("snntorch.reset_mechanism %q, want zero or subtract", s.Reset)
	}
	return nil
}

// Configure makes the neurons of a configuration those of the checkpoint. It must be said what they were: by the mapping or by buffers of
// snnTorch, or "recipe" that those of the configuration are meant, which a checkpoint with the reference's names need not say.
func (m *Mapping) Configure(cfg *snn.Config, state *State) error {
	said := 0
	for _, is := range []bool{m.Neuron != "", m.SpikingJelly != nil, m.SnnTorch != nil} {
		if is {
			said++
		}
	}
	leaky := false
	for _, name := range state.Names {
		leaky = leaky || state.isBuffer(name)
	}
	switch {
	case said > 1:
		return fmt.Errorf("neurons are said twice, want one of neuron, spikingjelly and snntorch")
	case m.Neuron != "" && m.Neuron != "recipe":
		return fmt.Errorf(`neuron %q, want "recipe", or values like spikingjelly.tau=2.0 or snntorch.beta=0.9`, m.Neuron)
	case m.SpikingJelly != nil:
		return m.SpikingJelly.apply(cfg)
	case m.SnnTorch != nil || said == 0 && leaky:
		s := SnnTorch{}
		if m.SnnTorch != nil {
			s = *m.SnnTorch
		}
		if err := s.complete(state); err != nil {
			return err
		}
		return s.apply(cfg)
	case said == 0 && !state.byName():
		return fmt.Errorf("a checkpoint does not say what its neurons were: say --neuron spikingjelly.tau=2.0, snntorch.beta=0.9, or recipe for those of the recipe")
	}
	return nil
}
