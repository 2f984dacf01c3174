package experiment

import (
	"fmt"
	"os"
	"path/filepath"

	"ssnn/recipes"
)

// Bases loads the recipes of a scale, "small" or "full". The sets of the full ones are looked for in the folder data, each in the folder that
// ssnn data get gives it. One that is not there is left out, with a note; it is an error when none is.
func Bases(scale, data string) (bases []recipes.Recipe, notes []string, err error) {
	names := Small()
	if scale == "full" {
		names = Full()
	}
	for _, name := range names {
		r, err := recipes.Load(name)
		if err != nil {
			return nil, nil, err
		}
		if scale == "full" {
			r.Dataset = filepath.Join(data, filepath.Base(r.Dataset))
			if _, err := os.Stat(r.Dataset); err != nil {
				notes = append(notes, fmt.Sprintf("no folder %s: recipe %s is left out; ssnn data get %s says where its recordings come from", r.Dataset, name, name))
				continue
			}
		}
		bases = append(bases, r)
	}
	if len(bases) == 0 {
		return nil, nil, fmt.Errorf("none of the sets of %v in folder %s; ssnn data get gets them", names, data)
	}
	return bases, notes, nil
}
