package experiment

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"ssnn/internal/names"
	"ssnn/internal/plaintoml"
	"ssnn/recipes"
)

// file is an experiment as it is written.
type file struct {
	Asks     string            `toml:"asks"`
	Recipes  []string          `toml:"recipes"`
	Seeds    any               `toml:"seeds"` // a number of seeds, or a list of them
	Baseline string            `toml:"baseline"`
	Set      map[string]any    `toml:"set"`
	Vary     map[string]any    `toml:"vary"`
	Draws    int               `toml:"draws"`
	DrawSeed uint64            `toml:"draw_seed"`
	Variants []variantInFile   `toml:"variant"`
	Tests    []Test            `toml:"test"`
	Halving  Halving           `toml:"halving"`
	Latency  bool              `toml:"latency"`
	Pictures Pictures          `toml:"pictures"`
	Sources  map[string]string `toml:"sources"`
}

type variantInFile struct {
	Name      string                     `toml:"name"`
	Set       map[string]any             `toml:"set"`
	Line      string                     `toml:"line"`
	Recipes   []string                   `toml:"recipes"`
	Against   string                     `toml:"against"`
	Under     [][]int                    `toml:"under"`
	UnderLine string                     `toml:"under_line"`
	Published map[string]publishedInFile `toml:"published"`
}

type publishedInFile struct {
	Percent float64 `toml:"percent"`
	Source  string  `toml:"source"` // a key of sources
}

const defaultSeeds = 3

// Parse reads an experiment. Its keys:
//
//	asks       the question, in a sentence
//	recipes    names or paths of recipes; without it, those of --scale
//	seeds      a number of seeds, which are then 0, 1, ..., or a list of them (default 3)
//	baseline   the variant that the others are compared with (default: the first)
//	set        values of all variants, by the key of the recipe
//	vary       lists of values, by the key of the recipe: all combinations of them are variants
//	draws      so many combinations instead, drawn at random; then vary may have ranges too,
//	           { from = 0.01, to = 0.3, log = true }, whole numbers where both ends are
//	draw_seed  another seed of these draws
//	variant    tables with name and set; with vary, each is a variant for each combination. In it
//	           recipes names the recipes that have it (default: all), and against the variant
//	           that it is compared with instead of the baseline
//	test       tables with name and data: further recordings to test on
//	halving    see [Halving]
//	pictures   recipe, train, test and seed: a recipe on recordings that are made of pictures
//	latency    true: the networks' latencies are measured when all runs are done
//	sources    texts that say where published accuracies are from, by the word in published
//
// A key that is not known is an error that names the line and the nearest known key.
func Parse(text string) (Experiment, error) {
	var f file
	meta, err := toml.Decode(text, &f)
	if err != nil {
		return Experiment{}, plaintoml.Error(err)
	}
	at := plaintoml.Position{Text: text}
	for _, key := range meta.Undecoded() {
		if ofRecipes(key) {
			continue // settings checks it
		}
		return Experiment{}, at.Error(key, names.Unknown("key", key.String(), fileKeys()))
	}
	e := Experiment{
		Asks: f.Asks, Recipes: f.Recipes, Tests: f.Tests, Halving: f.Halving, Latency: f.Latency,
		Pictures: f.Pictures,
	}
	if e.Seeds, err = seeds(f.Seeds); err != nil {
		return e, at.Error(toml.Key{"seeds"}, err)
	}
	common, err := settings(f.Set, toml.Key{"set"}, at)
	if err != nil {
		return e, err
	}
	listed, err := f.listed(common, at)
	if err != nil {
		return e, err
	}
	if e.Keys, e.Variants, err = f.varied(listed, meta, at); err != nil {
		return e, err
	}
	e.Baseline = f.Baseline
	if e.Baseline == "" && len(e.Variants) > 0 {
		e.Baseline = e.Variants[0].Name
	}
	return e, e.check(at)
}

// ofRecipes reports whether a key of a file is in a table whose keys are those of recipes.
func ofRecipes(key toml.Key) bool {
	tables := []toml.Key{{"set"}, {"vary"}, {"variant", "set"}}
	return slices.ContainsFunc(tables, func(table toml.Key) bool {
		return len(key) > len(table) && plaintoml.Begins(key, table)
	})
}

// listed returns the variants of the file before vary makes more of them. Where the file has no
// table variant but a table vary, there is a single variant without a name.
func (f file) listed(common []string, at plaintoml.Position) (all []Variant, err error) {
	if len(f.Variants) == 0 && len(f.Vary) > 0 {
		return []Variant{{Set: common}}, nil
	}
	for _, w := range f.Variants {
		if w.Name == "" {
			return nil, at.Error(toml.Key{"variant"}, fmt.Errorf("a variant has no name, want one"))
		}
		v := Variant{
			Name: w.Name, Line: w.Line, Under: w.Under, UnderLine: w.UnderLine,
			Recipes: w.Recipes, Against: w.Against,
		}
		own, err := settings(w.Set, toml.Key{"variant", "set"}, at)
		if err != nil {
			return nil, fmt.Errorf("variant %q: %w", w.Name, err)
		}
		v.Set = slices.Concat(common, own)
		for recipe, p := range w.Published {
			source, ok := f.Sources[p.Source]
			if !ok {
				err := fmt.Errorf("variant %q: published.%s has the source %q, want a key of "+
					"sources",
					w.Name, recipe, p.Source)
				return nil, at.Error(toml.Key{"variant", "published", recipe}, err)
			}
			if v.Published == nil {
				v.Published = map[string]Published{}
			}
			v.Published[recipe] = Published{p.Percent, source}
		}
		all = append(all, v)
	}
	return all, nil
}

