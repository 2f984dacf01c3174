package recipes

import (
	"encoding"
	"reflect"
	"strings"
)

// Keys lists the keys of a recipe, like "train.lr".
func Keys() []string {
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
