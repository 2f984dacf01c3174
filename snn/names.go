package snn

import (
	"fmt"
	"strings"
)

// names are the words that stand for the values 0, 1, ... of a type in files.
type names[T ~int] struct {
	key   string
	words []string
}

func (n names[T]) text(v T) ([]byte, error) {
	if int(v) < 0 || int(v) >= len(n.words) {
		return nil, fmt.Errorf("%s %d, want 0 to %d", n.key, v, len(n.words)-1)
	}
	return []byte(n.words[v]), nil
}

func (n names[T]) parse(v *T, b []byte) error {
	for i, w := range n.words {
		if w == string(b) {
			*v = T(i)
			return nil
		}
	}
	return fmt.Errorf("%s is %q, want %s", n.key, b, strings.Join(n.words, " or "))
}

// inSentence is "a, b or c".
func inSentence(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
