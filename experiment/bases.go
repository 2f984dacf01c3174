package experiment

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ssnn/internal/names"
	"ssnn/recipes"
)

// Bases loads the recipes that an experiment names. The name of each, and of its folder of runs, is
// the last element of its path.
func (e Experiment) Bases() (bases []recipes.Recipe, err error) {
	for _, name := range e.Recipes {
		r, err := recipes.Load(name)
		if err != nil {
			return nil, err
		}
		r.Name = strings.TrimSuffix(filepath.Base(name), ".toml")
		if slices.ContainsFunc(bases, func(b recipes.Recipe) bool { return b.Name == r.Name }) {
			return nil, fmt.Errorf("two recipes of experiment %s are called %s, want a name for "+
				"each", e.Name, r.Name)
		}
		bases = append(bases, r)
	}
	if len(bases) == 0 {
		return nil, nil
	}
	for _, t := range e.Tests {
		if err := oneOf(bases, t.Recipes); err != nil {
			return nil, fmt.Errorf("test %q: %w", t.Name, err)
		}
	}
	for _, v := range e.Variants {
		if err := oneOf(bases, v.Recipes); err != nil {
			return nil, fmt.Errorf("variant %q: %w", v.Name, err)
		}
	}
	if p := e.Pictures.Recipe; p != "" {
		if err := oneOf(bases, []string{p}); err != nil {
			return nil, fmt.Errorf("pictures: %w", err)
		}
	}
	return bases, nil
}

// oneOf returns an error if one of the wanted names is not the name of a recipe.
func oneOf(bases []recipes.Recipe, wanted []string) error {
	all := make([]string, len(bases))
	for i, b := range bases {
		all[i] = b.Name
	}
	for _, name := range wanted {
		if !slices.Contains(all, name) {
			return names.Unknown("recipe of the experiment", name, all)
		}
	}
	return nil
}

// OfScale loads the recipes of a scale, "small" or "full". The sets of the full recipes must lie in
// the folder data, each in the folder that ssnn data get gives it. A recipe whose set is not there
// is left out with a note; it is an error if no set is there.
func OfScale(scale, data string) (bases []recipes.Recipe, notes []string, err error) {
	wanted := Small()
	if scale == "full" {
		wanted = Full()
	}
	for _, name := range wanted {
		r, err := recipes.Load(name)
		if err != nil {
			return nil, nil, err
		}
		if scale == "full" {
			r.Dataset = filepath.Join(data, filepath.Base(r.Dataset))
			if _, err := os.Stat(r.Dataset); err != nil {
				notes = append(notes, fmt.Sprintf("no folder %s: recipe %s is left out; ssnn "+
					"data get %s says where its recordings come from", r.Dataset, name, name))
				continue
			}
		}
		bases = append(bases, r)
	}
	if len(bases) == 0 {
		return nil, nil, fmt.Errorf("folder %s holds none of the sets of %v; ssnn data get gets "+
			"them", data, wanted)
	}
	return bases, notes, nil
}
