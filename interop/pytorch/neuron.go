package pytorch

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"ssnn/snn"
)

// SpikingJelly describes a neuron of spikingjelly.activation_based.neuron in that library's words:
//
//	v = v + (x - (v - v_reset))/tau, with decay_input; else v = v - (v - v_reset)/tau + x
//	s = 1 where v >= v_threshold; then v = v_reset, or with v_reset "none" v = v - v_threshold
//
// ParametricLIFNode learns 1/tau. The membrane begins at v_reset, so w = v - v_reset is a membrane
// with a reset to 0 and the threshold v_threshold - v_reset.
type SpikingJelly struct {
	Node       string   `toml:"node"`        // LIFNode (the default), IFNode or ParametricLIFNode
	Tau        *float64 `toml:"tau"`         // of LIFNode, in timesteps
	DecayInput *bool    `toml:"decay_input"` // default true, as in SpikingJelly
	Threshold  *float64 `toml:"v_threshold"` // default 1.0, as in SpikingJelly
	Reset      any      `toml:"v_reset"`     // default 0.0; "none" is the soft reset
}

// apply sets the neurons of a configuration to those described.
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
			return fmt.Errorf("spikingjelly.tau is missing or not above 1: want it above 1, as " +
				"the checkpoint does not say it")
		}
		cfg.TimeConstant = *s.Tau
	case "IFNode":
		if s.Tau != nil || s.DecayInput != nil {
			return fmt.Errorf("spikingjelly.tau and decay_input are not for node IFNode, which " +
				"has neither")
		}
		cfg.TimeConstant, cfg.Tau, cfg.DecayInput = 0, 1, false
	case "ParametricLIFNode":
		if s.Tau != nil {
			return fmt.Errorf("spikingjelly.tau is not for node ParametricLIFNode, whose " +
				"checkpoint says it")
		}
		cfg.Neuron, cfg.TimeConstant = snn.Parametric, 2 // until its w is read
	default:
		return fmt.Errorf("spikingjelly.node %q, want LIFNode, IFNode or ParametricLIFNode", s.Node)
	}
	return nil
}

// SnnTorch describes the neurons of a network of snntorch.Leaky or Synaptic in snnTorch's words.
// What its checkpoint states, as buffers of the layers, need not be given; if both state it, they
// must agree.
//
//	c[t] = alpha*c[t-1] + x[t], of Leaky x[t]
//	u[t] = beta*u[t-1] + c[t] - s[t-1]*threshold     (subtract)
//	u[t] = beta*u[t-1]*(1 - s[t-1]) + x[t]           (zero)
//	s[t] = 1 where u[t] > threshold
//
// The reset for a spike comes at the next timestep, unless reset_delay is false. For zero that
// makes no difference. Subtract takes the threshold away after the leak; taken away before the
// leak, as our neurons do, it is threshold/beta.
type SnnTorch struct {
	Alpha     *float64 `toml:"alpha"`           // of Synaptic
	Beta      *float64 `toml:"beta"`            // share of the membrane that survives a timestep
	Threshold *float64 `toml:"threshold"`       // of the membrane
	Reset     string   `toml:"reset_mechanism"` // "zero" or "subtract"
	Delay     *bool    `toml:"reset_delay"`     // default true, as there
}

// buffers are the names of the tensors that a layer of snnTorch has beside weights.
var buffers = map[string]bool{
	"alpha": true, "beta": true, "threshold": true, "graded_spikes_factor": true,
	"reset_mechanism_val": true,
	"mem":                 true, "syn": true,
}

// isBuffer says whether a tensor of a checkpoint is a buffer of snnTorch: its name is one of
// buffers, and its layer has a reset_mechanism_val.
func (s *State) isBuffer(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	_, leaky := s.tensors[name[:dot+1]+"reset_mechanism_val"]
	return leaky && buffers[name[dot+1:]]
}

// recurrent returns the name of a weight by which neurons of snnTorch see their own spikes, or "".
func (s *State) recurrent() string {
	for _, name := range s.Names {
		layer, _, found := strings.Cut(name, ".recurrent.")
		if _, leaky := s.tensors[layer+".reset_mechanism_val"]; found && leaky {
			return name
		}
		if layer, found = strings.CutSuffix(name, ".V"); found &&
			s.tensors[layer+".reset_mechanism_val"] != nil {

			return name
		}
	}
	return ""
}

// resetWords are the words of reset_mechanism, by the number in the buffer.
var resetWords = map[float64]string{0: "subtract", 1: "zero", 2: "none"}

