package recipes

import (
	_ "embed"
	"encoding"
	"reflect"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"

	"ssnn/internal/names"
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

// isValue reports whether a type reads itself from one value of TOML.
func isValue(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) ||
		t.Implements(reflect.TypeFor[toml.Unmarshaler]())
}

// keysText is the page of keys: a heading for each topic, and below it a table.
//
//go:embed keys.md
var keysText string

// Key is a key of a recipe, as ssnn recipe keys explains it.
type Key struct {
	Topic   string `json:"topic"`   // heading under which it is explained
	Name    string `json:"key"`     // like "train.lr"
	Default string `json:"default"` // as TOML, or in words where it depends on other values
	Meaning string `json:"meaning"` // explanation in sentences
}

// links matches the links of Markdown; the first group is their text.
var links = regexp.MustCompile(`\[([^]]*)\]\([^)]*\)`)

// ExplainKeys returns the keys that the page explains, in its order, without markup.
func ExplainKeys() (all []Key) {
	var topic string
	for line := range strings.Lines(keysText) {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			topic = strings.TrimSpace(title)
		}
		cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
		if len(cells) != 5 || !strings.HasPrefix(cells[1], " `") {
			continue // text, or the head of a table
		}
		for i, cell := range cells {
			cell = links.ReplaceAllString(cell, "$1")
			cell = strings.NewReplacer("`", "", `\*`, "*", "\x00", "|").Replace(cell)
			cells[i] = strings.TrimSpace(cell)
		}
		all = append(all, Key{topic, cells[1], cells[2], cells[3]})
	}
	return all
}

// Source returns the text of a recipe that comes with the program.
func Source(name string) (string, error) {
	text, err := files.ReadFile(name + ".toml")
	if err != nil {
		return "", names.Unknown("recipe", name, Names())
	}
	return string(text), nil
}

// About returns the first sentence of the comment with which a recipe of the program begins.
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
