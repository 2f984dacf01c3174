package experiment

import "slices"

var losses = Experiment{
	Name:     "losses",
	Asks:     "Do the losses that were published since help the plain network, and do they help SSNN?",
	Variants: lossVariants(),
}

func lossVariants() (all []Variant) {
	for _, l := range []struct {
		name      string
		set       []string
		published map[string]Published // of the plain network
	}{
		{"cross-entropy of the mean", nil, publishedPlain},
		{"temporal efficient training", []string{"train.loss=tet"}, nil},
		{"Strong2Weak", []string{"train.distill=s2w"}, map[string]Published{"cifar10-dvs": {78.93, s2wPaper}, "dvs128-gesture": {91.43, s2wPaper}}},
		{"Weak2Strong", []string{"train.distill=w2s"}, map[string]Published{"cifar10-dvs": {79.33, s2wPaper}, "dvs128-gesture": {91.20, s2wPaper}}},
	} {
		all = append(all,
			Variant{Name: "plain, " + l.name, Set: slices.Concat(plain, l.set), Published: l.published},
			Variant{Name: "SSNN, " + l.name, Set: l.set})
	}
	return all
}
