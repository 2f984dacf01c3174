package experiment

import (
	"embed"
	"fmt"
	"path/filepath"
	"strings"

	"ssnn/internal/names"
	"ssnn/internal/regular"
	"ssnn/recipes"
)

//go:embed *.toml
var files embed.FS

// order lists the experiments that come with the program in the order in which All returns them.
var order = []string{
	"ablation", "lambdas", "early", "transformer", "stages", "timesteps", "neurons", "losses",
	"networks", "plans", "paper", "order",
}

// All lists the experiments that come with the program.
func All() []Experiment {
	all := make([]Experiment, len(order))
	for i, name := range order {
		e, err := Load(name)
		if err != nil {
			panic(err) // a fault in a file of the program
		}
		all[i] = e
	}
	return all
}

const mostFile = 1 << 20 // bytes of an experiment

// Load reads the experiment of a name, or of a path that ends in .toml.
func Load(name string) (Experiment, error) {
	var text []byte
	var err error
	isFile := filepath.Ext(name) == ".toml"
	if isFile {
		text, err = regular.ReadFile(name, mostFile)
		err = regular.Want(err, "an experiment; ssnn reproduce lists those of the program")
	} else if text, err = files.ReadFile(name + ".toml"); err != nil {
		err = names.Unknown("experiment", name, order)
		err = fmt.Errorf("%w; a file's name ends in .toml", err)
	}
	if err != nil {
		return Experiment{}, err
	}
	e, err := Parse(string(text))
	if err != nil {
		return e, fmt.Errorf("experiment %s: %w", name, err)
	}
	e.Name = strings.TrimSuffix(filepath.Base(name), ".toml")
	if isFile {
		e.pathsFrom(filepath.Dir(name))
	}
	return e, nil
}

// pathsFrom takes the paths of recipes, and of folders that are tested on, as relative to a folder.
func (e *Experiment) pathsFrom(dir string) {
	for i, name := range e.Recipes {
		if filepath.Ext(name) == ".toml" {
			e.Recipes[i] = recipes.PathFrom(dir, name)
		}
	}
	for i, t := range e.Tests {
		e.Tests[i].Data = recipes.SetFrom(dir, t.Data)
	}
}
