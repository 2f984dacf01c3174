package recipes

import (
	"slices"
	"strings"
	"testing"

	"ssnn/internal/madepage"
)

// The page of keys is the table that ssnn recipe keys prints.
func TestKeysPage(t *testing.T) {
	const head = "# Keys of a recipe\n\n" +
		"<!-- Made of recipes/keys.md: go test ./recipes -run KeysPage -update -->\n\n"
	madepage.Check(t, "../docs/reference/keys.md",
		head+strings.ReplaceAll(keysTable, "](../docs/", "](../"))
}

func TestKeysAreExplained(t *testing.T) {
	for _, key := range Keys() {
		if !slices.ContainsFunc(ExplainKeys(), func(k Key) bool {
			return slices.Contains(k.Names, key) && k.What != ""
		}) {
			t.Errorf("recipes/keys.md does not explain %s", key)
		}
	}
}
