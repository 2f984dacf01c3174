package experiment

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ssnn/recipes"
)

// Halving stops what looks worst early: successive halving (Jamieson, Talwalkar, AISTATS 2016).
// All variants train for some epochs; the better share of them, by their mean accuracy over the
// seeds on recordings held out of the training, trains on for some more, and so on; the last ones
// train to the end of their recipe. A run that goes on is the run that it would have been anyway.
// The test set decides nothing.
type Halving struct {
	Epochs []int   `toml:"epochs"` // after which variants are stopped, rising
	Budget int     `toml:"budget"` // instead of them: epochs of all variants together, for one seed
	Keep   float64 `toml:"keep"`   // share that goes on, rounded up (default 0.5)
}

// On says whether variants are stopped at all.
func (h Halving) On() bool { return len(h.Epochs) > 0 || h.Budget != 0 }

// keep is the share that goes on.
func (h Halving) keep() float64 {
	if h.Keep == 0 {
		return 0.5
	}
	return h.Keep
}

// check is an error where halving makes no sense for an experiment.
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
		return fmt.Errorf("keep alone, want epochs like [2, 6], or budget")
	case !h.On():
		return nil
	case len(h.Epochs) > 0 && h.Budget != 0:
		return fmt.Errorf("epochs and budget, want one of them")
	case h.Budget < 0, !rising:
		return fmt.Errorf("epochs %v, budget %d, want rising epochs like [2, 6], or a budget "+
			"above 0",
			h.Epochs, h.Budget)
	case !(h.keep() > 0 && h.keep() < 1):
		return fmt.Errorf("keep = %v, want more than 0 and less than 1", h.Keep)
	case different:
		return fmt.Errorf("variants train for different numbers of epochs, want one for all")
	case slices.ContainsFunc(e.Variants, func(v Variant) bool { return len(v.Recipes) > 0 }):
		return fmt.Errorf("variants of some recipes alone, want all variants of all recipes")
	case len(e.Variants) < 2:
		return fmt.Errorf("one variant, want more")
	}
	return nil
}

// epochsSet is the change of train.epochs that a variant makes, if any.
func epochsSet(v Variant) (last string) {
	for _, s := range v.Set {
		if strings.HasPrefix(s, "train.epochs=") {
			last = s
		}
	}
	return last
}

// rung is a stop on the way: so many variants train until then, and so many go on.
type rung struct{ epochs, variants, on int }

// rungs are those of n variants of a recipe.
func (h Halving) rungs(n int, r recipes.Recipe) ([]rung, error) {
	if r.Split.HeldOut == 0 {
		return nil, fmt.Errorf("recipe %s: halving compares by recordings that are held out of "+
			"the "+
			"training, want split.held_out above 0, as by set.split.held_out = 0.1 in the "+
			"experiment",
			r.Name)
	}
	if r.Train.Patience > 0 {
		return nil, fmt.Errorf("recipe %s: halving stops what is worse by itself, want "+
			"train.patience 0, not %d", r.Name, r.Train.Patience)
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
		return nil, fmt.Errorf("recipe %s: halving after %d epochs, want less than train.epochs, "+
			"which is %d", r.Name, last.epochs, r.Train.Epochs)
	}
	return all, nil
}

// until are the rungs at some epochs.
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
	return nil, fmt.Errorf("a budget of %d epochs for %d variants of %d epochs, want at least %d",
		h.Budget, n, whole, least)
}
