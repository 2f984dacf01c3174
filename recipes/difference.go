package recipes

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Difference is a key whose values differ between two recipes. A value is TOML; it is empty where
// the recipe does not have the key.
type Difference struct {
	Key string `json:"key"` // like "train.lr"
	A   string `json:"a"`   // value in the first recipe
	B   string `json:"b"`   // value in the second
}

// Differences lists the keys in which two recipes differ, ordered by key.
func Differences(a, b Recipe) []Difference {
	all := []Difference{}
	x, y := a.Values(), b.Values()
	known := maps.Clone(x)
	maps.Copy(known, y)
	for _, key := range slices.Sorted(maps.Keys(known)) {
		if x[key] != y[key] {
			all = append(all, Difference{key, x[key], y[key]})
		}
	}
	return all
}

// Values returns the recipe's values as TOML, by key.
func (r Recipe) Values() map[string]string {
	var tables map[string]any
	if _, err := toml.Decode(r.Text(), &tables); err != nil {
		panic("recipes: " + err.Error()) // what a Recipe writes can be read
	}
	all := map[string]string{}
	addValues(all, "", tables)
	return all
}

func addValues(all map[string]string, prefix string, table map[string]any) {
	for key, v := range table {
		if inner, ok := v.(map[string]any); ok {
			addValues(all, prefix+key+".", inner)
		} else {
			all[prefix+key] = Value(v)
		}
	}
}

// Value writes a value as TOML, as Set takes it behind the equals sign.
func Value(v any) string {
	text, err := toml.Marshal(map[string]any{"v": v})
	if err != nil {
		return fmt.Sprint(v)
	}
	_, value, _ := strings.Cut(string(text), "=")
	return strings.TrimSpace(value)
}
