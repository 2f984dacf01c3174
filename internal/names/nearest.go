package names

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// similar is the similarity, from 0 to 1, above which a known word may be the one that was meant.
// If no word is as similar, the error lists all of them, provided that they are fewer than
// fewWords.
const (
	similar  = 0.4
	fewWords = 20
)

// Unknown returns the error for a word that is not among the known ones. The error names the
// nearest known word, or lists all words if they are few and none is near or contains the word.
func Unknown(what, word string, known []string) error {
	nearness := func(k string) float64 { return levenshtein.Similarity(word, k, nil) }
	nearest := slices.MaxFunc(known, func(a, b string) int {
		return cmp.Compare(nearness(a), nearness(b))
	})
	word = strings.TrimSpace(word)
	part := word != "" && strings.Contains(nearest, word)
	if nearness(nearest) < similar && !part && len(known) < fewWords {
		return fmt.Errorf("unknown %s %q, want %s", what, word, List(known))
	}
	return fmt.Errorf("unknown %s %q; the nearest known is %q", what, word, nearest)
}
