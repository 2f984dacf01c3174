package experiment

import (
	"fmt"
	"slices"

	"ssnn/recipes"
	"ssnn/snn"
)

// tellApart returns an error if two variants train the same network in the same way on a recipe, as
// when a change to all recipes writes over the key in which they differ. They would give one result
// under two names.
func (g Grid) tellApart(base recipes.Recipe) error {
	seen := map[string]Variant{}
	for _, v := range g.variants(base) {
		key, err := v.effect(base, g.Set)
		if err != nil {
			return err
		}
		if u, ok := seen[key]; ok {
			by := ""
			for _, s := range withoutWhich(base, u, v, g.Set) {
				by += fmt.Sprintf(" --set '%s'", s)
			}
			if by == "" {
				return fmt.Errorf("%s: variants %q and %q of experiment %s train the same "+
					"network in the same way, want one of them", base.Name, u.Name, v.Name,
					g.Experiment.Name)
			}
			return fmt.Errorf("%s: variants %q and %q of experiment %s do not differ with%s, "+
				"want changes that leave them apart", base.Name, u.Name, v.Name, g.Experiment.Name,
				by)
		}
		seen[key] = v
	}
	return nil
}

// withoutWhich returns a least part of the changes that makes two variants the same: with any one
// fewer they differ.
func withoutWhich(base recipes.Recipe, u, v Variant, all []string) []string {
	for i := 0; i < len(all); {
		fewer := slices.Delete(slices.Clone(all), i, i+1)
		a, err := u.effect(base, fewer)
		b, also := v.effect(base, fewer)
		if err == nil && also == nil && a == b {
			all = fewer
		} else {
			i++
		}
	}
	return all
}

// effect returns the recipe of a variant as text, without values that have no effect: transitions
// of a network of one stage, settings of early classifiers that are off, and the name of the model.
func (v Variant) effect(base recipes.Recipe, more []string) (string, error) {
	r, err := v.recipe(base, more)
	if err != nil {
		return "", err
	}
	all, err := r.Resolve(2) // the number of classes does not matter here
	if err != nil {
		return "", fmt.Errorf("%s: %w", v.Name, err)
	}
	r.Frames, r.Network = all.Frames, recipes.Network{Width: 1, Config: all.Network}
	n := &r.Network
	last := len(n.Stages) - 1
	if last == 0 {
		n.Transition, n.TTBias, n.Early.On = snn.Config{}.Transition, false, false
	}
	if !n.Early.On {
		n.Early = snn.Early{Lambdas: []float64{n.Lambda(last)}}
	}
	return r.Text(), nil
}
