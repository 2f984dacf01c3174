package recipes

import (
	"embed"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"ssnn/internal/names"
	"ssnn/internal/regular"
)

//go:embed *.toml
var files embed.FS

// Names lists the recipes that come with the program.
func Names() []string {
	paths, _ := fs.Glob(files, "*.toml")
	for i, p := range paths {
		paths[i] = strings.TrimSuffix(p, ".toml")
	}
	return paths
}

const mostRecipe = 1 << 20 // bytes of a file

// Load reads the recipe of a name, or of a path that ends in .toml. The paths in a file are
// relative to its folder.
func Load(name string) (Recipe, error) {
	var text []byte
	var err error
	isFile := filepath.Ext(name) == ".toml"
	if isFile {
		text, err = regular.ReadFile(name, mostRecipe)
	} else if text, err = files.ReadFile(name + ".toml"); err != nil {
		return Recipe{}, fmt.Errorf("%w; a file's name ends in .toml",
			names.Unknown("recipe", name, Names()))
	}
	if err != nil {
		return Recipe{}, regular.Want(err, "a recipe; ssnn recipe new makes one")
	}
	said := string(text)
	if isFile {
		said = listsFrom(filepath.Dir(name), said)
	}
	r, err := Parse(said)
	if err != nil {
		return r, fmt.Errorf("recipe %s: %w", name, err)
	}
	if isFile {
		r = r.pathsFrom(filepath.Dir(name))
	}
	r.Name = name
	return r, nil
}
