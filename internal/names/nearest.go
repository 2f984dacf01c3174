package names

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// A slip of the pen leaves a word this similar to what was meant, from 0 to 1. Of fewer words than
// fewWords all are told where none is.
const (
	similar  = 0.4
	fewWords = 20
)

// Unknown is the error for a word that is none of those known, with the nearest of them, or with
// all where they are few and none is near or has the word within it.
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
