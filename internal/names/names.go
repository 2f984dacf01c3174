// Package names maps the values of a type to the words that stand for them in recipes, flags and
// files.
package names

import (
	"fmt"
	"slices"
	"strings"
)

// Of holds the words for the values 0, 1, ... of T. Key is the key of such a value in recipes.
type Of[T ~int] struct {
	Key   string
	Words []string
}

// Text returns the word for v, for MarshalText. It is an error if there is none.
func (n Of[T]) Text(v T) ([]byte, error) {
	if int(v) < 0 || int(v) >= len(n.Words) {
		return nil, fmt.Errorf("%s %d, want 0 to %d", n.Key, int(v), len(n.Words)-1)
	}
	return []byte(n.Words[v]), nil
}

// Parse sets v to the value of a word, for UnmarshalText. An unknown word is an error that lists
// the known ones.
func (n Of[T]) Parse(v *T, word []byte) error {
	i := slices.Index(n.Words, string(word))
	if i < 0 {
		return fmt.Errorf("%s is %q, want %s", n.Key, word, List(n.known()))
	}
	*v = T(i)
	return nil
}

// known returns the words as an error lists them: the empty word is written "nothing" and comes
// last.
func (n Of[T]) known() []string {
	i := slices.Index(n.Words, "")
	if i < 0 {
		return n.Words
	}
	return append(slices.Delete(slices.Clone(n.Words), i, i+1), "nothing")
}

// Count returns a number with its noun: "1 epoch", "2 epochs".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// List joins words as "a, b or c".
func List(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
