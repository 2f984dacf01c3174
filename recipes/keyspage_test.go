package recipes

import (
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"ssnn/internal/madepage"
)

// The page of keys in the documentation is the one that ssnn recipe keys prints.
func TestKeysPage(t *testing.T) {
	const head = "# Keys of a recipe\n\n" +
		"<!-- Made of recipes/keys.md: go test ./recipes -run KeysPage -update -->\n\n" +
		"A recipe is a TOML file that says what differs from the defaults below. " +
		"`--set key=value`\n" +
		"changes one value, with the section before the key: `--set train.lr=0.05`. A key that\n" +
		"is not on this page is an error. `ssnn recipe keys WORD` finds keys by their meaning,\n" +
		"and `ssnn recipe show NAME` prints a recipe.\n\n"
	madepage.Check(t, "../docs/reference/keys.md",
		head+strings.ReplaceAll(keysText, "](../docs/", "](../"))
}

// Every key is explained, once, and with the default that it has.
func TestKeysAreExplained(t *testing.T) {
	var defaults map[string]any
	if _, err := toml.Decode(Default().Text(), &defaults); err != nil {
		t.Fatal(err)
	}
	all := Keys()
	for _, key := range ExplainKeys() {
		i := slices.Index(all, key.Name)
		if i < 0 {
			t.Errorf("recipes/keys.md explains %s, which is no key or stands there twice", key.Name)
			continue
		}
		all = slices.Delete(all, i, i+1)
		if key.Topic == "" || !strings.HasSuffix(key.Meaning, ".") {
			t.Errorf("%s: topic %q and %q, want both, and sentences", key.Name, key.Topic,
				key.Meaning)
		}
		if got, want := written(t, key), valueOf(defaults, key.Name); got != want {
			t.Errorf("%s: recipes/keys.md says the default is %v, and it is %v", key.Name, got,
				want)
		}
	}
	if len(all) > 0 {
		t.Errorf("recipes/keys.md does not explain %v", all)
	}
}

// written is the default that the page says, or nil where it says it in words.
func written(t *testing.T, key Key) any {
	var one map[string]any
	_, err := toml.Decode("value = "+key.Default, &one)
	switch {
	case err != nil && strings.ContainsAny(key.Default, `0123456789"[`) && key.Default != "all 1":
		t.Errorf("%s: default %s: %v", key.Name, key.Default, err)
	case err != nil:
		return nil
	}
	return plainValue(one["value"])
}

// valueOf is a value by its key, or nil where the recipe does not write it.
func valueOf(tree map[string]any, key string) any {
	table, name, nested := strings.Cut(key, ".")
	if nested {
		tree, _ = tree[table].(map[string]any)
		return valueOf(tree, name)
	}
	return plainValue(tree[table])
}

// plainValue makes values that stand for none nil, and lists comparable.
func plainValue(v any) any {
	switch v := v.(type) {
	case []any:
		return nil
	case string, int64, float64, bool:
		if v == "" || v == int64(0) || v == 0.0 || v == false {
			return nil
		}
	}
	return v
}
