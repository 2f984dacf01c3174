package recipes

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// keys lists the keys of a recipe, like "train.lr".
func keys() []string {
	var all []string
	addKeys(&all, "", reflect.TypeFor[Recipe]())
	return all
}

func addKeys(all *[]string, prefix string, t reflect.Type) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		switch {
		case name == "-":
		case f.Anonymous:
			addKeys(all, prefix, f.Type)
		case f.Type.Kind() == reflect.Struct && !reflect.PointerTo(f.Type).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
			addKeys(all, prefix+name+".", f.Type)
		default:
			*all = append(*all, prefix+name)
		}
	}
}

// unknown is the error for a word that is none of those known, with the nearest of them.
func unknown(what, word string, known []string) error {
	nearest := slices.MaxFunc(known, func(a, b string) int {
		return int(1e6 * (levenshtein.Similarity(word, a, nil) - levenshtein.Similarity(word, b, nil)))
	})
	return fmt.Errorf("unknown %s %q; the nearest known is %q", what, strings.TrimSpace(word), nearest)
}
