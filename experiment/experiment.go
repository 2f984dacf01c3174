package experiment

import (
	"fmt"
	"slices"
	"strings"

	"ssnn/recipes"
)

// Experiment is a question, and the variants that answer it.
type Experiment struct {
	Name     string
	Asks     string // the question in a sentence
	Variants []Variant
}

// Variant is what is changed in a recipe. The recipes of this package are a whole SSNN: 8, 6, 4, 2 timesteps and early classifiers.
type Variant struct {
	Name string
	Set  []string // changes as recipes.Recipe.Set takes them

	// Units are the convolution units of each stage, a residual block counting as two, where they are not those that snn.Model gives as many stages.
	Units []int

	Line string // that the variant is on in the plot against T_avg; empty: in no such plot

	// Under are plans of timesteps under which the trained network is tested, a row each, and the line that these are on.
	Under     [][]int
	UnderLine string

	// Published are accuracies of the variant by recipe, where there are some.
	Published map[string]Published
}

// Published is an accuracy that somebody else reports.
type Published struct {
	Percent float64
	Source  string
}

// Small are the recipes on sets that come with the program.
func Small() []string { return []string{"nmnist-1k", "motion"} }

// Full are the recipes of the paper's sets, at full size.
func Full() []string { return []string{"cifar10-dvs", "n-caltech101", "dvs128-gesture"} }

// All lists the experiments.
func All() []Experiment {
	return []Experiment{ablation, lambdas, early, transformer, stages, timesteps, neurons, losses, networks, plans, paper()}
}

// Find returns the experiment of a name.
func Find(name string) (Experiment, error) {
	var names []string
	for _, e := range All() {
		if e.Name == name {
			return e, nil
		}
		names = append(names, e.Name)
	}
	return Experiment{}, fmt.Errorf("experiment %q, want one of %s", name, strings.Join(names, ", "))
}

// recipe is a recipe with the variant's changes and then others. Its model is cut into stages last, as these name it and its width.
func (v Variant) recipe(base recipes.Recipe, more []string) (recipes.Recipe, error) {
	for _, s := range slices.Concat(v.Set, more) {
		if err := base.Set(s); err != nil {
			return base, fmt.Errorf("%s, %s: %w", base.Name, v.Name, err)
		}
	}
	if v.Units == nil {
		return base, nil
	}
	cut, err := cutModel(base, v.Units)
	if err != nil {
		return base, fmt.Errorf("%s, %s: %w", base.Name, v.Name, err)
	}
	return cut, nil
}

// folder is the name as that of a folder: letters, digits, points and dashes.
func (v Variant) folder() string {
	var b strings.Builder
	for _, c := range strings.ToLower(v.Name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' {
			c = '-'
		}
		if c != '-' || b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteRune(c)
		}
	}
	return strings.TrimRight(b.String(), "-")
}
