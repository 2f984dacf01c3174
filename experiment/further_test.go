package experiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Runs of more seeds that lie in the folder are said to, and those of other recipes are not.
func TestFurther(t *testing.T) {
	g := tinyGrid(t, tinySet(t), 2)
	g.Set = append(g.Set, "train.epochs=1")
	if _, err := carry(t, t.Context(), g, Watch{}); err != nil {
		t.Fatal(err)
	}
	for seeds, want := range map[int]string{2: "",
		1: "2 finished runs of further seeds are in " + g.Dir +
			" and not in the tables; --seeds 2 takes them in"} {
		g.Seeds = FirstSeeds(seeds)
		if got, err := g.Further(); err != nil || got != want {
			t.Errorf("%d seeds: %q, error %v, want %q", seeds, got, err, want)
		}
	}
	g.Seeds = FirstSeeds(1)
	if err := g.Write(nil, "x"); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(g.Dir, "README.md"))
	if want := "Seeds 0 to 0; 2 finished runs of further seeds are in "; err != nil ||
		!strings.Contains(string(page), want) {

		t.Errorf("no %q in\n%s, error %v", want, page, err)
	}
	g.Set = append(g.Set, "train.epochs=2")
	if got, err := g.Further(); err != nil || got != "" {
		t.Errorf("of another recipe: %q, error %v", got, err)
	}
}
