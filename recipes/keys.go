package recipes

import (
	_ "embed"
	"encoding"
	"reflect"
	"regexp"
	"ssnn/internal/names"
	"strings"

	"github.com/BurntSushi/toml"
)

// Keys lists the keys of a recipe, like "train.lr".
func Keys() []string {
	var all []string
	addKeys(&all, "", reflect.TypeFor[Recipe]())
	return all
}

func addKeys(all *[]string, prefix string, t reflect.Type) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		switch {
		case name == "-", !f.IsExported() && !f.Anonymous:
		case f.Anonymous:
			addKeys(all, prefix, f.Type)
		case f.Type.Kind() == reflect.Struct && !isValue(reflect.PointerTo(f.Type)):
			addKeys(all, prefix+name+".", f.Type)
		default:
			*all = append(*all, prefix+name)
		}
	}
}

// isValue says that a type reads itself from one value of TOML.
func isValue(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) ||
		t.Implements(reflect.TypeFor[toml.Unmarshaler]())
}

// keysTable is the table of keys in the guide.
//
//go:embed keys.md
var keysTable string

// Key is a line of the table of keys: one, or a few that belong together.
type Key struct {
	Names   []string `json:"keys"`
	Default string   `json:"default"` // as it is written; "" where there is none
	What    string   `json:"what"`
}

// links are those of Markdown; the first group is their text.
var links = regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)

// ExplainKeys is the table of keys, without its markup.
func ExplainKeys() (all []Key) {
	for line := range strings.Lines(keysTable) {
		cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
		if len(cells) != 5 || !strings.HasPrefix(cells[1], " `") {
			continue // its head
		}
		for i, cell := range cells {
			cell = strings.TrimSpace(strings.ReplaceAll(cell, "`", ""))
			cells[i] = strings.ReplaceAll(links.ReplaceAllString(cell, "$1"), "\x00", "|")
		}
		all = append(all, Key{strings.Split(cells[1], ", "), cells[2], cells[3]})
	}
	return all
}

// Source is the text of a recipe that comes with the program.
func Source(name string) (string, error) {
	text, err := files.ReadFile(name + ".toml")
	if err != nil {
		return "", names.Unknown("recipe", name, Names())
	}
	return string(text), nil
}

// About is the first sentence of the comment that a recipe of the program begins with.
func About(name string) string {
	text, _ := Source(name)
	var words []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		words = append(words, strings.Fields(strings.TrimPrefix(line, "#"))...)
	}
	sentence, _, cut := strings.Cut(strings.Join(words, " "), ". ")
	if cut {
		sentence += "."
	}
	return sentence
}
