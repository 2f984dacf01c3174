// Package plainjson says in plain words what is wrong with JSON that this program wrote, and reads
// files that hold one value a line.
package plainjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Unmarshal is [json.Unmarshal] with errors for readers who do not know the program.
func Unmarshal(text []byte, v any) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return errors.New("empty, want JSON")
	}
	return Error(json.Unmarshal(text, v))
}

// unknown is the beginning of encoding/json's error for an unknown key. This error has no type of
// its own.
const unknown = "json: unknown field "

// cut is encoding/json's error text for JSON that ends too early. This error has no type of its
// own.
const cut = "unexpected end of JSON input"

// Error puts an error of encoding/json into plain words: an unknown key, a key whose value has the
// wrong type, with the type that it should have, or the place at which the text is not valid JSON.
// Other errors, and nil, are returned unchanged.
func Error(err error) error {
	var mistyped *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &mistyped):
		key := ""
		if mistyped.Field != "" {
			key = fmt.Sprintf("%q is ", mistyped.Field)
		}
		return fmt.Errorf("%s%s, want %s", key, word(mistyped.Value), wordOf(mistyped.Type))
	case errors.As(err, &syntax) && syntax.Error() == cut:
		return fmt.Errorf("not JSON: it ends too early, after byte %d", syntax.Offset)
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON at byte %d: %w", syntax.Offset, err)
	case errors.Is(err, io.EOF):
		return errors.New("empty, want JSON")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("not JSON: it ends too early")
	case err != nil && strings.HasPrefix(err.Error(), unknown):
		return errors.New("unknown key " + strings.TrimPrefix(err.Error(), unknown))
	}
	return err
}

// word is the plain name of a JSON value, given encoding/json's name for it, such as "string" or
// "number 1.5".
func word(value string) string {
	kind, rest, _ := strings.Cut(value, " ")
	switch kind {
	case "string":
		return "a text"
	case "number":
		return strings.TrimSpace("the number " + rest)
	case "bool":
		return "true or false"
	case "array":
		return "a list"
	}
	return "an object"
}

// wordOf is the plain name of the JSON value that holds a value of a Go type.
func wordOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number of 0 or more"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	return "an object"
}
