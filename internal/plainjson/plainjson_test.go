package plainjson

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

type row struct {
	Epoch int       `json:"epoch"`
	Loss  float64   `json:"loss"`
	Rates []float64 `json:"rates"`
}

func TestUnmarshal(t *testing.T) {
	for text, want := range map[string]string{
		`{"epoch":1}`:       "",
		`{"epoch":"x"}`:     `"epoch" is a text, want a whole number`,
		`{"epoch":1.5}`:     `"epoch" is the number 1.5, want a whole number`,
		`{"loss":true}`:     `"loss" is true or false, want a number`,
		`{"rates":{}}`:      `"rates" is an object, want a list`,
		`{"rates":["a"]}`:   `a text, want a number`,
		`[]`:                `a list, want an object`,
		`{"epoch":1}{`:      `not JSON at byte 12: invalid character '{' after top-level value`,
		" \n":               "empty, want JSON",
		`{"epoch":`:         `not JSON: it ends too early, after byte 9`,
		"\x00\x01garbage\n": `not JSON at byte 1: invalid character '\x00'`,
	} {
		var r row
		err := Unmarshal([]byte(text), &r)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

// A decoder's errors are said as plainly.
func TestErrorOfDecoder(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "empty, want JSON",
		`{"epoch":`:           "not JSON: it ends too early",
		`{"epock":1}`:         `unknown key "epock"`,
		`{"loss":"1"}`:        `"loss" is a text, want a number`,
		`{"loss":1}`:          "",
		`{"epoch" 1}`:         "not JSON at byte 10: invalid character '1' after object key",
		`{"rates":[1, "1"] }`: "is a text, want a number",
	} {
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		var r row
		err := Error(d.Decode(&r))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

// A last line that is cut is told from damage elsewhere, and a whole line without its end is read.
func TestLines(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "",
		"{\"epoch\":1}\n{\"epoch\":2}\n":        "1 2",
		"{\"epoch\":1}\n{\"epoch\":2}":          "1 2",
		"{\"epoch\":1}\n{\"epoch\":":            "1 cut",
		"{\"epoch\":1}\n{\"epoch\":\n":          "1 bad",
		"{\"epo\n{\"epoch\":2}\n":               "bad 2",
		"{\"epoch\":1}\n\n{\"epoch\":3}\n":      "1 bad 3",
		"{\"epoch\":1}\n{\"epoch\":2}\n  \n":    "1 2 bad",
		"{\"epoch\":1}\n{\"epoch\":\"2\"}\n{":   "1 bad cut",
		"{\"epoch\":1}\n\x00\x00\x00\x00\x00":   "1 cut",
		"{\"epoch\":1}\n{\"epoch\":\"2\"}":      "1 bad",
		"{\"epoch\":1}{\"epoch\":2}\n{\"ep\":2": "bad cut",
	} {
		var got []string
		for _, l := range Lines[row]([]byte(text)) {
			switch {
			case errors.Is(l.Err, ErrCut):
				got = append(got, "cut")
			case l.Err != nil:
				got = append(got, "bad")
			default:
				got = append(got, string(rune('0'+l.Value.Epoch)))
			}
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%q: lines %q, want %q", text, got, want)
		}
	}
}

func TestAtLine(t *testing.T) {
	if err := AtLine("a.jsonl", 3, ErrCut, "mend it"); err.Error() !=
		"a.jsonl, line 3: the file is cut within this line; mend it" || !errors.Is(err, ErrCut) {

		t.Errorf("%v", err)
	}
	if err := AtLine("a.jsonl", 0, ErrCut, "mend it"); err.Error() !=
		"a.jsonl: the file is cut within this line; mend it" {

		t.Errorf("%v", err)
	}
}
