package plaintoml

import (
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Position finds the lines of keys in the text of a file.
type Position struct{ Text string }

// Error is an error at a key, with the number of its line.
func (p Position) Error(key toml.Key, err error) error {
	if line := p.line(key); line > 0 {
		return fmt.Errorf("line %d: %w", line, err)
	}
	return err
}

// line is where a key, or the first that begins so, first stands, counted from 1; 0: nowhere. The
// TOML library keeps to itself where keys stand. So the text is read line after line: the key
// begins behind the longest beginning that is whole and does not have it.
func (p Position) line(key toml.Key) int {
	lines, before := strings.SplitAfter(p.Text, "\n"), 0
	for n := range len(lines) + 1 {
		var any map[string]any
		meta, err := toml.Decode(strings.Join(lines[:n], ""), &any)
		if err != nil {
			continue // cut within a value
		}
		if slices.ContainsFunc(meta.Keys(), func(k toml.Key) bool { return Begins(k, key) }) {
			return before + 1
		}
		before = n
	}
	return 0
}

// Begins says whether a key of a file begins with another, both in any spelling: "train.lr" may
// be one word or two.
func Begins(k, with toml.Key) bool {
	whole, part := strings.Join(k, "."), strings.Join(with, ".")
	return whole == part || strings.HasPrefix(whole, part+".")
}
