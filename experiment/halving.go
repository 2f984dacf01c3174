package experiment

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ssnn/recipes"
)

// Halving stops the variants early that look worst: successive halving (Jamieson, Talwalkar,
// AISTATS 2016). All variants train for some epochs. The better share of them, by their mean
// accuracy over the seeds on recordings held out of the training, trains for some more, and so on;
// the last ones train to the end of their recipe. A run that goes on gives the same results as
// without halving. The test recordings decide nothing.
type Halving struct {
	Epochs []int   `toml:"epochs"` // epochs after which variants are stopped, rising
	Budget int     `toml:"budget"` // in place of Epochs: sum of all variants' epochs, for one seed
	Keep   float64 `toml:"keep"`   // share that goes on, rounded up (default 0.5)
}

// On reports whether variants are stopped at all.
func (h Halving) On() bool { return len(h.Epochs) > 0 || h.Budget != 0 }

// keep returns the share of the variants that goes on.
func (h Halving) keep() float64 {
	if h.Keep == 0 {
		return 0.5
	}
	return h.Keep
}

// check returns an error if an experiment cannot have this halving.
func (h Halving) check(e Experiment) error {
	rising := len(h.Epochs) == 0 || h.Epochs[0] > 0
	for i := 1; i < len(h.Epochs); i++ {
		rising = rising && h.Epochs[i] > h.Epochs[i-1]
	}
	different := slices.ContainsFunc(e.Variants, func(v Variant) bool {
		return epochsSet(v) != epochsSet(e.Variants[0])
	})
	switch {
	case h.Keep != 0 && !h.On():
		return fmt.Errorf("halving has keep alone, want epochs like [2, 6] too, or budget")
	case !h.On():
		return nil
	case len(h.Epochs) > 0 && h.Budget != 0:
		return fmt.Errorf("halving has both epochs and budget, want one of them")
	case h.Budget < 0, !rising:
		return fmt.Errorf("halving has epochs %v and budget %d, want rising epochs like [2, 6], "+
			"or a budget above 0", h.Epochs, h.Budget)
	case !(h.keep() > 0 && h.keep() < 1):
		return fmt.Errorf("halving has keep %v, want more than 0 and less than 1", h.Keep)
	case different:
		return fmt.Errorf("with halving the variants have different train.epochs, want the same " +
			"for all")
	case slices.ContainsFunc(e.Variants, func(v Variant) bool { return len(v.Recipes) > 0 }):
		return fmt.Errorf("with halving some variants are of some recipes alone, want all " +
			"variants of all recipes")
	case len(e.Variants) < 2:
		return fmt.Errorf("halving has one variant to choose from, want at least 2")
	}
	return nil
}

// epochsSet returns the change of train.epochs that a variant makes, or nothing.
func epochsSet(v Variant) (last string) {
	for _, s := range v.Set {
		if strings.HasPrefix(s, "train.epochs=") {
			last = s
		}
	}
	return last
}

// rung is a stop on the way: variants is how many train until epochs, and on how many go on.
type rung struct{ epochs, variants, on int }

// rungs returns the rungs for n variants of a recipe.
func (h Halving) rungs(n int, r recipes.Recipe) ([]rung, error) {
	if r.Split.HeldOut == 0 {
		return nil, fmt.Errorf("recipe %s: halving compares by recordings that are held out of "+
			"the training, want split.held_out above 0, as by set.split.held_out = 0.1 in the "+
			"experiment", r.Name)
	}
	if r.Train.Patience > 0 {
		return nil, fmt.Errorf("recipe %s: train.patience is %d, want 0, as halving itself stops "+
			"the runs that do worse", r.Name, r.Train.Patience)
	}
	at := h.Epochs
	if h.Budget != 0 {
		var err error
		if at, err = h.spend(n, r.Train.Epochs); err != nil {
			return nil, err
		}
	}
	all := h.until(at, n)
	if last := all[len(all)-1]; last.epochs >= r.Train.Epochs {
		return nil, fmt.Errorf("recipe %s: halving stops runs after %d epochs, want less than "+
			"train.epochs, which is %d", r.Name, last.epochs, r.Train.Epochs)
	}
	return all, nil
}

// until returns the rungs at these epochs.
func (h Halving) until(epochs []int, n int) (all []rung) {
	for _, e := range epochs {
		on := int(math.Ceil(h.keep()*float64(n) - 1e-9))
		all = append(all, rung{e, n, on})
		n = on
	}
	return all
}

// spend finds the epochs of the rungs for a budget: the first rung is as late as the budget allows,
// and each further one is later by the factor by which the variants become fewer, as long as more
// than one is left and their recipe goes on.
func (h Halving) spend(n, whole int) ([]int, error) {
	least := 0
	for first := whole - 1; first >= 1; first-- {
		var at []int
		left := n
		for e := float64(first); int(e) < whole && left > 1; e /= h.keep() {
			at = append(at, int(e))
			fewer := int(math.Ceil(h.keep()*float64(left) - 1e-9))
			if fewer == left {
				break
			}
			left = fewer
		}
		spent, before := 0, 0
		all := h.until(at, n)
		for _, r := range all {
			spent += r.variants * (r.epochs - before)
			before = r.epochs
		}
		least = spent + all[len(all)-1].on*(whole-before)
		if least <= h.Budget {
			return at, nil
		}
	}
	return nil, fmt.Errorf("halving has a budget of %d epochs for %d variants of %d epochs each, "+
		"want at least %d", h.Budget, n, whole, least)
}
