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
	Name     string    // by which it is called, and its folder
	Asks     string    // the question in a sentence
	Variants []Variant // in the order of the tables
	Baseline string    // name of the variant that the others are compared with
	Recipes  []string  // names or paths of recipes; empty: those of a scale
	Seeds    []int64   // of the runs of each variant, 0 or more each
	Tests    []Test    // further recordings that the trained networks are tested on
	Keys     []string  // of recipes, whose values the file varies
	Halving  Halving   // which runs are stopped early

	Pictures Pictures // what recordings are made of pictures

	// Latency says that the latencies of the networks are measured when all runs are done.
	Latency bool
}

// Variant is what is changed in a recipe. The recipes of this package are a whole SSNN: 8, 6, 4, 2
// timesteps and early classifiers.
type Variant struct {
	Name string   // in tables, plots and the folder of its runs
	Set  []string // changes as recipes.Recipe.Set takes them

	// Values are those of the experiment's Keys.
	Values map[string]any

	Line string // that the variant is on in the plot against T_avg; empty: in no such plot

	// Recipes are the names of those that the variant is of; empty: all.
	Recipes []string

	// Against is the variant that this one is compared with; empty: the experiment's baseline.
	Against string

	// Under are plans of timesteps under which the trained network is tested, a row each.
	Under     [][]int
	UnderLine string // line of these rows in the plot, as Line

	// Published are accuracies of the variant by recipe, where there are some.
	Published map[string]Published
}

// Published is an accuracy that somebody else reports.
type Published struct {
	Percent float64 // accuracy, 0 to 100
	Source  string  // who reports it
}

// Pictures says which recordings a recipe of an experiment wants of pictures that a user gives,
// see [synth.PictureSet].
type Pictures struct {
	Recipe string `toml:"recipe"` // its name; empty: the experiment has none
	Train  int    `toml:"train"`  // recordings of each class
	Test   int    `toml:"test"`   // and to test
	Seed   uint64 `toml:"seed"`   // of the simulated camera
}

// check is an error where recordings cannot be made.
func (p Pictures) check() error {
	if p != (Pictures{}) && (p.Recipe == "" || p.Train < 1 || p.Test < 1) {
		return fmt.Errorf("pictures of recipe %q, train = %d and test = %d, want the name of a "+
			"recipe, and at least 1 recording of each class", p.Recipe, p.Train, p.Test)
	}
	return nil
}

// Test is a set of recordings that trained networks are tested on, beside their recipe's own.
type Test struct {
	Name    string   `toml:"name"`    // in tables and files
	Data    string   `toml:"data"`    // an embedded set or a folder, whose test split is taken
	Recipes []string `toml:"recipes"` // whose networks are tested; empty: all
}

// of says whether networks of a recipe are tested.
func (t Test) of(recipe string) bool {
	return len(t.Recipes) == 0 || slices.Contains(t.Recipes, recipe)
}

// of says whether there are runs of a variant of a recipe.
func (v Variant) of(recipe string) bool {
	return len(v.Recipes) == 0 || slices.Contains(v.Recipes, recipe)
}

// Small are the recipes on sets that come with the program.
func Small() []string { return []string{"nmnist-1k", "motion"} }

// Full are the recipes of the paper's sets, at full size.
func Full() []string { return []string{"cifar10-dvs", "n-caltech101", "dvs128-gesture"} }

// recipe is a recipe with the variant's changes and then others.
func (v Variant) recipe(base recipes.Recipe, more []string) (recipes.Recipe, error) {
	for _, s := range slices.Concat(v.Set, more) {
		if err := base.Set(s); err != nil {
			return base, fmt.Errorf("%s, %s: %w", base.Name, v.Name, err)
		}
	}
	return base, nil
}

// longestFolder is how many bytes a folder's name has at most; file systems allow 255.
const longestFolder = 120

// folder is the name as that of a folder: letters, digits, points and dashes. One that would be too
// long is cut, and ends in a digest of the name.
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

// timestepList is "8, 6, 4, 2".
func timestepList(T []int) string {
	words := make([]string, len(T))
	for i, t := range T {
		words[i] = fmt.Sprint(t)
	}
	return strings.Join(words, ", ")
}
