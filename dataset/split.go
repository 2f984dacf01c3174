package dataset

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// SplitOptions say how a set is split that comes without splits of its own. The zero SplitOptions
// are the layout's defaults, with seed 0. Sets that do have splits refuse a rule or a fraction.
type SplitOptions struct {
	Rule Rule   `toml:"rule"` // empty takes the layout's own rule
	Seed uint64 `toml:"seed"` // seed of the rule Random
	// Fraction is the share of each class's recordings that test, more than 0 and less than 1;
	// 0 takes the layout's own share.
	Fraction float64 `toml:"fraction"`

	// HeldOut is the share, 0 to below 1, of each class's training recordings that are kept from
	// training, drawn by Seed. The network is measured on them, and exits are chosen by them.
	HeldOut float64 `toml:"held_out"`
}

// Rule says which recordings of a class test. The others train.
type Rule string

const (
	// Random draws them by the seed, in each class independently of the others.
	Random Rule = "random"
	// First takes the first ones, numbers in names being ordered by their value.
	First Rule = "first"
	// Last takes the last ones in the same order.
	Last Rule = "last"
)

// Rules are all rules.
var Rules = []Rule{Random, First, Last}

// UnmarshalText reads the name of a rule, or nothing for that of the layout.
func (r *Rule) UnmarshalText(b []byte) error {
	v := Rule(b)
	if err := (SplitOptions{Rule: v}).check(); err != nil {
		return err
	}
	*r = v
	return nil
}

func (o SplitOptions) check() error {
	switch o.Rule {
	case "", Random, First, Last:
	default:
		return fmt.Errorf("split.rule is %q, want one of %v", o.Rule, Rules)
	}
	if !(o.HeldOut >= 0 && o.HeldOut < 1) {
		return fmt.Errorf("split.held_out is %v, want the share of the training recordings, 0 or "+
			"more and less than 1", o.HeldOut)
	}
	if o.Fraction != 0 && !(o.Fraction > 0 && o.Fraction < 1) {
		return fmt.Errorf("split.fraction is %v, want the share of the recordings that test, more "+
			"than 0 and less than 1", o.Fraction)
	}
	return nil
}

// or returns the options with a layout's rule and fraction where they have none.
func (o SplitOptions) or(rule Rule, fraction float64) SplitOptions {
	if o.Rule == "" {
		o.Rule = rule
	}
	if o.Fraction == 0 {
		o.Fraction = fraction
	}
	return o
}

// String returns words such as "random, 10 % of each class to test, seed 7".
func (o SplitOptions) String() string {
	s := fmt.Sprintf("%s, %.4g %% of each class to test", o.Rule, 100*o.Fraction)
	if o.Rule == Random {
		s += fmt.Sprintf(", seed %d", o.Seed)
	}
	return s
}

// own returns how, the words for the splits of a set that comes with them. Options that would
// split it otherwise are an error.
func (o opening) own(how string) (string, error) {
	if o.options.Rule != "" || o.options.Fraction != 0 {
		return "", fmt.Errorf("the set has splits of its own (%s), want no split.rule and no "+
			"split.fraction", how)
	}
	return how, nil
}

// part picks the split's recordings of a class, which keep their order. The fraction of them that
// test is rounded down, as by SpikingJelly's split_to_train_test_set
// (spikingjelly/datasets/utils.py), but at least one tests and one trains.
func (o SplitOptions) part(split, class string, names []string) ([]string, error) {
	n := len(names)
	if n < 2 {
		return nil, fmt.Errorf("want at least 2 recordings in class %s, one to train and one to "+
			"test, got %d", class, n)
	}
	test := min(max(1, int(math.Floor(o.Fraction*float64(n)+1e-9))), n-1)
	tests := make([]bool, n)
	switch o.Rule {
	case First:
		for i := range test {
			tests[i] = true
		}
	case Last:
		for i := range test {
			tests[n-1-i] = true
		}
	default:
		h := fnv.New64a()
		h.Write([]byte(class))
		for _, i := range rand.New(rand.NewPCG(o.Seed, h.Sum64())).Perm(n)[:test] {
			tests[i] = true
		}
	}
	var picked []string
	for i, name := range names {
		if tests[i] == (split == Test) {
			picked = append(picked, name)
		}
	}
	return picked, nil
}
