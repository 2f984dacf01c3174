package pytorch

import (
	"fmt"
	"math"
	"strings"

	"ssnn/snn"
)

// Sinabs describes the neurons of a network of sinabs.layers.IAF or LIF in sinabs' words. The
// buffers of the layers give the rest:
//
//	v[t] = v[t-1] + x[t], of LIF alpha*v[t-1] + (1 - alpha)*x[t], alpha = exp(-1/tau_mem)
//	a spike where v[t] >= spike_threshold, which is taken away then, or v[t] = 0
//
// With synapses the membrane gets i[t] = beta*(i[t-1] + x[t]), beta = exp(-1/tau_syn), in place of
// x[t]. This is beta times the current of package snn, whose threshold is therefore 1/beta of
// sinabs'. Neurons with the defaults of sinabs, which fire several spikes in a timestep and keep
// the membrane above min_v_mem, are not read.
type Sinabs struct {
	SpikeFn   string `toml:"spike_fn"`   // "single"
	ResetFn   string `toml:"reset_fn"`   // "subtract" (the default, as there) or "reset", to 0
	NormInput *bool  `toml:"norm_input"` // of LIF, default true, as there
}

// sinabsBuffers are the names of the buffers of a layer of sinabs.
var sinabsBuffers = map[string]bool{
	"spike_threshold": true, "min_v_mem": true, "v_mem": true, "i_syn": true,
	"tau_mem": true, "alpha_mem": true, "tau_syn": true, "alpha_syn": true,
}

// sinabs returns the names of the layers with buffers of sinabs' neurons, each with the dot behind
// it.
func (s *State) sinabs() (layers []string) {
	for _, name := range s.Names {
		if layer, ok := strings.CutSuffix(name, "spike_threshold"); ok {
			layers = append(layers, layer)
		}
	}
	return layers
}

// unspoken returns why package snn has no such neurons of sinabs, or "". It has no layers that see
// their own spikes, whose threshold moves, or whose output is the membrane.
func (s *State) unspoken() string {
	for _, name := range s.Names {
		dot := strings.LastIndexByte(name, '.')
		layer, part := name[:dot+1], name[dot+1:]
		at, _, recurrent := strings.Cut(name, "rec_connect.")
		switch {
		case recurrent && (s.tensors[at+"tau_mem"] != nil || s.tensors[at+"alpha_mem"] != nil ||
			s.tensors[at+"spike_threshold"] != nil):
			return name + ": recurrent neurons of sinabs are not read: want a network whose " +
				"layers see the layer before alone"
		case part == "tau_adapt" || part == "alpha_adapt":
			return name + ": neurons of sinabs whose threshold adapts, ALIF, which no layer here " +
				"has; want LIF"
		case (part == "tau_mem" || part == "alpha_mem") &&
			s.tensors[layer+"spike_threshold"] == nil:

			return name + ": a layer of sinabs that hands on its membrane, ExpLeak, which no " +
				"layer here does; want LIF, or the network without it, as the mean over time is " +
				"the answer"
		}
	}
	return ""
}

// isSinabs says whether a tensor is a buffer of a layer of sinabs.
func (s *State) isSinabs(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	return sinabsBuffers[name[dot+1:]] && s.tensors[name[:dot+1]+"spike_threshold"] != nil
}

// apply sets the neurons of a configuration to those of the checkpoint.
func (s Sinabs) apply(cfg *snn.Config, state *State) error {
	layers := state.sinabs()
	if len(layers) == 0 {
		return fmt.Errorf("sinabs: no layer of the checkpoint has a spike_threshold, as its " +
			"neurons do")
	}
	cfg.Neuron, cfg.Layers = snn.Plain, nil
	names := cfg.NeuronNames()
	var first snn.LIF
	for i, layer := range layers {
		own, err := s.lif(cfg.LIF, state, layer)
		if err != nil {
			return err
		}
		if i == 0 {
			first = own
		}
		name := ""
		if len(names) == len(layers) {
			name = names[i]
		}
		if err := differ(cfg, name, own, first, len(layers), len(names)); err != nil {
			return err
		}
	}
	cfg.LIF = first
	return state.inOrder(cfg, "spike_threshold")
}

// lif returns l with the dynamics of a layer's neurons; the surrogate stays l's.
func (s Sinabs) lif(l snn.LIF, state *State, layer string) (snn.LIF, error) {
	values := map[string]*float64{}
	for _, part := range []string{"spike_threshold", "min_v_mem", "tau_mem", "alpha_mem", "tau_syn",
		"alpha_syn"} {
		var v *float64
		if err := state.buffer(layer+part, &v); err != nil {
			return l, err
		}
		values[part] = v
	}
	switch {
	case values["min_v_mem"] != nil && !math.IsInf(*values["min_v_mem"], -1):
		return l, fmt.Errorf("%smin_v_mem is %v: neurons of sinabs whose membrane stays above "+
			"that, which no neuron here does; want those of IAF(min_v_mem=None, "+
			"spike_fn=SingleSpike)", layer, *values["min_v_mem"])
	case s.SpikeFn == "":
		return l, fmt.Errorf("%sspike_threshold is one of sinabs' neurons, which fire several "+
			"spikes in a timestep unless their spike_fn is SingleSpike, and the checkpoint does "+
			"not say it: want --neuron sinabs.spike_fn=single where it is", layer)
	case s.SpikeFn != "single":
		return l, fmt.Errorf("sinabs.spike_fn %q, want single: no neuron here fires several "+
			"spikes in a timestep as MultiSpike does", s.SpikeFn)
	case s.ResetFn != "" && s.ResetFn != "subtract" && s.ResetFn != "reset":
		return l, fmt.Errorf("sinabs.reset_fn %q, want subtract (MembraneSubtract) or reset "+
			"(MembraneReset, to 0)", s.ResetFn)
	}
	// share is the share of a state that survives a timestep, or 1 where neither buffer is there.
	share := func(of string) float64 {
		if tau := values["tau_"+of]; tau != nil {
			return math.Exp(-1 / *tau)
		} else if alpha := values["alpha_"+of]; alpha != nil {
			return *alpha
		}
		return 1
	}
	l.Threshold, l.Reset, l.ResetAmount, l.Synapse = *values["spike_threshold"], snn.Soft, 0, 0
	if s.ResetFn == "reset" {
		l.Reset = snn.Hard
	}
	l.TimeConstant, l.Tau = 0, share("mem")
	if values["tau_syn"] != nil || values["alpha_syn"] != nil {
		l.Synapse = share("syn")
		l.Threshold /= l.Synapse
	}
	l.DecayInput = l.Tau < 1 && (s.NormInput == nil || *s.NormInput)
	return l, nil
}
