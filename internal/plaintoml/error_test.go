package plaintoml

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// size reads itself from a text.
type size struct{ text string }

func (s *size) UnmarshalText(b []byte) error { s.text = string(b); return nil }

// Values of another type than their key has are said in words of TOML, not in those of Go.
func TestErrorNamesTypesOfTOML(t *testing.T) {
	for text, want := range map[string]string{
		"epochs = \"a\"":        "line 1: epochs is a text, want a whole number",
		"epochs = 1.5":          "line 1: epochs is a number, want a whole number",
		"epochs = 1979-05-27":   "line 1: epochs is a date or time, want a whole number",
		"\nepochs = {a = 1}":    "line 2: epochs is a table, want a whole number",
		"size = [34, 34]":       "line 1: size is a list, want a text in quotes",
		"size = {width = 3}":    "line 1: size is a table, want a text in quotes",
		"[[inner]]\na = 1":      "line 1: inner is a list of tables, want a table",
		"inner = 5":             "line 1: inner is a whole number, want a table",
		"list = {a = 1}":        "line 1: list is a table, want a list in brackets, like [1, 2]",
		"list = [1979-05-27]":   "line 1: list is a date or time, want a whole number",
		"epochs = [[1], [2.5]]": "line 1: epochs is a list, want a whole number",
	} {
		var into struct {
			Epochs int   `toml:"epochs"`
			Size   size  `toml:"size"`
			List   []int `toml:"list"`
			Inner  struct {
				A int `toml:"a"`
			} `toml:"inner"`
		}
		_, err := toml.Decode(text, &into)
		if err == nil {
			t.Errorf("%q: no error", text)
			continue
		}
		if got := Error(err).Error(); got != want || strings.Contains(got, "any") {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