// layers returns the neurons of each layer of a checkpoint, in order: the values of s, and those in
// the layer's buffers. Without buffers it returns s alone.
func (s SnnTorch) layers(state *State) (all []SnnTorch, err error) {
	for _, name := range state.Names {
		if !strings.HasSuffix(name, "reset_mechanism_val") {
			continue
		}
		layer, own, factor := strings.TrimSuffix(name, "reset_mechanism_val"), s, 1.0
		var reset *float64
		one := &factor
		for _, b := range []struct {
			part string
			to   **float64
		}{
			{"alpha", &own.Alpha}, {"beta", &own.Beta}, {"threshold", &own.Threshold},
			{"reset_mechanism_val", &reset}, {"graded_spikes_factor", &one},
		} {
			if err := state.buffer(layer+b.part, b.to); err != nil {
				return nil, err
			}
		}
		if own.Reset = resetWords[*reset]; s.Reset != "" && s.Reset != own.Reset {
			return nil, fmt.Errorf("snntorch.reset_mechanism %q, but the checkpoint says %q",
				s.Reset, own.Reset)
		}
		all = append(all, own)
	}
	if all == nil {
		all = []SnnTorch{s}
	}
	return all, nil
}

// buffer reads a buffer into *to, if the checkpoint has the buffer. Its values must all be equal,
// and equal to **to if *to is not nil.
func (s *State) buffer(name string, to **float64) error {
	t := s.tensors[name]
	if t == nil {
		return nil
	}
	values, err := t.Float32s()
	if err != nil {
		return err
	}
	said := *to != nil
	for _, v := range values {
		if *to == nil {
			value := float64(v)
			*to = &value
		}
		if want := **to; float32(want) != v {
			if said {
				return fmt.Errorf("%s is %v, want %v as in the mapping or --neuron", name, v, want)
			}
			return fmt.Errorf("%s is from %v to %v, want one value: the neurons of a layer are "+
				"all the same here", name, want, v)
		}
	}
	if *to == nil {
		return fmt.Errorf("%s has no values, want one", name)
	}
	return nil
}

// apply sets the neurons of a configuration to those of the checkpoint.
func (s SnnTorch) apply(cfg *snn.Config, state *State) error {
	layers, err := s.layers(state)
	if err != nil {
		return err
	}
	cfg.Neuron, cfg.Layers = snn.Plain, nil
	names := cfg.NeuronNames()
	first, err := layers[0].lif(cfg.LIF)
	if err != nil {
		return err
	}
	cfg.LIF = first
	for i, l := range layers {
		own, err := l.lif(first)
		if err != nil {
			return err
		}
		layer := ""
		if len(names) == len(layers) {
			layer = names[i]
		}
		if err := differ(cfg, layer, own, first, len(layers), len(names)); err != nil {
			return err
		}
	}
	return state.inOrder(cfg, "reset_mechanism_val")
}

// inOrder returns an error if layers of neurons differ and their order is unknown: the checkpoint
// does not keep it, and the names of the layers' buffers differ by more than numbers.
func (s *State) inOrder(cfg *snn.Config, buffer string) error {
	if !s.unordered || len(cfg.Layers) == 0 {
		return nil
	}
	first := ""
	for _, name := range s.Names {
		switch {
		case !strings.HasSuffix(name, "."+buffer):
		case first == "":
			first = name
		case stem(name) != stem(first):
			return fmt.Errorf("the neurons of %s and %s may differ, and a .safetensors does not "+
				"keep the order of layers: save the checkpoint by torch.save",
				layerOf(first), layerOf(name))
		}
	}
	return nil
}

// differ gives a layer neurons of its own if they are not those of the first layer. Without a name
// of the layer, because network and checkpoint have different numbers of layers of neurons,
// different neurons are an error.
func differ(cfg *snn.Config, layer string, own, first snn.LIF, theirs, ours int) error {
	n, differs := snn.NeuronsOf(layer, own, first)
	switch {
	case differs && layer == "":
		return fmt.Errorf("the %d layers of neurons of the checkpoint differ, and the network "+
			"has %d: want a recipe whose stages have as many", theirs, ours)
	case differs:
		cfg.Layers = append(cfg.Layers, n)
	}
	return nil
}

