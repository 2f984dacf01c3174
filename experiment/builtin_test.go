package experiment

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ssnn/recipes"
)

var update = flag.Bool("update", false, "write testdata/variants.txt anew")

// The experiments that come with the program are what they were when they were lists in Go, from
// which testdata/variants.txt was written: folders, names, order, changes of each recipe, lines of
// the plots, plans and published numbers.
func TestBuiltInVariants(t *testing.T) {
	var b strings.Builder
	for _, e := range All() {
		fmt.Fprintf(&b, "%s: %s\n", e.Name, e.Asks)
		for _, v := range e.Variants {
			fmt.Fprintf(&b, "  %q in %s, line %q, under %v, line %q\n",
				v.Name, v.folder(), v.Line, v.Under, v.UnderLine)
			for _, recipe := range slices.Sorted(maps.Keys(v.Published)) {
				p := v.Published[recipe]
				fmt.Fprintf(&b, "    published %s: %v, %s\n", recipe, p.Percent, p.Source)
			}
			before := ""
			for _, name := range slices.Concat(Small(), Full()) {
				base, err := recipes.Load(name)
				if err != nil {
					t.Fatal(err)
				}
				r, err := v.recipe(base, nil)
				if err != nil {
					t.Fatal(err)
				}
				text := ""
				for _, d := range recipes.Differences(base, r) {
					text += fmt.Sprintf("      %s = %s\n", d.Key, d.B)
				}
				if text != before {
					fmt.Fprintf(&b, "    from %s on:\n%s", name, text)
				}
				before = text
			}
		}
	}
	path := filepath.Join("testdata", "variants.txt")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, lines := strings.Split(b.String(), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(got), len(lines)) {
		if i >= len(got) || i >= len(lines) || got[i] != lines[i] {
			t.Fatalf("line %d: got %q, want %q",
				i+1, got[min(i, len(got)-1)], lines[min(i, len(lines)-1)])
		}
	}
}
