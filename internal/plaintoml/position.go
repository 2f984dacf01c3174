package plaintoml

import (
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Position finds the lines of keys in the text of a file.
type Position struct{ Text string }

// Error adds the number of a key's line to an error at that key.
func (p Position) Error(key toml.Key, err error) error {
	if line := p.line(key); line > 0 {
		return fmt.Errorf("line %d: %w", line, err)
	}
	return err
}

// line returns the line, counted from 1, at which a key, or the first key below it, stands first; 0
// if there is none. The TOML library does not say where keys stand, so the text is parsed in
// growing pieces: the key begins on the line behind the longest piece that is valid and does not
// have the key.
func (p Position) line(key toml.Key) int {
	lines, before := strings.SplitAfter(p.Text, "\n"), 0
	for n := range len(lines) + 1 {
		var any map[string]any
		meta, err := toml.Decode(strings.Join(lines[:n], ""), &any)
		if err != nil {
			continue // the piece ends within a value
		}
		if slices.ContainsFunc(meta.Keys(), func(k toml.Key) bool { return Begins(k, key) }) {
			return before + 1
		}
		before = n
	}
	return 0
}

// Begins reports whether a key of a file begins with the key with, however the two are spelt:
// "train.lr" may be one word or two.
func Begins(k, with toml.Key) bool {
	whole, part := strings.Join(k, "."), strings.Join(with, ".")
	return whole == part || strings.HasPrefix(whole, part+".")
}
