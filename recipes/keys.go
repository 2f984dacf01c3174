package recipes

import (
	"encoding"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
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
		case name == "-", !f.IsExported() && !f.Anonymous:
		case f.Anonymous:
			addKeys(all, prefix, f.Type)
		case f.Type.Kind() == reflect.Struct && !isValue(reflect.PointerTo(f.Type)):
			addKeys(all, prefix+name+".", f.Type)
		default:
			*all = append(*all, prefix+name)
		}
	}
}

// isValue says that a type reads itself from one value of TOML.
func isValue(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) ||
		t.Implements(reflect.TypeFor[toml.Unmarshaler]())
}
