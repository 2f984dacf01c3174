// Package plaintoml says in plain words what is wrong with a TOML file.
package plaintoml

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
)

// mismatch matches the TOML library's error for a value whose type is not that of its key.
var mismatch = regexp.MustCompile(`^toml: (line \d+ )?\(last key "([^"]*)"\): ` +
	`incompatible types: ` +
	`TOML value has type (\S+); destination has type (.+)$`)

// otherTable matches the TOML library's error for a value that should be a table, or the reverse.
var otherTable = regexp.MustCompile(`^toml: (line \d+ )?\(last key "([^"]*)"\): ` +
	`type mismatch for .+: expected (\S+) but found (.+)$`)

// within matches the TOML library's error for a value that is parsed from a text by its own type.
var within = regexp.MustCompile(`^(line \d+) \(last key "([^"]*)"\): (.*)$`)

// words are the plain names of the TOML library's types.
var words = map[string]string{
	"string": "a text", "integer": "a whole number", "int": "a whole number",
	"int64": "a whole number", "float": "a number", "float64": "a number",
	"boolean": "true or false", "bool": "true or false", "slice": "a list",
	"[]interface {}": "a list", "struct": "a table", "map": "a table",
	"map[string]interface {}": "a table", "table": "a table",
	"[]any": "a list", "map[string]any": "a table", "[]map[string]any": "a list of tables",
	"time.Time": "a date or time", "primitive (string-like)": "a text",
}

// written says how values of some of the words are written.
var written = map[string]string{"a text": " in quotes", "a list": " in brackets, like [1, 2]"}

func word(kind string) string {
	if w, ok := words[kind]; ok {
		return w
	}
	return kind
}

// Error puts an error of the TOML library into one line: the line of the file, the key, and what is
// wrong with its value.
func Error(err error) error {
	var parse toml.ParseError
	if errors.As(err, &parse) {
		message := strings.TrimSpace(parse.Message)
		if key := parse.LastKey; key != "" && !strings.Contains(message, key) {
			message = key + ": " + message
		}
		return fmt.Errorf("line %d: %s", parse.Position.Line, message)
	}
	if m := mismatch.FindStringSubmatch(err.Error()); m != nil {
		at := ""
		if m[1] != "" {
			at = strings.TrimSpace(m[1]) + ": "
		}
		want := word(m[4])
		return fmt.Errorf("%s%s is %s, want %s%s", at, m[2], word(m[3]), want, written[want])
	}
	if m := otherTable.FindStringSubmatch(err.Error()); m != nil {
		at := ""
		if m[1] != "" {
			at = strings.TrimSpace(m[1]) + ": "
		}
		return fmt.Errorf("%s%s is %s, want %s", at, m[2], word(m[4]), word(m[3]))
	}
	text := strings.TrimPrefix(err.Error(), "toml: ")
	if m := within.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("%s: %s: %s", m[1], m[2], m[3])
	}
	return errors.New(text)
}
