package experiment

import "slices"

var neurons = Experiment{
	Name:     "neurons",
	Asks:     "Which neuron, in the plain network and in SSNN?",
	Variants: neuronVariants(),
}

// publishedMultiLevel is multi-level firing as its authors run it (Feng et al., IJCAI 2022; langfengQ/MLF-DSResNet): thresholds of 0.6, 1.6 and 2.6, of which
// the norm's scale is the first, a decay of 0.25, and a hard reset through which the gradient goes.
var publishedMultiLevel = []string{
	"network.neuron=mlf", "network.v_th=0.6", "network.bn_scale=0.6", "network.time_constant=0", "network.tau=0.25",
	"network.reset=hard", "network.detach_reset=false",
}

func neuronVariants() (all []Variant) {
	for _, n := range []struct {
		name string
		set  []string
	}{
		{"LIF, hard reset", []string{"network.reset=hard"}},
		{"LIF, soft reset", []string{"network.reset=soft"}},
		{"parametric LIF", []string{"network.neuron=plif"}},
		{"multi-level, 3 levels", []string{"network.neuron=mlf"}}, // of thresholds 1, 2 and 3
		{"multi-level, as published", publishedMultiLevel},
	} {
		all = append(all,
			Variant{Name: "plain, " + n.name, Set: slices.Concat(plain, n.set)},
			Variant{Name: "SSNN, " + n.name, Set: n.set})
	}
	return all
}