// lif returns l with the dynamics of these neurons; the surrogate stays l's.
func (s SnnTorch) lif(l snn.LIF) (snn.LIF, error) {
	if s.Beta == nil {
		return l, fmt.Errorf("snntorch.beta is missing: want it (--neuron), as neither " +
			"checkpoint nor mapping says it")
	}
	beta := min(max(*s.Beta, 0), 1) // clamped there too
	threshold := 1.0
	if s.Threshold != nil {
		threshold = *s.Threshold
	}
	// u > threshold in float32 is u >= the number after it.
	l.Threshold = float64(math.Nextafter32(float32(threshold), math.MaxFloat32))
	l.TimeConstant, l.Tau, l.DecayInput, l.Synapse, l.ResetAmount = 0, beta, false, 0, 0
	if s.Alpha != nil {
		l.Synapse = min(max(*s.Alpha, 0), 1)
	}
	delay := s.Delay == nil || *s.Delay
	switch {
	case s.Reset == "zero" && l.Synapse != 0:
		return l, fmt.Errorf("snntorch: reset_mechanism zero of Synaptic makes the membrane 0 in " +
			"the timestep after a spike, whatever comes in, which no neuron here does; want " +
			"subtract")
	case s.Reset == "zero":
		l.Reset = snn.Hard
	case s.Reset == "subtract" && !delay:
		return l, fmt.Errorf("snntorch: reset_mechanism subtract without delay takes the " +
			"threshold from a membrane above twice of it once more before the next spike, which " +
			"no neuron here does; want zero")
	case s.Reset == "subtract" && beta == 0:
		return l, fmt.Errorf("snntorch: reset_mechanism subtract with beta 0 takes the threshold " +
			"from a membrane that has leaked away, which no neuron here does; want zero")
	case s.Reset == "subtract":
		l.Reset = snn.Soft
		if beta < 1 {
			l.ResetAmount = threshold / beta
		}
	default:
		return l, fmt.Errorf("snntorch.reset_mechanism %q, want zero or subtract", s.Reset)
	}
	return l, nil
}

// Configure sets the neurons of a configuration to those of the checkpoint. The mapping or buffers
// of snnTorch or sinabs must describe them, or the mapping must say "recipe" for the neurons of the
// configuration itself. A checkpoint with the reference's names needs no description.
//
// Where convolutions or fully connected layers of the checkpoint have a bias, those of the
// configuration have one.
func (m *Mapping) Configure(cfg *snn.Config, state *State) error {
	for _, name := range state.Names {
		layer, weighs := strings.CutSuffix(name, "weight")
		if _, biased := state.tensors[layer+"bias"]; !weighs || !biased ||
			strings.HasPrefix(name, "tt.") {

			continue
		}
		switch len(state.tensors[name].Shape) {
		case 2:
			cfg.FCBias = true
		case 3, 4:
			cfg.ConvBias = true
		}
	}
	return m.configureNeurons(cfg, state)
}

// configureNeurons is Configure without the biases.
func (m *Mapping) configureNeurons(cfg *snn.Config, state *State) error {
	if name := state.recurrent(); name != "" {
		return fmt.Errorf("%s: recurrent neurons, as snnTorch's RLeaky and RSynaptic, are not "+
			"read: want a network whose layers see the layer before alone", name)
	}
	if why := state.unspoken(); why != "" {
		return errors.New(why)
	}
	said := 0
	for _, is := range []bool{m.Neuron != "", m.SpikingJelly != nil, m.SnnTorch != nil,
		m.Sinabs != nil} {
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
		return fmt.Errorf("neurons are said twice, want one of neuron, spikingjelly, snntorch " +
			"and sinabs")
	case m.Neuron != "" && m.Neuron != "recipe":
		return fmt.Errorf(`neuron %q, want "recipe", or values like spikingjelly.tau=2.0 or `+
			`snntorch.beta=0.9`, m.Neuron)
	case m.SpikingJelly != nil:
		return m.SpikingJelly.apply(cfg)
	case m.Sinabs != nil || said == 0 && len(state.sinabs()) > 0:
		s := Sinabs{}
		if m.Sinabs != nil {
			s = *m.Sinabs
		}
		return s.apply(cfg, state)
	case m.SnnTorch != nil || said == 0 && leaky:
		s := SnnTorch{}
		if m.SnnTorch != nil {
			s = *m.SnnTorch
		}
		return s.apply(cfg, state)
	case said == 0 && !state.byName():
		return fmt.Errorf("a checkpoint does not say what its neurons were: say --neuron " +
			"spikingjelly.tau=2.0, snntorch.beta=0.9, or recipe for those of the recipe")
	}
	return nil
}
