package experiment

import "slices"

var neurons = Experiment{
	Name:     "neurons",
	Asks:     "Which neuron, in the plain network and in SSNN?",
	Variants: neuronVariants(),
}

func neuronVariants() (all []Variant) {
	for _, n := range []struct {
		name string
		set  []string
	}{
		{"LIF, hard reset", []string{"network.reset=hard"}},
		{"LIF, soft reset", []string{"network.reset=soft"}},
		{"parametric LIF", []string{"network.neuron=plif"}},
		{"multi-level, 3 levels", []string{"network.neuron=mlf"}},
	} {
		all = append(all,
			Variant{Name: "plain, " + n.name, Set: slices.Concat(plain, n.set)},
			Variant{Name: "SSNN, " + n.name, Set: n.set})
	}
	return all
}
