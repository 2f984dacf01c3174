package names

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// Unknown is the error for a word that is none of those known, with the nearest of them.
func Unknown(what, word string, known []string) error {
	nearest := slices.MaxFunc(known, func(a, b string) int {
		return int(1e6 * (levenshtein.Similarity(word, a, nil) - levenshtein.Similarity(word, b,
			nil)))
	})
	return fmt.Errorf("unknown %s %q; the nearest known is %q", what, strings.TrimSpace(word),
		nearest)
}