// check returns an error if the experiment cannot be carried out, whatever its recipes are.
func (e Experiment) check(at plaintoml.Position) error {
	if len(e.Variants) == 0 {
		return fmt.Errorf("no variants, want a table vary, or tables [[variant]] with name and set")
	}
	named, in := map[string]bool{}, map[string]string{}
	for _, v := range e.Variants {
		folder := v.folder()
		switch {
		case named[v.Name]:
			return fmt.Errorf("two variants are called %q, want a name for each", v.Name)
		case folder == "":
			return fmt.Errorf("variant %q: its folder would have no name, want a letter or a digit",
				v.Name)
		case in[folder] != "":
			return fmt.Errorf("variants %q and %q would share the folder %s, want names that "+
				"differ in letters or digits", in[folder], v.Name, folder)
		}
		named[v.Name], in[folder] = true, v.Name
	}
	if !named[e.Baseline] {
		return at.Error(toml.Key{"baseline"}, e.unknownVariant(e.Baseline))
	}
	for _, v := range e.Variants {
		if v.Against != "" && !named[v.Against] {
			return at.Error(toml.Key{"variant", "against"}, e.unknownVariant(v.Against))
		}
	}
	tests := map[string]bool{}
	for _, t := range e.Tests {
		folder := Variant{Name: t.Name}.folder()
		if folder == "" || folder != t.Name || t.Data == "" || tests[t.Name] {
			err := fmt.Errorf("a test has the name %q and the data %q, want a name of its own, of "+
				"small letters, digits, points and dashes, and for data a set or a folder",
				t.Name, t.Data)
			return at.Error(toml.Key{"test"}, err)
		}
		tests[t.Name] = true
	}
	if err := e.Halving.check(e); err != nil {
		return at.Error(toml.Key{"halving"}, err)
	}
	if err := e.Pictures.check(); err != nil {
		return at.Error(toml.Key{"pictures"}, err)
	}
	return nil
}

// WithBaseline returns the experiment with another baseline, which must be one of its variants.
func (e Experiment) WithBaseline(name string) (Experiment, error) {
	if !slices.ContainsFunc(e.Variants, func(v Variant) bool { return v.Name == name }) {
		return e, e.unknownVariant(name)
	}
	e.Baseline = name
	return e, nil
}

// unknownVariant returns the error for a name that no variant has.
func (e Experiment) unknownVariant(name string) error {
	var all []string
	for _, v := range e.Variants {
		all = append(all, v.Name)
	}
	return names.Unknown("variant", name, all)
}

// seeds reads a number of seeds or a list of them.
func seeds(v any) (all []int64, err error) {
	switch v := v.(type) {
	case nil:
		return FirstSeeds(defaultSeeds), nil
	case int64:
		if v >= 1 && v <= 10000 {
			return FirstSeeds(int(v)), nil
		}
	case []any:
		for _, one := range v {
			seed, ok := one.(int64)
			if !ok || seed < 0 || slices.Contains(all, seed) {
				return nil, fmt.Errorf("seeds has %v in its list, want whole numbers, 0 or more, "+
					"each once", one)
			}
			all = append(all, seed)
		}
		if len(all) > 0 {
			return all, nil
		}
	}
	return nil, fmt.Errorf("seeds is %v, want a number of seeds, 1 to 10000, or a list of them", v)
}

// FirstSeeds returns the seeds 0 to n-1.
func FirstSeeds(n int) []int64 {
	all := make([]int64, n)
	for i := range all {
		all[i] = int64(i)
	}
	return all
}

// settings returns the values of a table as changes to a recipe, ordered by key.
func settings(table map[string]any, under toml.Key, at plaintoml.Position) (
	all []string, err error) {

	err = eachValue(table, nil, under, at, func(key string, v any) error {
		all = append(all, key+"="+recipes.Value(v))
		return nil
	})
	slices.Sort(all)
	return all, err
}

// eachValue calls f for each value of a table whose keys are those of recipes: "train.lr" as one
// key or as the key lr of a table train.
func eachValue(
	table map[string]any, path, under toml.Key, at plaintoml.Position,
	f func(key string, v any) error,
) error {
	for name, v := range table {
		own := append(slices.Clone(path), name)
		key, inFile := strings.Join(own, "."), append(slices.Clone(under), own...)
		if slices.Contains(recipes.Keys(), key) {
			if key == "seed" {
				err := fmt.Errorf("%s has the key seed, want the key seeds of the experiment",
					under)
				return at.Error(inFile, err)
			}
			if err := f(key, v); err != nil {
				return at.Error(inFile, fmt.Errorf("%s: %w", key, err))
			}
			continue
		}
		inner, ok := v.(map[string]any)
		if !ok || !isTable(key) {
			return at.Error(inFile, names.Unknown("key of a recipe", key, recipes.Keys()))
		}
		if err := eachValue(inner, own, under, at, f); err != nil {
			return err
		}
	}
	return nil
}

// isTable reports whether there are keys of recipes that begin with the key and a point.
func isTable(key string) bool {
	return slices.ContainsFunc(recipes.Keys(), func(k string) bool {
		return strings.HasPrefix(k, key+".")
	})
}

// fileKeys lists the keys of an experiment's file.
func fileKeys() (all []string) {
	add := func(prefix string, t reflect.Type) {
		for f := range t.Fields() {
			all = append(all, prefix+f.Tag.Get("toml"))
		}
	}
	add("", reflect.TypeFor[file]())
	add("variant.", reflect.TypeFor[variantInFile]())
	add("variant.published.RECIPE.", reflect.TypeFor[publishedInFile]())
	add("test.", reflect.TypeFor[Test]())
	add("halving.", reflect.TypeFor[Halving]())
	add("pictures.", reflect.TypeFor[Pictures]())
	return all
}
