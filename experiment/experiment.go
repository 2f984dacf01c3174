package experiment

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"ssnn/recipes"
)

// Experiment is a question, and the variants that answer it. [Load] reads one from a file.
type Experiment struct {
	Name     string    // name of the experiment and of its folder
	Asks     string    // the question in a sentence
	Variants []Variant // in the order of the tables
	Baseline string    // name of the variant that the others are compared with
	Recipes  []string  // names or paths of recipes; empty takes those of a scale
	Seeds    []int64   // seeds of the runs of each variant, 0 or more each
	Tests    []Test    // further recordings that the trained networks are tested on
	Keys     []string  // keys of recipes whose values the file varies
	Halving  Halving   // says which runs are stopped early

	Pictures Pictures // says which recordings are made of pictures

	// Latency says that the latencies of the networks are measured when all runs are done.
	Latency bool
}

// Variant is a set of changes to a recipe. The recipes of this package are a whole SSNN, with 8, 6,
// 4, 2 timesteps and early classifiers.
type Variant struct {
	Name string   // name in tables and plots, and of the folder of its runs
	Set  []string // changes as recipes.Recipe.Set takes them

	// Values has the variant's values of the experiment's Keys.
	Values map[string]any

	Line string // its line in the plot against T_avg; empty leaves it out of that plot

	// Recipes names the recipes that have the variant. Empty stands for all.
	Recipes []string

	// Against names the variant that this one is compared with. Empty stands for the experiment's
	// baseline.
	Against string

	// Under lists plans of timesteps under which the trained network is tested, one row each.
	Under     [][]int
	UnderLine string // line of these rows in the plot, as Line

	// Published has accuracies of the variant that others report, by recipe.
	Published map[string]Published
}

// Published is an accuracy that somebody else reports.
type Published struct {
	Percent float64 // accuracy, 0 to 100
	Source  string  // who reports it
}

// Pictures says which recordings a recipe of an experiment needs that are made of a user's
// pictures, see [synth.PictureSet].
type Pictures struct {
	Recipe string `toml:"recipe"` // name of the recipe; empty if the experiment has none
	Train  int    `toml:"train"`  // number of recordings of each class to train
	Test   int    `toml:"test"`   // number of recordings of each class to test
	Seed   uint64 `toml:"seed"`   // seed of the simulated camera
}

// check returns an error if the values are not such that recordings can be made.
func (p Pictures) check() error {
	if p != (Pictures{}) && (p.Recipe == "" || p.Train < 1 || p.Test < 1) {
		return fmt.Errorf("pictures has recipe %q, train %d and test %d, want the name of a "+
			"recipe, and at least 1 recording of each class to train and to test", p.Recipe,
			p.Train, p.Test)
	}
	return nil
}

// Test is a set of recordings that trained networks are tested on, beside their recipe's own.
type Test struct {
	Name    string   `toml:"name"`    // name in tables and files
	Data    string   `toml:"data"`    // an embedded set or a folder, whose test split is taken
	Recipes []string `toml:"recipes"` // recipes whose networks are tested; empty stands for all
}

// of reports whether the networks of a recipe are tested.
func (t Test) of(recipe string) bool {
	return len(t.Recipes) == 0 || slices.Contains(t.Recipes, recipe)
}

// of reports whether a recipe has the variant.
func (v Variant) of(recipe string) bool {
	return len(v.Recipes) == 0 || slices.Contains(v.Recipes, recipe)
}

// Small lists the recipes on sets that come with the program.
func Small() []string { return []string{"nmnist-1k", "motion"} }

// Full lists the recipes on the paper's sets, at full size.
func Full() []string { return []string{"cifar10-dvs", "n-caltech101", "dvs128-gesture"} }

// recipe returns a recipe with the variant's changes and then the changes of more.
func (v Variant) recipe(base recipes.Recipe, more []string) (recipes.Recipe, error) {
	for _, s := range slices.Concat(v.Set, more) {
		if err := base.Set(s); err != nil {
			return base, fmt.Errorf("%s, %s: %w", base.Name, v.Name, err)
		}
	}
	return base, nil
}

// longestFolder bounds the length of a folder's name, in bytes; file systems allow 255.
const longestFolder = 120

// folder returns the name of the variant's folder: small letters, digits, points and dashes. A name
// that would be too long is cut, and ends in a digest of the whole name.
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
	name := strings.TrimRight(b.String(), "-")
	if len(name) > longestFolder {
		name = fmt.Sprintf("%s-%x", name[:longestFolder-9],
			sha256.Sum256([]byte(v.Name)))[:longestFolder]
	}
	return name
}

// timestepList returns a plan in words such as "8, 6, 4, 2".
func timestepList(T []int) string {
	words := make([]string, len(T))
	for i, t := range T {
		words[i] = fmt.Sprint(t)
	}
	return strings.Join(words, ", ")
}
