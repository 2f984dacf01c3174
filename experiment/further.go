package experiment

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ssnn/recipes"
)

// Further says in a sentence that the grid's folder has finished runs of its variants with seeds
// that the grid does not have. It is empty where there are none. Runs of other recipes do not
// count.
func (g Grid) Further() (string, error) {
	n, seeds := 0, int64(0)
	for _, base := range g.Bases {
		for _, v := range g.variants(base) {
			dir := g.folder(base, v)
			entries, err := os.ReadDir(dir)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
			for _, e := range entries {
				seed := int64(0)
				if _, err := fmt.Sscanf(e.Name(), "seed-%d", &seed); err != nil ||
					e.Name() != seedFolder(seed) || slices.Contains(g.Seeds, seed) {

					continue
				}
				r, err := v.recipe(base, g.Set)
				if err != nil {
					return "", err
				}
				r.Seed = seed
				if done, err := recipes.Done(r, filepath.Join(dir, e.Name())); err == nil && done {
					n, seeds = n+1, max(seeds, seed+1)
				}
			}
		}
	}
	if n == 0 {
		return "", nil
	}
	return fmt.Sprintf("%d finished runs of further seeds are in %s and not in the tables; "+
		"--seeds %d takes them in", n, g.Dir, seeds), nil
}
